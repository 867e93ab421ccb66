using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;

namespace Fed.TestKit.Federation;

/// <summary>How a run ended, without a violation.</summary>
/// <param name="Steps">Actor turns, deliveries, disk operations and timers.</param>
/// <param name="Elapsed">Virtual time until the job ended.</param>
/// <param name="TraceHash">Over everything that happened: equal for equal seeds.</param>
/// <param name="IsCompleted">True when the job completed, false when it failed.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="State">Server state after the last committed round.</param>
/// <param name="Rounds">Committed rounds, start-up included.</param>
/// <param name="Crashes">Crashes of all nodes.</param>
public sealed record FederationResult(long Steps, TimeSpan Elapsed, string TraceHash, bool IsCompleted, string Reason, Digest State, int Rounds, int Crashes);

/// <summary>
/// A whole federation on one thread: job, coordinator, aggregator and sites, each with its own disks and actor system, on the shells and deciders of production. A step is one actor turn,
/// one delivery, one disk operation or one timer; anything may crash between two steps. Everything follows from the scenario.
/// </summary>
/// <example>
/// <code>
/// FederationResult result = SimulatedFederation.Run(FederationScenario.FromSeed(42));   // throws FederationViolationException
/// </code>
/// </example>
public sealed class SimulatedFederation : IDisposable
{
    private const long StepsMax = 3_000_000;

    private readonly FederationScenario _scenario;
    private readonly SeededSimulation _simulation;
    private readonly SplitMix64 _chaos;   // of its own, so that switching one fault off leaves the ports' choices alone
    private readonly SimulatedTransport _transport;
    private readonly ImmutableArray<SimulatedTrainer> _trainers;
    private readonly FederationChecks _checks;
    private readonly SumProgram _program = new();
    private readonly List<SimulatedNode> _ready = [];   // nodes with turns to run, in the order of Nodes
    private bool _hasFaults = true;

    /// <summary>Builds the federation and starts all nodes.</summary>
    /// <param name="scenario">What is to happen.</param>
    /// <param name="sink">Receives the trace, line by line; null for none.</param>
    /// <param name="wrapJournal">Puts something between a node and its journal at each of its starts, to see that the checks find it; null for nothing.</param>
    public SimulatedFederation(FederationScenario scenario, Action<string>? sink = null, Func<SimulatedJournal, IEventJournal>? wrapJournal = null)
    {
        _scenario = scenario;
        _simulation = new SeededSimulation(scenario.Seed);
        _chaos = new SplitMix64(scenario.Seed ^ 0xC4A5_C4A5_C4A5_C4A5);
        Trace = new FederationTrace(_simulation, sink);
        ImmutableArray<SiloId> silos = [.. Enumerable.Range(0, scenario.Sites.Length).Select(static i => new SiloId($"site-{i:00}"))];
        _trainers = [.. silos.Select((silo, i) => new SimulatedTrainer(silo, scenario.Sites[i], scenario.Ring))];
        JobId job = new("simulated-1");
        SimulatedNode Node(NodeAddress address, string log) => new(_simulation, address, log, wrapJournal);
        Job = Node(NodeAddress.Job, FederationNodes.JobLog(job));
        Coordinator = Node(NodeAddress.Coordinator, FederationNodes.RoundLog(job));
        Aggregator = Node(NodeAddress.Aggregator, FederationNodes.AggregationLog(job));
        Silos = [.. silos.Select(silo => Node(NodeAddress.Silo(silo.Value), FederationNodes.SiloLog(job, silo)))];
        Nodes = [Job, Coordinator, Aggregator, .. Silos];
        Plan = PlanOf(scenario, job, silos.Zip(Silos));
        _transport = new SimulatedTransport(_simulation) { Faults = scenario.Links };
        _checks = new FederationChecks(this, _trainers, Trace);
        Coordinator.Blobs.Store(_program.InitialState());
        foreach (SimulatedNode node in Nodes)
        {
            SetFaults(node, isOn: true);
            Start(node);
        }
    }

    /// <summary>What is trained.</summary>
    public JobPlan Plan { get; }

    /// <summary>What goes wrong.</summary>
    public FederationScenario Scenario => _scenario;

    /// <summary>What happened.</summary>
    public FederationTrace Trace { get; }

    /// <summary>The job's node.</summary>
    public SimulatedNode Job { get; }

    /// <summary>The coordinator's node.</summary>
    public SimulatedNode Coordinator { get; }

    /// <summary>The aggregator's node.</summary>
    public SimulatedNode Aggregator { get; }

    /// <summary>The sites' nodes, in ordinal order.</summary>
    public ImmutableArray<SimulatedNode> Silos { get; }

    /// <summary>All nodes.</summary>
    public ImmutableArray<SimulatedNode> Nodes { get; }

    /// <summary>The sites' computations, in ordinal order, with their notes.</summary>
    public ImmutableArray<SimulatedTrainer> Trainers => _trainers;

    /// <summary>The server's half of the computation.</summary>
    public IServerProgram Program => _program;

    /// <summary>Steps taken so far.</summary>
    public long Steps => Trace.Step;

    /// <summary>Runs a scenario to its end.</summary>
    /// <exception cref="FederationViolationException">A promise was broken.</exception>
    public static FederationResult Run(FederationScenario scenario, Action<string>? sink = null, Func<SimulatedJournal, IEventJournal>? wrapJournal = null)
    {
        using SimulatedFederation federation = new(scenario, sink, wrapJournal);
        return federation.RunToEnd();
    }

    /// <summary>Runs until the job has ended and every obligation is met, and checks the whole history.</summary>
    /// <param name="crashAt">A step before which a node crashes; null for none but the scenario's.</param>
    /// <param name="crashed">Which node.</param>
    /// <exception cref="FederationViolationException">A promise was broken.</exception>
    public FederationResult RunToEnd(long? crashAt = null, SimulatedNode? crashed = null)
    {
        DateTimeOffset? mustEndBy = null;
        while (true)
        {
            if (Steps == crashAt && crashed is { IsUp: true }) Crash(crashed, TimeSpan.FromSeconds(1));
            if (_hasFaults && (_checks.JobEnd is not null || Trace.Elapsed >= _scenario.FaultsFor)) StopFaults();
            if (!_hasFaults) mustEndBy ??= _simulation.Now + _scenario.LivenessLimit;
            if (mustEndBy is { } limit && _simulation.Now > limit)
                throw Violation(_checks.JobEnd is null ? $"the job has not ended {_scenario.LivenessLimit.TotalSeconds:0} s after the last fault" : $"obligations are still open long after the job's end: {Busy()}");
            if (Steps >= StepsMax) throw Violation($"the federation did not come to rest in {StepsMax} steps");
            if (!Step()) break;
        }

        if (_checks.JobEnd is null) throw Violation("nothing is left to happen, and the job has not ended");
        if (Nodes.Any(static node => node.Clock is { Active: > 0 })) throw Violation($"timers are left over: {Busy()}");
        return _checks.Conclude(Nodes.Sum(static node => node.Crashes));
    }

    /// <summary>A violation of this run, with its last steps.</summary>
    public FederationViolationException Violation(string what) => new(what, _scenario.Seed, Trace.Last);

    /// <inheritdoc/>
    public void Dispose() => Trace.Dispose();

    /// <summary>One thing happens; false when nothing is left.</summary>
    private bool Step()
    {
        Trace.Step++;
        if (_hasFaults) MaybeBreakSomething();
        _ready.Clear();
        foreach (SimulatedNode node in Nodes)
        {
            if (node.Dispatcher is { Pending: > 0 }) _ready.Add(node);
        }

        if (_ready.Count > 0 && !(_hasFaults && Chaos(_scenario.StallsPer10K))) _ready[_simulation.Below(_ready.Count)].Dispatcher!.RunOne();
        else if (!_simulation.RunOne() && _ready.Count == 0) return false;
        foreach (SimulatedNode node in Nodes)
        {
            if (node.Fault is not null) Crash(node, _simulation.Delay(_scenario.OutageMax));   // the process stops with a message; somebody starts it again
        }

        _checks.AfterStep();
        return true;
    }

    private void MaybeBreakSomething()
    {
        if (Chaos(_scenario.CrashesPer10K) && Nodes[ChaosBelow(Nodes.Length)] is { IsUp: true } node) Crash(node, ChaosDelay());
        if (Chaos(_scenario.PartitionsPer10K)) Isolate(Nodes[ChaosBelow(Nodes.Length)], ChaosDelay());
    }

    private void Crash(SimulatedNode node, TimeSpan outage)
    {
        Trace.Line($"{node.Address} crashes{(node.Fault is { } fault ? $": {fault.GetType().Name}" : "")}");
        node.Crash();
        foreach (SimulatedNode other in Nodes) other.Bulk.Unregister(node.Address);
        _checks.Crashed(node);
        _simulation.Schedule(outage, () => Start(node));
    }

    /// <summary>Cuts a node off from the others, in one direction or both, for a time.</summary>
    private void Isolate(SimulatedNode node, TimeSpan outage)
    {
        int directions = 1 + ChaosBelow(3);
        Trace.Line($"{node.Address} is cut off ({directions})");
        foreach (SimulatedNode other in Nodes.Where(other => other != node))
        {
            if ((directions & 1) != 0) _transport.Cut(node.Address, other.Address);
            if ((directions & 2) != 0) _transport.Cut(other.Address, node.Address);
            other.Bulk.Cut(node.Address);
        }

        _simulation.Schedule(outage, HealAll);
    }

    private void HealAll()
    {
        _transport.HealAll();
        foreach (SimulatedNode node in Nodes) node.Bulk.HealAll();
    }

    private void StopFaults()
    {
        Trace.Line("faults stop");
        _hasFaults = false;
        _transport.Faults = LinkFaults.None;
        HealAll();
        foreach (SimulatedNode node in Nodes) SetFaults(node, isOn: false);
    }

    private void SetFaults(SimulatedNode node, bool isOn)
    {
        node.Journal.Faults = isOn ? _scenario.Journals : StoreFaults.None;
        node.Blobs.Faults = node.Bulk.Faults = isOn ? _scenario.Disks : StoreFaults.None;
        int site = Silos.IndexOf(node);
        bool isSlow = isOn && site >= 0 && _trainers[site].Behaviour == SiteBehaviour.Straggler;
        node.Workers.Faults = isSlow ? _scenario.Disks with { DelayMax = _scenario.Timings.RoundDeadline * 2 } : node.Blobs.Faults;
    }

    private void Start(SimulatedNode node)
    {
        Trace.Line($"{node.Address} starts");
        ActorSystem system = node.Boot(error => _checks.Failed(node, error));
        int site = Silos.IndexOf(node);
        foreach (SimulatedNode other in Nodes)
        {
            other.Bulk.Register(node.Address, Published(node));
            if (other.IsUp) node.Bulk.Register(other.Address, Published(other));
        }

        NodeServices services = new()
        {
            System = system,
            Journal = node.OpenJournal(),
            Blobs = node.Blobs,
            Transport = new WatchedTransport(_transport, _checks, Trace),
            Bulk = node.Bulk,
            Workers = node.Workers,
            Signer = node.Signer,
            PublicKeys = address => Nodes.FirstOrDefault(known => known.Address == address)?.Signer.PublicKey,
            Protection = new PlainProtection(),
            Observer = _checks.ObserverOf(node),
            ResendInterval = TimeSpan.FromSeconds(1),
            BeatInterval = TimeSpan.FromSeconds(1),
        };
        if (site >= 0) FederationNodes.StartSilo(services, Plan.Job, _trainers[site].Silo, _trainers[site]);
        else if (node == Coordinator) FederationNodes.StartCoordinator(services, Plan.Job, _program);
        else if (node == Aggregator) FederationNodes.StartAggregator(services, Plan.Job, node.Inbox);
        else Submit(FederationNodes.StartJob(services, Plan.Job).Submit);
    }

    /// <summary>Whoever wants the job hands it in at each start: a job that exists is not changed by it.</summary>
    private void Submit(Action<JobCommand.Submit> submit)
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        Plan.ComputeHash().CopyTo(hash);
        submit(new JobCommand.Submit(Plan, Digest.Of(_program.InitialState()), Job.Signer.Sign(ProtocolMessage.ProposePlan.Purpose, hash), Job.Signer.PublicKey));
    }

    private IBlobStore Published(SimulatedNode node)
    {
        int site = Silos.IndexOf(node);
        return site >= 0 && _trainers[site].Behaviour == SiteBehaviour.Lies ? new LyingBlobs(node.Blobs) : node.Blobs;
    }

    private bool Chaos(int per10K) => per10K > 0 && ChaosBelow(10_000) < per10K;

    private int ChaosBelow(int bound) => (int)Math.BigMul(_chaos.Next(), (ulong)bound, out _);

    private TimeSpan ChaosDelay() => new((long)Math.BigMul(_chaos.Next(), (ulong)_scenario.OutageMax.Ticks + 1, out _));

    private string Busy() => string.Join(", ", Nodes.Where(static node => node.Clock is { Active: > 0 }).Select(static node => $"{node.Address} ({node.Clock!.Active})"));

    private static JobPlan PlanOf(FederationScenario scenario, JobId job, IEnumerable<(SiloId Silo, SimulatedNode Node)> sites) => new()
    {
        Job = job,
        Name = "simulated",
        Program = """{"algorithm":"sum"}""",
        Ring = scenario.Ring,
        Protection = "plain",
        StartSums = [SumProgram.Plan(SumProgram.Count, everyone: true)],
        RoundSums = scenario.Evaluates
            ? [SumProgram.Plan(SumProgram.Training, everyone: false), SumProgram.Plan(SumProgram.Evaluation, everyone: true)]
            : [SumProgram.Plan(SumProgram.Training, everyone: false)],
        Roster = [.. sites.Select(static site => new RosterEntry(site.Silo, site.Node.Signer.KeyId))],
        Rounds = scenario.Rounds,
        Participation = scenario.Participation,
        MaxAttempts = scenario.AttemptsMax,
        Timings = scenario.Timings,
        Seed = scenario.JobSeed,
        RetainContributions = scenario.Retain,
    };
}
