using System.Diagnostics;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;

namespace Fed.EndToEnd.Faults;

/// <summary>Whom a fault meets.</summary>
internal enum Victim
{
    Coordinator,
    Standby,
    Aggregator,
    AggregatorStandby,
    Site,
}

/// <summary>What is done to a node.</summary>
internal enum Fault
{
    /// <summary>SIGKILL; it is started again when the federation has got over it.</summary>
    Kill,

    /// <summary>SIGSTOP, for longer than it may be silent, and SIGCONT.</summary>
    Stop,

    /// <summary>Its connections to all servers are reset, and no new ones come about.</summary>
    Cut,

    /// <summary>All that it sends and would receive is swallowed, and nobody says so.</summary>
    Silence,

    /// <summary>It reaches the broker, and the database no more.</summary>
    CutFromDatabase,
}

/// <summary>Single faults against a cluster with a job under way: each strikes at the commit of an event, and is mended when another leader has gone on, or after a while where there is no other.</summary>
internal sealed class Strikes : IDisposable
{
    /// <summary>An event whose commit is the last of each phase, by its tag: until it is there, the round is in the phase before.</summary>
    public static IReadOnlyDictionary<string, string> Phases { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["planned"] = "round-planned",
        ["training"] = "collection-requested",
        ["collecting"] = "update-accepted",
        ["sealed"] = "sum-sealed",
        ["opening"] = "round-sum-sealed",
        ["committed"] = "round-committed",
    };

    private static readonly TimeSpan BeyondLease = TimeSpan.FromSeconds(4), Blip = TimeSpan.FromSeconds(2);

    private readonly FaultyCluster _cluster;
    private readonly CaseLines _output;
    private readonly string _rounds;
    private JournalGate? _park;   // keeps the job from running away between two strikes
    private int _site;

    /// <summary>Submits a job, which waits for the first strike.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="output">What a case tells while it runs.</param>
    /// <param name="settings">Of the job; none for that with which the cluster was started.</param>
    public Strikes(FaultyCluster cluster, CaseLines output, params string[] settings)
    {
        (_cluster, _output) = (cluster, output);
        Park();
        Job = settings.Length == 0 ? cluster.Submit() : cluster.Submit(settings);
        _rounds = FederationNodes.RoundLog(Job);
    }

    /// <summary>The job.</summary>
    public JobId Job { get; }

    /// <summary>Does something to whoever has a part in a phase.</summary>
    /// <param name="victim">Who.</param>
    /// <param name="fault">What.</param>
    /// <param name="phase">One of <see cref="Phases"/>, or the tag of an event whose commit is held meanwhile.</param>
    /// <returns>The time until the role's next leader had the round's next event on record; null where no leader was struck.</returns>
    public TimeSpan? Strike(Victim victim, Fault fault, string phase)
    {
        string node = Name(victim);
        if (victim is Victim.Standby or Victim.AggregatorStandby) StrikeUnmissed(node, fault, phase);
        else if (victim == Victim.Site) Strike(node, fault, phase);
        else return StrikeLeader(node, fault, phase, victim == Victim.Coordinator ? _rounds : FederationNodes.AggregationLog(Job));
        return null;
    }

    /// <summary>Does something to a node that nobody stands in for: the round waits until it is mended, after a while.</summary>
    public void Strike(string node, Fault fault, string phase) => In(phase, $"{fault} {node}", release =>
    {
        Begin(node, fault);
        release();
        return Outlast(node, fault);
    });

    /// <summary>Does something to a node whom nobody misses, with the job held in the meantime: rounds would run away.</summary>
    private void StrikeUnmissed(string node, Fault fault, string phase) => In(phase, $"{fault} standby {node}", release =>
    {
        Begin(node, fault);
        if (phase != "planned") Park();
        release();
        Park();
        return Outlast(node, fault);
    });

    private TimeSpan StrikeLeader(string node, Fault fault, string phase, string log)
    {
        TimeSpan failOver = default;
        In(phase, $"{fault} leader {node}", release =>
        {
            long epoch = _cluster.Journal.Epoch(log), since = Stopwatch.GetTimestamp();
            Begin(node, fault);
            release();
            _cluster.Journal.Await(log, $"a leader behind epoch {epoch}", stored => stored.Epoch > epoch);
            TimeSpan led = Stopwatch.GetElapsedTime(since);
            StoredEvent next = _cluster.Journal.Await(log, $"an event of a leader behind epoch {epoch}", stored => stored.Epoch > epoch && !stored.Tag.EndsWith("-leadership-taken", StringComparison.Ordinal) && !stored.Tag.EndsWith("-leader-seen", StringComparison.Ordinal));
            failOver = Stopwatch.GetElapsedTime(since);
            _output.Write($"{phase,-10} {fault} {node}: another leads after {led.TotalSeconds:0.00} s, {next.Tag} after {failOver.TotalSeconds:0.00} s");
            return () =>
            {
                End(node, fault);
                _cluster.AwaitStatus(node, "to lead no longer", static status => status.Epoch is null);
            };
        });
        return failOver;
    }

    private Action Outlast(string node, Fault fault)
    {
        FaultyCluster.Last(fault == Fault.Stop ? BeyondLease : Blip);
        return () => End(node, fault);
    }

    /// <summary>Does something to a server in a phase, and waits until rounds are committed again.</summary>
    public void Crash(Action server, string phase) => In(phase, server.Method.Name, release =>
    {
        release();
        server();
        return static () => { };
    });

    /// <summary>Lets so many rounds be committed.</summary>
    public void Advance(int rounds) => Advance(rounds, static () => { });

    /// <summary>Lets so many rounds be committed, while something else goes on.</summary>
    public void Advance(int rounds, Action meanwhile)
    {
        long committed = Committed();
        Go();
        meanwhile();
        for (int i = 0; i < rounds; i++)
            committed = _cluster.Journal.Await(_rounds, "the next round", stored => stored.Tag == "round-committed" && stored.Sequence > committed).Sequence;
        Park();
    }

    /// <summary>Lets the job go on to its end.</summary>
    public void Dispose() => Go();

    private string Name(Victim victim) => victim switch
    {
        Victim.Coordinator => _cluster.Leader(),
        Victim.Standby => _cluster.Standby(),
        Victim.Aggregator => _cluster.Leader("aggregator"),
        Victim.AggregatorStandby => _cluster.Standby("aggregator"),
        _ => _cluster.Sites[_site++ % _cluster.Sites.Length],
    };

    private void Begin(string node, Fault fault)
    {
        if (fault == Fault.Kill) _cluster.Kill(node);
        if (fault == Fault.Stop) _cluster.Stop(node);
        if (fault == Fault.Cut) _cluster.ToBroker(node).Cut();
        if (fault == Fault.Silence) _cluster.ToBroker(node).Silence();
        if (fault is Fault.Cut or Fault.CutFromDatabase) _cluster.ToDatabase(node).Cut();
        if (fault == Fault.Silence) _cluster.ToDatabase(node).Silence();
    }

    private void End(string node, Fault fault)
    {
        if (fault == Fault.Kill) _cluster.Start(node);
        if (fault == Fault.Stop) _cluster.Continue(node);
        _cluster.ToBroker(node).Heal();
        _cluster.ToDatabase(node).Heal();
    }

    /// <summary>Lets the job go on to a phase, acts while its last event is held, keeps the job from running away while what was done is mended, and waits until a round is committed after it.</summary>
    private void In(string phase, string what, Func<Action, Action> act)
    {
        using JournalGate gate = _cluster.Journal.Gate(Phases.GetValueOrDefault(phase, phase));
        Go();
        gate.AwaitHeld();
        long since = Stopwatch.GetTimestamp();
        Action mend = act(gate.Release);
        Park();
        mend();
        long committed = Committed();
        Go();
        _cluster.Journal.Await(_rounds, $"a round after {what} in {phase}", stored => stored.Tag == "round-committed" && stored.Sequence > committed);
        Park();
        _output.Write($"{phase,-10} {what,-34} {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s, at round {_cluster.Journal.Models(Job).Length}");
    }

    private void Park() => _park ??= _cluster.Journal.Gate("round-planned");

    private void Go()
    {
        _park?.Dispose();
        _park = null;
    }

    private long Committed() => _cluster.Journal.Read(_rounds).LastOrDefault(static stored => stored.Tag == "round-committed")?.Sequence ?? 0;
}
