using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Aggregation;

namespace Fed.Actors.Protocol;

/// <summary>Work that a decider asks for: ids and hashes only, the tensors are blobs.</summary>
/// <param name="Id">Stable id of the work.</param>
public abstract record WorkItem(string Id)
{
    /// <summary>Coordinator: what the silos get for a sum, from the server state.</summary>
    public sealed record PrepareBroadcast(CollectionId Collection, Digest State) : WorkItem($"broadcast/{Collection}");

    /// <summary>Coordinator: opens a sealed sum and checks the opened integers against their bounds.</summary>
    public sealed record OpenSum(CollectionId Collection, Digest SealedSum, int Contributors) : WorkItem($"open/{Collection}");

    /// <summary>Coordinator: the server step on an opened sum.</summary>
    public sealed record RunStep(CollectionId Collection, Digest State, Digest OpenedSum, int Contributors) : WorkItem($"step/{Collection}");

    /// <summary>Aggregator: fetches a contribution from its silo's outbox and verifies its hash.</summary>
    public sealed record FetchUpdate(CollectionId Collection, UpdateManifest Manifest, SignedHead? Head) : WorkItem($"fetch/{Collection}/{Manifest.Silo}/{Manifest.Hash}");

    /// <summary>Aggregator: adds an accepted contribution to the running sum.</summary>
    public sealed record AddToSum(CollectionId Collection, SumShape Shape, UpdateManifest Manifest) : WorkItem($"add/{Collection}/{Manifest.Silo}");

    /// <summary>Aggregator: makes the sum over exactly these contributions durable.</summary>
    public sealed record SealSum(CollectionId Collection, SumShape Shape, ImmutableArray<UpdateManifest> Contributions, bool Retain) : WorkItem($"seal/{Collection}");

    /// <summary>Aggregator: forgets received contributions of a closed round, and retained ones of rounds that are no longer kept.</summary>
    public sealed record DiscardRound(int Round, ImmutableArray<Digest> Dropped) : WorkItem($"discard/{Round}");

    /// <summary>Silo: computes, rounds and stores the contribution for one key.</summary>
    public sealed record ComputeContribution(CollectionId Collection, Digest Broadcast, Digest? SiloState) : WorkItem($"compute/{Collection.Round}/{Collection.Sum}/{Broadcast}");

    /// <summary>Silo: stops what computes for other keys than this round's.</summary>
    public sealed record CancelWork(int BelowRound) : WorkItem($"cancel/{BelowRound}");

    /// <summary>Silo: deletes what was computed for a key and will never be offered: another result is kept, or the round is over.</summary>
    public sealed record DropContribution(CollectionId Collection, ImmutableArray<Digest> Blobs)
        : WorkItem($"drop/{Collection.Round}/{Collection.Sum}/{Blobs[0]}");

    /// <summary>Silo: deletes contributions and states that no later round needs.</summary>
    public sealed record ReleaseOutbox(int Round, ImmutableArray<Digest> Blobs) : WorkItem($"release/{Round}");
}
