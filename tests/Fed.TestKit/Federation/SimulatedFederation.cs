using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Adversary;
using Fed.TestKit.Federation.Checks;
using Fed.TestKit.Federation.Faults;
using Fed.TestKit.Stores;
using Fed.TestKit.Transport;

namespace Fed.TestKit.Federation;

/// <summary>
/// A whole federation on one thread: job, coordinator, aggregator and sites, each an identity with its logs and one or more processes that act for it, on the shells and deciders of
/// production. A step is one actor turn, one delivery, one disk operation or one timer; anything may crash between two steps. Everything follows from the scenario.
/// </summary>
/// <example>
/// <code>
/// FederationResult result = SimulatedFederation.Run(FederationScenario.FromSeed(42));   // throws FederationViolationException
/// </code>
/// </example>
public sealed partial class SimulatedFederation : IDisposable
{
    private readonly FederationScenario _scenario;
    private readonly SeededSimulation _simulation;
    private readonly SimulatedTransport _transport;
    private readonly FederationStores _stores;
    private readonly CheckContext _context;
    private readonly ImmutableArray<SimulatedProcess> _contended;

    /// <summary>Builds the federation and starts all processes.</summary>
    /// <param name="scenario">What is to happen.</param>
    /// <param name="sink">Receives the trace, line by line; null for none.</param>
    /// <param name="wrapJournal">Puts something between a process and its journal (a <see cref="SimulatedJournal"/>, or a session with the database where standbys contend) at each of its starts, to see that the checks find it; null for nothing.</param>
    /// <param name="stores">Where blobs are; null for memory. What happens follows from the scenario and from this.</param>
    public SimulatedFederation(FederationScenario scenario, Action<string>? sink = null, Func<IEventJournal, IEventJournal>? wrapJournal = null, FederationStores? stores = null)
        : this(scenario, sink, wrapJournal, FederationRoles.Production, stores)
    {
    }

    /// <summary>As the public one, with nodes of a test's own.</summary>
    internal SimulatedFederation(FederationScenario scenario, Action<string>? sink, Func<IEventJournal, IEventJournal>? wrapJournal, FederationRoles roles, FederationStores? stores = null)
    {
        (_scenario, _wrapJournal, _roles, _stores) = (scenario, wrapJournal, roles, stores ?? FederationStores.InMemory);
        _simulation = new SeededSimulation(scenario.Seed);
        _table = new FaultTable(scenario.Protection);
        _dice = new FaultDice(scenario);
        _stalls = new SplitMix64(scenario.Seed ^ 0x57A1_57A1_57A1_57A1);
        _operators = new SplitMix64(scenario.Seed ^ 0x0A5C_0A5C_0A5C_0A5C);
        _restores = new SplitMix64(scenario.Seed ^ 0x0B4C_0B4C_0B4C_0B4C);
        _forged = new ForgedMessages(_dice, (kind, job) => Struck(kind, job));
        _transport = new SimulatedTransport(_simulation) { Faults = scenario.Links, Struck = (kind, _, _, message) => Struck(kind, JobOf(message)) };
        Broker = BrokerOf(scenario);
        Trace = new FederationTrace(_simulation, sink);
        _context = new CheckContext(scenario, Trace);
        ImmutableArray<SiloId> silos = [.. Enumerable.Range(0, scenario.Sites.Length).Select(i => new SiloId(scenario.Sites.Length <= 100 ? $"site-{i:00}" : $"site-{i:000}"))];   // plans list sites in ordinal order
        Jobs = [.. Enumerable.Range(0, scenario.Jobs).Select(i => new SimulatedJob(scenario, i, silos, roles.Bugs))];
        Job = Identity(NodeAddress.Job, scenario.JobStandbys);
        Coordinator = Identity(NodeAddress.Coordinator, scenario.CoordinatorStandbys);
        Aggregator = Identity(NodeAddress.Aggregator, scenario.AggregatorStandbys);
        Silos = [.. silos.Select((silo, i) => Identity(NodeAddress.Silo(silo.Value), standbys: 0, i))];
        SubAggregators = [.. Enumerable.Range(1, scenario.Aggregators ?? 0).Select(part => Identity(NodeAddress.SubAggregator(part), standbys: 0))];
        Identities = [Job, Coordinator, Aggregator, .. SubAggregators, .. Silos];
        Processes = [.. Identities.SelectMany(static identity => identity.Processes)];
        _odd = [.. Silos.Where(site => FederationScenario.FaultOf(scenario.Sites[site.Site]) is not null)];
        _contended = [.. Processes.Where(static process => process.Identity.IsContended)];
        if (scenario.Lies.Any) _liar = new LyingServer(_dice, scenario.Lies, Allies(), (kind, job) => Struck(kind, job), Impersonate, () => Trace.Elapsed) { Stolen = Stolen };
        if (scenario.AggregatorLies.Any) _falseAdder = LyingAggregatorOf(scenario);
        foreach (SimulatedJob job in Jobs)
        {
            if (job.Encryption is { } encryption)
            {
                _liar?.Begin(job.Plan, encryption);
                encryption.Spoils = (silo, kind) => Spoils(job, silo, kind);
            }
            else _liar?.Begin(job.Plan);

            job.Checks = new JobChecks(ViewOf(job), _context);
            Coordinator.Blobs(job.Id).Store(job.Program.InitialState());
        }

        _isGentle = scenario.IsGentleAtFirst;
        _transport.Faults = Raised(scenario.Links);
        Connect();
        foreach (SimulatedProcess process in Processes)
        {
            SetFaults(process, isOn: true);
            Watch(process);
            Start(process);
        }
    }

    /// <summary>What goes wrong.</summary>
    public FederationScenario Scenario => _scenario;

    /// <summary>What happened.</summary>
    public FederationTrace Trace { get; }

    /// <summary>The jobs, which run side by side over the same sites.</summary>
    public ImmutableArray<SimulatedJob> Jobs { get; }

    /// <summary>Who runs the jobs.</summary>
    public SimulatedIdentity Job { get; }

    /// <summary>The rounds' coordinator.</summary>
    public SimulatedIdentity Coordinator { get; }

    /// <summary>The aggregator.</summary>
    public SimulatedIdentity Aggregator { get; }

    /// <summary>The aggregators of the roster's parts; none where one aggregator does it all.</summary>
    public ImmutableArray<SimulatedIdentity> SubAggregators { get; }

    /// <summary>The sites, in ordinal order.</summary>
    public ImmutableArray<SimulatedIdentity> Silos { get; }

    /// <summary>All of them.</summary>
    public ImmutableArray<SimulatedIdentity> Identities { get; }

    /// <summary>All processes, standbys behind their first.</summary>
    public ImmutableArray<SimulatedProcess> Processes { get; }

    /// <summary>Steps taken so far.</summary>
    public long Steps => Trace.Step;

    /// <summary>Runs a scenario to its end.</summary>
    /// <exception cref="FederationViolationException">A promise was broken.</exception>
    public static FederationResult Run(FederationScenario scenario, Action<string>? sink = null, Func<IEventJournal, IEventJournal>? wrapJournal = null, FederationStores? stores = null)
    {
        using SimulatedFederation federation = new(scenario, sink, wrapJournal, stores);
        return federation.RunToEnd();
    }

    /// <summary>A job by its name; null for one of nobody's.</summary>
    public SimulatedJob? Find(JobId job) => Jobs.FirstOrDefault(known => known.Id == job);

    /// <summary>What a node has journaled of the first job, in order.</summary>
    internal IEnumerable<TEvent> EventsOf<TEvent>(NodeAddress of)
    {
        SimulatedIdentity identity = Identities.First(known => known.Address == of);
        return identity.Journal.Read(Jobs[0].LogOf(identity), 0).Select(stored => (TEvent)FederationLogs.Read(of, stored));
    }

    /// <inheritdoc/>
    public void Dispose() => Trace.Dispose();

    /// <summary>What the checks of a job may look at.</summary>
    private JobView ViewOf(SimulatedJob job)
    {
        Dictionary<SiloId, SimulatedIdentity> sites = Silos.ToDictionary(static known => new SiloId(known.Address.Value["silo/".Length..]));
        Dictionary<string, SimulatedIdentity> logs = Identities.ToDictionary(job.LogOf, StringComparer.Ordinal);
        return new JobView
        {
            Plan = job.Plan,
            Program = job.Program,
            Trainers = job.Trainers,
            ReadLog = (log, after) => logs[log].Journal.Read(log, after),
            CoordinatorBlobs = Coordinator.Blobs(job.Id),
            AggregatorBlobs = Aggregator.Blobs(job.Id),
            PartBlobs = [.. SubAggregators.Select(part => part.Blobs(job.Id))],
            SiloBlobs = silo => sites[silo].Blobs(job.Id),
            Canaries = job.Toy?.Canaries ?? job.Encryption?.Canaries,
            Allies = [.. sites.Where(pair => _liar is not null && (_scenario.IsAlly(pair.Value.Site) || _scenario.IsRestorable(pair.Value.Site))).Select(static pair => pair.Key)],
            Substituted = list => _liar is not null && _liar.Substituted.TryGetValue(list, out ImmutableSortedSet<SiloId>? forged) ? forged : [],
            AreServersHonest = _liar is null,
            AddsHonestly = _falseAdder is null,
            Added = collection => _falseAdder?.AddedTo(job.Id, collection),
            Secrets = silo => _restored.Contains(sites[silo]) ? [] : [.. sites[silo].Secrets.Names.Where(name => name.StartsWith($"{job.Id}~", StringComparison.Ordinal))],
            Lives = silo => sites[silo].Leader.Crashes,
            HasLeft = silo => HasLeft(sites[silo]),
        };
    }

    private LyingAggregator LyingAggregatorOf(FederationScenario scenario) => new(
        _dice,
        scenario.AggregatorLies,
        scenario.Ring,
        manifest => ReadIfThere(Identities.First(known => known.Address == NodeAddress.Silo(manifest.Silo.Value)).Blobs(manifest.Job), manifest.Hash),
        (job, sum) => ReadIfThere(Aggregator.Blobs(job), sum),
        (kind, job) => Struck(kind, job));

    private static byte[]? ReadIfThere(IBlobStore blobs, Digest hash) => blobs.Contains(hash) ? blobs.ReadAll(hash) : null;

    /// <summary>Sites in league with the servers.</summary>
    private ImmutableSortedDictionary<SiloId, SimulatedIdentity> Allies() =>
        Silos.Where(site => _scenario.IsAlly(site.Site)).ToImmutableSortedDictionary(static site => new SiloId(site.Address.Value["silo/".Length..]), static site => site);

    private SimulatedIdentity Identity(NodeAddress address, int standbys, int site = -1) => new(_simulation, address, Jobs, standbys, site, _stores);
}
