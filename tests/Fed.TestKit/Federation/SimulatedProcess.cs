using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.TestKit.Federation.Checks;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;

namespace Fed.TestKit.Federation;

/// <summary>
/// A process of the federation: an actor system, a clock, workers and an inbox. It is up or down, may be paused, and may be cut off from the others. With its crash all of it is gone, and
/// where nobody stands by, what its disks had not synced.
/// </summary>
public sealed class SimulatedProcess
{
    private readonly ProcessSimulation _simulation;
    private readonly SortedDictionary<JobId, ISimulatedInbox> _inboxes = [];
    private readonly List<Action> _whenDatabaseIsBack = [];

    internal SimulatedProcess(ISimulation simulation, SimulatedIdentity identity, int index, ImmutableArray<SimulatedJob> jobs, FederationStores stores)
    {
        _simulation = new ProcessSimulation(simulation) { Stopped = stopped => Fault = stopped };
        Identity = identity;
        Name = index == 0 ? identity.Address.Value : $"{identity.Address}#{index + 1}";
        Workers = new SimulatedWorkerPool(_simulation);
        Bulk = new SimulatedBulk(_simulation);
        foreach (SimulatedJob job in jobs) _inboxes[job.Id] = stores.Inbox(simulation);
    }

    /// <summary>For whom it acts, or stands by to.</summary>
    public SimulatedIdentity Identity { get; }

    /// <summary>The identity's address, and a number for standbys.</summary>
    public string Name { get; }

    /// <summary>Its workers.</summary>
    public SimulatedWorkerPool Workers { get; }

    /// <summary>Its end of the data plane.</summary>
    public SimulatedBulk Bulk { get; }

    /// <summary>True while it lives.</summary>
    public bool IsUp => System is not null;

    /// <summary>True while it is stopped and knows nothing of it (SIGSTOP): its monotonic clock goes on, and what falls due waits.</summary>
    public bool IsPaused => _simulation.IsPaused;

    /// <summary>True while nothing that it sends leaves its machine.</summary>
    public bool IsCutOutgoing { get; internal set; }

    /// <summary>True while nothing that is sent to it arrives.</summary>
    public bool IsCutIncoming { get; internal set; }

    /// <summary>True while a process of a contended identity does not reach their database, and everything else.</summary>
    public bool IsCutFromDatabase { get; private set; }

    /// <summary>True while others can read its blobs, and it theirs.</summary>
    public bool IsReachable => IsUp && !IsPaused && !IsCutOutgoing && !IsCutIncoming;

    /// <summary>True while it believes that it leads its contended identity; two may believe it.</summary>
    public bool IsLeading { get; internal set; }

    /// <summary>How far its machine's wall clock is ahead of true time; it may jump while the process runs, and outlives crashes.</summary>
    public TimeSpan ClockOffset { get; private set; }

    /// <summary>How often it crashed.</summary>
    public int Crashes { get; private set; }

    /// <summary>Why it cannot go on; the process is then stopped before the next step.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Its connection with the broker; null with plain links.</summary>
    internal BrokerTransport? Link { get; set; }

    /// <summary>What its present life owes to epochs.</summary>
    internal EpochBook Epochs { get; set; } = null!;

    /// <summary>Its places on the network, which end with it.</summary>
    internal List<IDisposable> Registrations { get; } = [];

    /// <summary>By job: how the actor of its present life is told what operators ask.</summary>
    internal Dictionary<JobId, Action<JobCommand>> Ask { get; } = [];

    internal ISimulation Simulation => _simulation;

    internal ActorSystem? System { get; private set; }

    internal SimulatedDispatcher? Dispatcher { get; private set; }

    internal SimulatedClock? Clock { get; private set; }

    /// <summary>Stands for the identity, where others do too.</summary>
    internal IActorRef? Candidate { get; set; }

    /// <summary>Timers that will still ring, but for the one by which a candidate watches its lease, which never rests.</summary>
    internal int Timers => Clock is null ? 0 : Clock.Active - (Candidate is null ? 0 : 1);

    /// <summary>What it received of a job and has not added up.</summary>
    public ISimulatedInbox Inbox(JobId job) => _inboxes[job];

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <summary>A fresh process over what the disks kept; the caller starts actors on it.</summary>
    /// <param name="failed">Hears of errors that the process logs.</param>
    /// <param name="said">Hears of every line that it logs.</param>
    internal ActorSystem Boot(Action<string> failed, Action<string> said)
    {
        Fault = null;
        Clock = new SimulatedClock(_simulation) { Offset = ClockOffset };
        Dispatcher = new SimulatedDispatcher(_simulation.NextUInt64());
        return System = new ActorSystem("node", new ActorSystemOptions { Dispatcher = Dispatcher, Time = Clock, Throughput = 1, LoggerFactory = new FailureLog(failed, said) });
    }

    /// <summary>Ends the process between two instructions: nobody hears anything of it any more.</summary>
    internal void Crash()
    {
        Crashes++;
        IsLeading = false;
        Fault = null;
        Clock?.Stop();
        (System, Dispatcher, Clock, Candidate) = (null, null, null, null);
        _simulation.Crash();
        _whenDatabaseIsBack.Clear();
        Link?.Abandon();
        Link = null;
        foreach (IDisposable registration in Registrations) registration.Dispose();
        Registrations.Clear();
        Workers.Crash();
        Bulk.Crash();
        foreach (ISimulatedInbox inbox in _inboxes.Values) inbox.Crash();
        if (Identity.IsContended) return;
        Identity.Journal.Crash();
        foreach (ISimulatedBlobStore blobs in Identity.AllBlobs) blobs.Crash();
    }

    internal void CutFromDatabase() => IsCutFromDatabase = true;

    internal void ReconnectDatabase()
    {
        IsCutFromDatabase = false;
        Action[] answers = [.. _whenDatabaseIsBack];
        _whenDatabaseIsBack.Clear();
        foreach (Action answer in answers) answer();
    }

    internal void WhenDatabaseIsBack(Action action) => _whenDatabaseIsBack.Add(action);

    internal void Pause() => _simulation.Pause();

    internal void Wake() => _simulation.Wake();

    /// <summary>Moves the machine's wall clock; its monotonic clock, and with it every timer, goes on as before.</summary>
    internal void JumpClock(TimeSpan by)
    {
        ClockOffset += by;
        if (Clock is { } clock) clock.Offset = ClockOffset;
    }

    /// <summary>Lets something reach the process: now, or when it has woken and what came before is done.</summary>
    internal void Deliver(Action action) => _simulation.Enter(action);
}
