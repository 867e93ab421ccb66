using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.TestKit.Federation;

/// <summary>
/// Passes the news of a process on that leads a contended identity, and notes whether it does. What one reads from the log while another still writes is not its end any more when it hears of it, so it does not bind the books, which only read on: its first append is a conflict.
/// </summary>
internal sealed class LeaderObserver(SimulatedProcess process, string log, FederationTrace trace, IFederationObserver books, Action<NodeAddress, JournalHead> readByAnother) : IFederationObserver
{
    public void Leads(NodeAddress role, Term term)
    {
        process.IsLeading = true;
        trace.Line($"{process.Name} leads in epoch {term.Epoch}");
    }

    public void StepsDown(NodeAddress role, Term term, string reason)
    {
        process.IsLeading = false;
        process.Epochs.Begin(0);
        trace.Line($"{process.Name} leads no longer in epoch {term.Epoch}: {reason}");
    }

    public void Recovered(NodeAddress node, JournalHead head, object state)
    {
        if (process.Identity.Leader == process && !process.Identity.Journal.Read(log, head.Sequence).Any()) books.Recovered(node, head, state);
        else readByAnother(node, head);
    }

    public void Journaled(NodeAddress node, JournalHead head, object happened) => books.Journaled(node, head, happened);

    public void Progress(SiloId silo, CollectionId collection, int percent) => books.Progress(silo, collection, percent);

    public void Refused(NodeAddress node, string reason) => books.Refused(node, reason);

    public void Fault(NodeAddress node, Exception cause) => books.Fault(node, cause);
}
