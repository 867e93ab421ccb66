using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Actors.Persistence;
using Fed.Vectors;

namespace Fed.Actors.Protocol.Job;

/// <summary>
/// What a federation has agreed to do, immutable, hashed and journaled before anything else. Silos take every parameter from the plan whose hash they approved,
/// never from a round message.
/// </summary>
public sealed record JobPlan
{
    /// <summary>The job's id.</summary>
    public required JobId Job { get; init; }

    /// <summary>A person's name for it.</summary>
    public required string Name { get; init; }

    /// <summary>The federated program (algorithm, model, options) as canonical JSON; opaque to the protocol.</summary>
    public required string Program { get; init; }

    /// <summary>The ring in which contributions are summed.</summary>
    public required RingWidth Ring { get; init; }

    /// <summary>How contributions are protected: <c>plain</c>, <c>secagg</c> or <c>ckks</c>.</summary>
    public required string Protection { get; init; }

    /// <summary>Sums of round 0, in order.</summary>
    public required ImmutableArray<SumPlan> StartSums { get; init; }

    /// <summary>Sums of every later round, in order.</summary>
    public required ImmutableArray<SumPlan> RoundSums { get; init; }

    /// <summary>The sites, in ordinal order of their names.</summary>
    public required ImmutableArray<RosterEntry> Roster { get; init; }

    /// <summary>Rounds after start-up, at most.</summary>
    public required int Rounds { get; init; }

    /// <summary>Who is invited and how many are enough.</summary>
    public required ParticipationRule Participation { get; init; }

    /// <summary>Tries per sum before the round fails.</summary>
    public required int MaxAttempts { get; init; }

    /// <summary>Deadlines and intervals.</summary>
    public required PlanTimings Timings { get; init; }

    /// <summary>Training, selection and rounding derive from it.</summary>
    public required ulong Seed { get; init; }

    /// <summary>For how many committed rounds the aggregator keeps every contribution, so that their sums can be replayed; <see cref="int.MaxValue"/> for all.</summary>
    public required int RetainContributions { get; init; }

    /// <summary>Parameters of secure aggregation; null under another protection, and then no part of the plan's hash.</summary>
    public SecAggPlan? SecAgg { get; init; }

    /// <summary>Parameters of sums under a common key; null under another protection, and then no part of the plan's hash.</summary>
    public CkksPlan? Ckks { get; init; }

    /// <summary>Into how many parts the roster is divided, each with an aggregator of its own (<see cref="Aggregation.AggregatorTree"/>); null for one aggregator, and then no part of the plan's hash.</summary>
    public int? Aggregators { get; init; }

    /// <summary>Who contributes where the plan itself says so, in place of <see cref="Participation"/>; null, and then no part of the plan's hash, where it does not. Seeds depend on it no more than on the roster.</summary>
    public ImmutableArray<FixedContributors>? Contributors { get; init; }

    /// <summary>SHA-256 over the roster: names and keys, one to a line.</summary>
    public Digest RosterHash() => Digest.Of(Encoding.UTF8.GetBytes(string.Concat(Roster.Select(static entry => $"{entry.Silo}\n{entry.KeyId}\n"))));

    /// <summary>The names of the roster as silos.</summary>
    [JsonIgnore]
    public ImmutableArray<SiloId> Silos => [.. Roster.Select(static entry => entry.Silo)];

    /// <summary>The sums of a round, in order.</summary>
    public ImmutableArray<SumPlan> SumsOf(int round) => round == 0 ? StartSums : RoundSums;

    /// <summary>
    /// Whom the plan invites to an attempt at a sum. Under a protection every attempt has the sites of the first: a server that claims to need another attempt must not find enough sites that have
    /// confirmed nothing yet, and open a second sum with them.
    /// </summary>
    public ImmutableSortedSet<SiloId> InvitedTo(CollectionId id) =>
        Stated(id) is { } stated ? [.. stated.Sites] : Participation.Select(Silos, IsForEveryone(id), Seed, id.Round, Protection == ProtectionRules.Plain ? id.Attempt : 1);

    /// <summary>How many updates to a sum are wanted: with as many its collection closes.</summary>
    public int TargetOf(CollectionId id) => Stated(id)?.Sites.Length ?? Participation.Target(Roster.Length, IsForEveryone(id));

    /// <summary>How many updates to a sum suffice at the deadline.</summary>
    public int QuorumOf(CollectionId id) => Stated(id)?.Sites.Length ?? Participation.Quorum(TargetOf(id));

    /// <summary>How many of those the plan invites to an attempt must be left in each step of secure aggregation: the plan's quorum, minimum and threshold, and no number of a message.</summary>
    public int NeededFor(CollectionId id) => SecAgg!.Needed(InvitedTo(id).Count, QuorumOf(id));

    /// <summary>True where sites draw a sparse graph before the first round.</summary>
    [JsonIgnore]
    public bool DrawsGraph => SecAgg is not null && Roster.Length > SecAggPlan.CompleteMax;

    /// <summary>Canonical JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, ProtocolJson.Default.JobPlan);

    /// <summary>Reads a plan; nothing in it is believed for that.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static JobPlan FromJson(string json) => JsonSerializer.Deserialize(json, ProtocolJson.Default.JobPlan) ?? throw new JsonException("the plan is null");

    /// <summary>SHA-256 of the canonical JSON.</summary>
    public Digest ComputeHash() => Digest.Of(JsonSerializer.SerializeToUtf8Bytes(this, ProtocolJson.Default.JobPlan));

    private FixedContributors? Stated(CollectionId id) => Contributors?.FirstOrDefault(entry => entry.IsOf(id));

    private bool IsForEveryone(CollectionId id) => SumsOf(id.Round).First(sum => sum.Name == id.Sum).Everyone;
}

/// <summary>A site's place in the roster.</summary>
/// <param name="Silo">Its name.</param>
/// <param name="KeyId">SHA-256 of the public key with which it signs.</param>
public sealed record RosterEntry(SiloId Silo, Digest KeyId);

/// <summary>One sum that the plan declares for a round.</summary>
/// <param name="Name">For example <c>training</c>.</param>
/// <param name="Segments">The vector's segments, the runtime's clip count left out.</param>
/// <param name="Everyone">True when the whole roster is invited whatever the selection (start-up, evaluation).</param>
public sealed record SumPlan(string Name, ImmutableArray<Segment> Segments, bool Everyone)
{
    /// <summary>The schema of the summed vector, the runtime's clip count included.</summary>
    public VectorSchema ToSchema() => VectorSchema.Create(Segments.AsSpan());
}

/// <summary>Every time setting that the protocol knows.</summary>
/// <param name="RoundDeadline">From the opening of a collection to its close by quorum; half as long again with each attempt.</param>
/// <param name="OpeningDeadline">From Sealed to the opened sum; after it the job stops.</param>
/// <param name="RetryBackoff">Wait before the second attempt; doubled with each further one.</param>
/// <param name="PlanDeadline">How long sites may take to approve a plan.</param>
public sealed record PlanTimings(TimeSpan RoundDeadline, TimeSpan OpeningDeadline, TimeSpan RetryBackoff, TimeSpan PlanDeadline)
{
    /// <summary>No deadline is further away.</summary>
    public static TimeSpan DeadlineMax { get; } = TimeSpan.FromDays(7);

    /// <summary>With the usual value for each that is missing or beyond its range.</summary>
    public PlanTimings Completed() => new(
        IsDeadline(RoundDeadline) ? RoundDeadline : TimeSpan.FromMinutes(10),
        IsDeadline(OpeningDeadline) ? OpeningDeadline : TimeSpan.FromMinutes(10),
        RetryBackoff >= TimeSpan.Zero && RetryBackoff <= DeadlineMax ? RetryBackoff : TimeSpan.FromSeconds(2),
        IsDeadline(PlanDeadline) ? PlanDeadline : TimeSpan.FromMinutes(5));

    /// <summary>True for a time after which somebody stops waiting.</summary>
    internal static bool IsDeadline(TimeSpan value) => value > TimeSpan.Zero && value <= DeadlineMax;
}
