using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Ceremony;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol.Silo;

/// <summary>What the outbox holds for one key: a contribution, or the reason why there is none.</summary>
public sealed record OutboxEntry(Digest Broadcast, StoredContribution? Contribution, string? Declined);

/// <summary>What a site has said in the ceremony of one attempt, and so may only say again.</summary>
/// <param name="Collection">The attempt.</param>
/// <param name="Base">Hash of what the site computed from.</param>
/// <param name="Advert">Hash of its public keys.</param>
public sealed record SiloCeremony(CollectionId Collection, Digest Base, Digest Advert)
{
    /// <summary>Among whom it has shared its secrets; empty before.</summary>
    public ImmutableSortedSet<SiloId> Members { get; init; } = [];

    /// <summary>Hash of their public keys.</summary>
    public Digest Adverts { get; init; }

    /// <summary>Hash of the shares that it sealed for them.</summary>
    public Digest Dealt { get; init; }

    /// <summary>For whom its upload is masked; empty before.</summary>
    public ImmutableSortedSet<SiloId> Maskers { get; init; } = [];

    /// <summary>Hash of the shares that were sealed for it.</summary>
    public Digest Shares { get; init; }

    /// <summary>The ceremony's name, with which the upload is signed.</summary>
    public Digest Ceremony { get; init; }

    /// <summary>Hash of the masked upload; null before there is one.</summary>
    public Digest? Upload { get; init; }

    /// <summary>Its bytes.</summary>
    public long Length { get; init; }

    /// <summary>Why the site takes no further part; null while it does.</summary>
    public string? Abandoned { get; init; }
}

/// <summary>The list that a site has confirmed for a sum of a round.</summary>
/// <param name="Collection">In which attempt.</param>
/// <param name="List">Hash of the list.</param>
/// <param name="Contributors">Who is on it.</param>
/// <param name="Epoch">The site's epoch with it.</param>
/// <param name="IsReleased">True when shares for it may have left.</param>
public sealed record ConfirmedList(CollectionId Collection, Digest List, ImmutableSortedSet<SiloId> Contributors, SiteEpoch Epoch, bool IsReleased);

/// <summary>A silo's memory: the plan, the outbox of the rounds that are not yet settled, and the promoted silo-side state.</summary>
public sealed record SiloState
{
    /// <summary>The approved plan; null before.</summary>
    public JobPlan? Plan { get; init; }

    /// <summary>Its hash.</summary>
    public Digest PlanHash { get; init; }

    /// <summary>The silo's own name.</summary>
    public SiloId Silo { get; init; }

    /// <summary>What the site's policy last said of a plan; null where it was not asked.</summary>
    public SiloEvent.PolicyDecided? Policy { get; init; }

    /// <summary>By (round, sum): what was computed and is not yet settled.</summary>
    public ImmutableSortedDictionary<(int Round, string Sum), OutboxEntry> Outbox { get; init; } = ImmutableSortedDictionary<(int, string), OutboxEntry>.Empty;

    /// <summary>By (round, sum): the newest attempt in whose ceremony the site takes part.</summary>
    public ImmutableSortedDictionary<(int Round, string Sum), SiloCeremony> Ceremonies { get; init; } = ImmutableSortedDictionary<(int, string), SiloCeremony>.Empty;

    /// <summary>By (round, sum): the newest attempt for which the site has encrypted its contribution.</summary>
    public ImmutableSortedDictionary<(int Round, string Sum), SiloEncryption> Encryptions { get; init; } = ImmutableSortedDictionary<(int, string), SiloEncryption>.Empty;

    /// <summary>By (round, sum): the one list of contributors that was confirmed, whatever attempts come. Of settled rounds nothing is answered any more.</summary>
    public ImmutableSortedDictionary<(int Round, string Sum), ConfirmedList> Confirmed { get; init; } = ImmutableSortedDictionary<(int, string), ConfirmedList>.Empty;

    /// <summary>The newest making of a key in which the site takes part.</summary>
    public SiloKeyCeremony? KeyCeremony { get; init; }

    /// <summary>By epoch: the keys of which the site holds a part, and whose public half it has recomputed.</summary>
    public ImmutableSortedDictionary<int, CollectiveKey> Keys { get; init; } = ImmutableSortedDictionary<int, CollectiveKey>.Empty;

    /// <summary>By epoch of the key: in how many attempts the site has made shares. Its ledger of shares must know of as many.</summary>
    public ImmutableSortedDictionary<int, int> SharesOnRecord { get; init; } = ImmutableSortedDictionary<int, int>.Empty;

    /// <summary>True when the job is over and the parts are gone.</summary>
    public bool AreKeysErased { get; init; }

    /// <summary>True when the job is over.</summary>
    public bool IsOver { get; init; }

    /// <summary>What the site remembers of epochs, its own and others'.</summary>
    public EpochMemory Epochs { get; init; } = EpochMemory.None;

    /// <summary>
    /// The epoch of this site that somebody had heard of, or the round that it had settled, and does not know; null while its memory is whole. With one it takes no further part in any sum: till the job's
    /// end or, under a common key and where it knows every round, till it holds another key.
    /// </summary>
    public SiloEvent.RestoreNoticed? Restored { get; init; }

    /// <summary>Hash of what the site committed to for the job's graph; null before.</summary>
    public Digest? NonceCommitment { get; init; }

    /// <summary>The list of commitments for which it showed its nonce, or whose graph it adopted; null before.</summary>
    public Digest? Commitments { get; init; }

    /// <summary>Randomness of the job's graph; null before there is one, or where the plan draws none.</summary>
    public Digest? Graph { get; init; }

    /// <summary>The job's models, once they are on this site's disk; null before.</summary>
    public JobModels? Models { get; init; }

    /// <summary>The last round that was settled; -1 before the first.</summary>
    public int SettledRound { get; init; } = -1;

    /// <summary>The coordinator's signed head from its end.</summary>
    public SignedHead? SettledHead { get; init; }

    /// <summary>Commands since the last settled round whose decision threw.</summary>
    public int Rejections { get; init; }

    /// <summary>The highest epoch heard of each peer whose role is contended.</summary>
    public ImmutableSortedDictionary<string, long> Leaders { get; init; } = PeerEpochs.None;

    /// <summary>Promoted silo-side state (SCAFFOLD's c_k and the like), or null.</summary>
    public Digest? AlgorithmState { get; init; }
}
