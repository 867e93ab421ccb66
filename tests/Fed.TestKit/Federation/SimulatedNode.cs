using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;

namespace Fed.TestKit.Federation;

/// <summary>A machine of the federation: disks that survive a crash, and an actor system, a clock and workers that do not.</summary>
public sealed class SimulatedNode
{
    private readonly ISimulation _simulation;

    internal SimulatedNode(ISimulation simulation, NodeAddress address, string persistenceId, Func<SimulatedJournal, IEventJournal>? wrap)
    {
        _simulation = simulation;
        Address = address;
        PersistenceId = persistenceId;
        Journal = new SimulatedJournal(simulation);
        OpenJournal = () => wrap?.Invoke(Journal) ?? Journal;
        Blobs = new SimulatedBlobStore(simulation);
        Workers = new SimulatedWorkerPool(simulation);
        Bulk = new SimulatedBulk(simulation);
        Signer = new SimulatedSigner(address.Value);
    }

    /// <summary>Who it is.</summary>
    public NodeAddress Address { get; }

    /// <summary>Whose log its journal holds.</summary>
    public string PersistenceId { get; }

    /// <summary>Its journal's disk.</summary>
    public SimulatedJournal Journal { get; }

    /// <summary>Its blobs.</summary>
    public SimulatedBlobStore Blobs { get; }

    /// <summary>What it received and has not added up; used by the aggregator.</summary>
    public SimulatedInbox Inbox { get; } = new();

    /// <summary>Its workers.</summary>
    public SimulatedWorkerPool Workers { get; }

    /// <summary>Its end of the data plane.</summary>
    public SimulatedBulk Bulk { get; }

    /// <summary>Its key.</summary>
    public SimulatedSigner Signer { get; }

    /// <summary>True while its process lives.</summary>
    public bool IsUp => System is not null;

    /// <summary>How often it crashed.</summary>
    public int Crashes { get; private set; }

    /// <summary>Why it cannot go on; the process is then stopped behind the present step.</summary>
    public Exception? Fault { get; set; }

    internal Func<IEventJournal> OpenJournal { get; }

    internal ActorSystem? System { get; private set; }

    internal SimulatedDispatcher? Dispatcher { get; private set; }

    internal SimulatedClock? Clock { get; private set; }

    /// <summary>A fresh process over the surviving disks; the caller starts actors on it.</summary>
    /// <param name="failed">Hears of errors that the process logs.</param>
    internal ActorSystem Boot(Action<string> failed)
    {
        Fault = null;
        Clock = new SimulatedClock(_simulation);
        Dispatcher = new SimulatedDispatcher(_simulation.NextUInt64());
        return System = new ActorSystem("node", new ActorSystemOptions { Dispatcher = Dispatcher, Time = Clock, Throughput = 1, LoggerFactory = new FailureLog(failed) });
    }

    /// <summary>Ends the process between two instructions: what was not synced is gone, and nobody hears anything of it any more.</summary>
    internal void Crash()
    {
        Crashes++;
        Fault = null;
        Clock?.Stop();
        (System, Dispatcher, Clock) = (null, null, null);
        Workers.Crash();
        Bulk.Crash();
        Inbox.Crash();
        Blobs.Crash();
        Journal.Crash();
    }
}
