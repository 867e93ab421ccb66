using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.TestKit.Federation.Checks;

/// <summary>
/// What one life of a process owes to epochs: it remembers the newest leaders that it hears of, refuses whatever a leader of yesterday still sends, and, where it leads itself, answers nobody
/// before its journal has confirmed that it still does.
/// </summary>
internal sealed class EpochBook(CheckContext checks, string process)
{
    private readonly SortedDictionary<JobId, int> _stale = [];   // messages of leaders of yesterday that are not refused yet
    private readonly Dictionary<(JobId Job, NodeAddress Leader), long> _heard = [];
    private readonly Dictionary<(JobId Job, CollectionId Collection, SiloId Silo), Queue<long>> _asked = [];   // offers by their steps; some get no answer of their own, and leave older ones here
    private readonly Dictionary<JobId, long> _confirmed = [];   // the step in which the newest append was asked for that succeeded
    private long _epoch;   // in which the process leads; 0 while it does not, or may have lost some of what reached it

    /// <summary>A message reaches the process, whose journal holds so high an epoch of its sender by now.</summary>
    public void Arrived(Origin from, ProtocolMessage message, long known)
    {
        if (_epoch > 0 && message is ProtocolMessage.OfferUpdate offer)
        {
            (JobId, CollectionId, SiloId) key = (offer.Job, offer.Collection, offer.Manifest.Silo);
            if (!_asked.TryGetValue(key, out Queue<long>? asked)) _asked[key] = asked = [];
            asked.Enqueue(checks.Trace.Step);
        }

        if (from.Epoch == 0) return;   // nobody contends for it, or somebody forged it
        if (from.Epoch < known) _stale[message.Job] = _stale.GetValueOrDefault(message.Job) + 1;
        _heard[(message.Job, from.Address)] = Math.Max(from.Epoch, _heard.GetValueOrDefault((message.Job, from.Address)));
    }

    /// <summary>A node refused something.</summary>
    public void Refused(JobId job, string reason)
    {
        if (reason.StartsWith("a message of epoch", StringComparison.Ordinal) && _stale.GetValueOrDefault(job) is > 0 and var left) _stale[job] = left - 1;
    }

    /// <summary>An append, or the question whether it still leads, was answered with yes; it was asked in this step.</summary>
    public void Confirmed(JobId job, long asked) => _confirmed[job] = Math.Max(asked, _confirmed.GetValueOrDefault(job));

    /// <summary>A contended node sends something. So many answers have as many questions before them, and the append between an answer and its question is younger than the question.</summary>
    public void Sent(Origin from, ProtocolMessage message)
    {
        if (_epoch == 0 || from.Epoch != _epoch || message is not ProtocolMessage.UpdateAnswer answer) return;
        if (!_asked.TryGetValue((answer.Job, answer.Collection, answer.Silo), out Queue<long>? questions) || !questions.TryDequeue(out long asked)) return;
        checks.Require(FederationCheck.OneWriter, _confirmed.GetValueOrDefault(answer.Job) >= asked, $"{process} answers '{answer.Silo}' about {answer.Collection} without having asked whether it still leads");
    }

    /// <summary>The process leads from now on, in this epoch; 0 for no longer, or when it may have lost messages: what became of those that are not refused nobody knows.</summary>
    public void Begin(long epoch)
    {
        _epoch = epoch;
        _stale.Clear();
        _heard.Clear();
        _asked.Clear();
    }

    /// <summary>The process rests: all that reached it is decided.</summary>
    /// <param name="known">The newest epoch of a leader that the process's journal for a job holds.</param>
    public void AtRest(Func<JobId, NodeAddress, long> known)
    {
        foreach ((JobId job, int left) in _stale)
            checks.Require(FederationCheck.Epoch, left == 0, $"{process} did not refuse {left} messages of leaders of yesterday of {job}");
        foreach (((JobId job, NodeAddress leader), long epoch) in _heard)
            checks.Require(FederationCheck.Epoch, known(job, leader) >= epoch, $"{process} heard of {leader} in epoch {epoch} of {job} and has not journaled it");
    }
}
