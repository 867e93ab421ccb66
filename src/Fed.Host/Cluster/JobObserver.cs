using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Cluster;

/// <summary>Sees the nodes of one job, beside the process's own observer, which is told of all jobs and not of which.</summary>
/// <param name="inner">The process's.</param>
internal sealed class JobObserver(IFederationObserver inner) : IFederationObserver
{
    /// <summary>Told of every state that was recovered, on an actor's turn.</summary>
    public required Action<object> Recovered { get; init; }

    /// <summary>Told of every event that is on disk, on an actor's turn.</summary>
    public required Action<object> Happened { get; init; }

    /// <inheritdoc/>
    void IFederationObserver.Recovered(NodeAddress node, JournalHead head, object state)
    {
        Recovered(state);
        inner.Recovered(node, head, state);
    }

    /// <inheritdoc/>
    public void Journaled(NodeAddress node, JournalHead head, object happened)
    {
        Happened(happened);
        inner.Journaled(node, head, happened);
    }

    /// <inheritdoc/>
    public void Progress(SiloId silo, CollectionId collection, int percent) => inner.Progress(silo, collection, percent);

    /// <inheritdoc/>
    public void Refused(NodeAddress node, string reason) => inner.Refused(node, reason);

    /// <inheritdoc/>
    public void Leads(NodeAddress role, Term term) => inner.Leads(role, term);

    /// <inheritdoc/>
    public void StepsDown(NodeAddress role, Term term, string reason) => inner.StepsDown(role, term, reason);

    /// <inheritdoc/>
    public void Fault(NodeAddress node, Exception cause) => inner.Fault(node, cause);
}
