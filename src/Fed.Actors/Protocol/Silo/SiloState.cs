using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Protocol.Silo;

/// <summary>What the outbox holds for one key: a contribution, or the reason why there is none.</summary>
public sealed record OutboxEntry(Digest Broadcast, StoredContribution? Contribution, string? Declined);

/// <summary>A silo's memory: the plan, the outbox of the rounds that are not yet settled, and the promoted silo-side state.</summary>
public sealed record SiloState
{
    /// <summary>The approved plan; null before.</summary>
    public JobPlan? Plan { get; init; }

    /// <summary>Its hash.</summary>
    public Digest PlanHash { get; init; }

    /// <summary>The silo's own name.</summary>
    public SiloId Silo { get; init; }

    /// <summary>By (round, sum): what was computed and is not yet settled.</summary>
    public ImmutableSortedDictionary<(int Round, string Sum), OutboxEntry> Outbox { get; init; } = ImmutableSortedDictionary<(int, string), OutboxEntry>.Empty;

    /// <summary>The last round that was settled; -1 before the first.</summary>
    public int SettledRound { get; init; } = -1;

    /// <summary>Commands since the last settled round whose decision threw.</summary>
    public int Rejections { get; init; }

    /// <summary>The highest epoch heard of each peer whose role is contended.</summary>
    public ImmutableSortedDictionary<string, long> Leaders { get; init; } = PeerEpochs.None;

    /// <summary>Promoted silo-side state (SCAFFOLD's c_k and the like), or null.</summary>
    public Digest? AlgorithmState { get; init; }
}
