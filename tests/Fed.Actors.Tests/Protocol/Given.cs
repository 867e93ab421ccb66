using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.Vectors;

namespace Fed.Actors.Tests.Protocol;

/// <summary>Values that the protocol tests share, and given-when-then over a decider.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Start = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);
    public static readonly JobId Job = new("test-1");
    public static readonly SiloId A = new("a");
    public static readonly SiloId B = new("b");
    public static readonly SiloId C = new("c");
    public static readonly SiloId D = new("d");
    public static readonly SiloId E = new("e");

    public static Digest Hash(string of) => Digest.Of(System.Text.Encoding.UTF8.GetBytes(of));

    public static JobPlan Plan(int rounds = 2, ParticipationRule? participation = null, int maxAttempts = 2, int retain = int.MaxValue, params SiloId[] silos) => new()
    {
        Job = Job,
        Name = "test",
        Program = "{}",
        Ring = RingWidth.Ring64,
        Protection = "plain",
        StartSums = [new SumPlan("counts", [Count("n")], Everyone: true)],
        RoundSums = [new SumPlan("training", [Count("n")], Everyone: false), new SumPlan("evaluation", [Count("n")], Everyone: true)],
        Roster = [.. (silos.Length == 0 ? [A, B, C] : silos).Select(silo => new RosterEntry(silo, Hash("key " + silo)))],
        Rounds = rounds,
        Participation = participation ?? ParticipationRule.All,
        MaxAttempts = maxAttempts,
        Timings = new PlanTimings(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(300), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30)),
        Seed = 7,
        RetainContributions = retain,
    };

    /// <summary>Four sites, three of which are enough, and one of which may collude: any three answers open a sum.</summary>
    public static JobPlan SecAggPlan(int maxAttempts = 2) => Plan(participation: new ParticipationRule(1_000_000, 1_000_000, 3, 0), maxAttempts: maxAttempts, retain: 0, silos: [A, B, C, D]) with
    {
        Protection = "secagg",
        SecAgg = new SecAggPlan(1, 0, 3),
    };

    /// <summary>Five sites, of which one may collude: four of them are needed, four sign what is opened, and two open it.</summary>
    public static JobPlan CkksPlan(int maxAttempts = 2) => Plan(participation: new ParticipationRule(1_000_000, 1_000_000, 3, 0), maxAttempts: maxAttempts, retain: 0, silos: [A, B, C, D, E]) with
    {
        Protection = "ckks",
        Ckks = new CkksPlan(1, 2, 4, SumCheckLevel.Fingerprint),
    };

    /// <summary>The key of the five sites.</summary>
    public static CollectiveKey TheKey { get; } = new(1, Hash("key"), Hash("public key"), [A, B, C, D, E]);

    /// <summary>Four sites that hold a key together, of which two open; with one failed ceremony the next is the last. A key serves two rounds.</summary>
    public static JobPlan KeyPlan(int rounds = 4, long openings = 8) => Plan(rounds, new ParticipationRule(1_000_000, 1_000_000, 3, 0), retain: 0, silos: [A, B, C, D]) with
    {
        Protection = "ckks",
        Ckks = new CkksPlan(0, 2, 3, SumCheckLevel.Fingerprint, openings) { StartCiphertexts = 1, RoundCiphertexts = 2 },
    };

    /// <summary>So many sites that they draw a sparse graph; 90 of 101 are enough.</summary>
    public static JobPlan DrawnPlan() =>
        Plan(participation: new ParticipationRule(1_000_000, 1_000_000, 90, 0), retain: 0, silos: [A, B, C, D, .. Enumerable.Range(5, 97).Select(static i => new SiloId($"s{i:D3}"))]) with
        {
            Protection = "secagg",
            SecAgg = new SecAggPlan(1, 0, 3),
        };

    public static Segment Count(string name) => new(name, [2], SegmentKind.Count, 32, 0, GridRounding.Nearest, Weighted: false);

    public static UpdateManifest Manifest(SiloId silo, CollectionId id, Digest plan, Digest based, string content = "update", string? schema = null, long length = 16) =>
        new(silo, Job, id.Round, id.Sum, plan, based, schema ?? Schema, Hash($"{content} of {silo}"), length, new byte[] { 1 });

    public static string Schema { get; } = VectorSchema.Create(Count("n")).Hash;

    /// <summary>A peer's leader under an epoch that nobody has heard of yet.</summary>
    public static Origin NextEpoch(IReadOnlyDictionary<string, long> known, NodeAddress peer) => new(peer, known.GetValueOrDefault(peer.Value) + 1);

    /// <summary>A peer's leader under an epoch that is over.</summary>
    public static Origin LastEpoch(IReadOnlyDictionary<string, long> known, NodeAddress peer) => new(peer, known.GetValueOrDefault(peer.Value) - 1);

    /// <summary>Runs commands one after another at the start time, evolving the state.</summary>
    public static (TState State, List<TEvent> Events, List<TEffect> Effects) When<TDecider, TState, TCommand, TEvent, TEffect>(TState state, DateTimeOffset now, params TCommand[] commands)
        where TDecider : IDecider<TState, TCommand, TEvent, TEffect>
    {
        List<TEvent> events = [];
        List<TEffect> effects = [];
        foreach (TCommand command in commands)
        {
            Decision<TEvent, TEffect> decision = TDecider.Decide(state, command, now);
            foreach (TEvent happened in decision.Events) state = TDecider.Evolve(state, happened);
            events.AddRange(decision.Events);
            effects.AddRange(decision.Effects);
        }

        return (state, events, effects);
    }
}
