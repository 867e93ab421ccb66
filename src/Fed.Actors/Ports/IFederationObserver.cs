using Fed.Actors.Persistence;
using Fed.Actors.Protocol;

namespace Fed.Actors.Ports;

/// <summary>Sees what happens on a node, for status, reports and the simulator's checkers. Called on actor turns and workers: implementations only take notes.</summary>
public interface IFederationObserver
{
    /// <summary>A node has recovered its state from its journal.</summary>
    void Recovered(NodeAddress node, JournalHead head, object state);

    /// <summary>An event is on disk and part of the state.</summary>
    void Journaled(NodeAddress node, JournalHead head, object happened);

    /// <summary>A silo reported progress.</summary>
    void Progress(SiloId silo, CollectionId collection, int percent);

    /// <summary>Something from outside was refused.</summary>
    void Refused(NodeAddress node, string reason);

    /// <summary>A process leads a role from now on.</summary>
    void Leads(NodeAddress role, Term term)
    {
    }

    /// <summary>A process leads a role no longer; its nodes are being stopped.</summary>
    void StepsDown(NodeAddress role, Term term, string reason)
    {
    }

    /// <summary>A node cannot go on (disk full, damaged journal): the process should stop with this message.</summary>
    void Fault(NodeAddress node, Exception cause);
}
