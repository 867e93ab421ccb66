using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Aggregation;

/// <summary>Where a collection stands.</summary>
public enum CollectionPhase
{
    /// <summary>Open for contributions.</summary>
    Collecting,

    /// <summary>The set is fixed and its sum is being made.</summary>
    Closing,

    /// <summary>The sum is sealed.</summary>
    Sealed,

    /// <summary>The attempt has failed.</summary>
    Failed,
}

/// <summary>One collection.</summary>
/// <param name="Request">What was asked.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Deadline">When it closes by quorum.</param>
/// <param name="LastEventAt">When something last happened: after an outage the deadline moves by the time since.</param>
/// <param name="Accepted">Contributions that count, by silo.</param>
/// <param name="Declined">Invited silos that will not contribute.</param>
/// <param name="Sum">Hash of the sealed sum.</param>
/// <param name="Failure">Why it failed.</param>
public sealed record Collection(
    CollectionRequest Request,
    CollectionPhase Phase,
    DateTimeOffset Deadline,
    DateTimeOffset LastEventAt,
    ImmutableSortedDictionary<SiloId, UpdateManifest> Accepted,
    ImmutableSortedSet<SiloId> Declined,
    Digest Sum,
    string? Failure)
{
    /// <summary>Of a root: the partial sums that count, by part.</summary>
    public ImmutableSortedDictionary<int, PartManifest> Parts { get; init; } = ImmutableSortedDictionary<int, PartManifest>.Empty;

    /// <summary>Sums of older attempts, which go with the round: of a part, or where an opener of a sealed sum was lost.</summary>
    public ImmutableArray<Digest> Superseded { get; init; } = [];

    /// <summary>Its id.</summary>
    public CollectionId Id => Request.Collection;

    /// <summary>True when every invited silo has contributed or declined.</summary>
    public bool AllAnswered => Accepted.Count + Declined.Count == Request.Invited.Count;

    internal Collection Accept(UpdateManifest manifest, DateTimeOffset at) => this with { Accepted = Accepted.SetItem(manifest.Silo, manifest), LastEventAt = at };

    internal Collection Accept(PartManifest manifest, ImmutableArray<UpdateManifest> contributions, DateTimeOffset at) => this with
    {
        Parts = Parts.SetItem(manifest.Part, manifest),
        Accepted = Accepted.SetItems(contributions.Select(static m => KeyValuePair.Create(m.Silo, m))),
        Declined = Declined.Union(MembersOf(manifest.Part).Except(contributions.Select(static m => m.Silo))),
        LastEventAt = at,
    };

    /// <summary>Of a root: whose uploads a part sums; nobody's where there is no such part.</summary>
    internal ImmutableSortedSet<SiloId> MembersOf(int part) => (Request.Parts ?? []).FirstOrDefault(known => known.Number == part)?.Members ?? [];

    internal Collection Decline(SiloId silo, DateTimeOffset at) => this with { Declined = Declined.Add(silo), LastEventAt = at };
}

/// <summary>An aggregator's memory: the collections of the rounds that are not yet released, by round and sum, the newest attempt of each.</summary>
/// <param name="Collections">By (round, sum).</param>
/// <param name="ReleasedBelow">Rounds below this one are closed and forgotten.</param>
/// <param name="Retained">Contributions kept for replay, by round.</param>
public sealed record AggregationState(
    ImmutableSortedDictionary<(int Round, string Sum), Collection> Collections,
    int ReleasedBelow,
    ImmutableSortedDictionary<int, ImmutableArray<Digest>> Retained)
{
    /// <summary>Commands whose decision threw since the last collection was opened.</summary>
    public int Rejections { get; init; }

    /// <summary>The highest epoch heard of each peer whose role is contended.</summary>
    public ImmutableSortedDictionary<string, long> Leaders { get; init; } = PeerEpochs.None;

    /// <summary>The collection of a round's sum, or null.</summary>
    public Collection? Find(CollectionId id) => Collections.GetValueOrDefault((id.Round, id.Sum));

    internal AggregationState With(Collection collection) => this with { Collections = Collections.SetItem((collection.Id.Round, collection.Id.Sum), collection) };
}
