using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Aggregation;

/// <summary>What happened at an aggregator. Facts are for ever: fields are added, never renamed.</summary>
public abstract record AggregationEvent
{
    private protected AggregationEvent()
    {
    }

    /// <summary>A command whose decision threw: a bug of ours, on record; nothing else changed.</summary>
    public sealed record CommandRejected(string Command, string Reason, DateTimeOffset At) : AggregationEvent;

    /// <summary>A collection is open until the deadline.</summary>
    public sealed record CollectionOpened(CollectionRequest Request, DateTimeOffset At, DateTimeOffset Deadline) : AggregationEvent;

    /// <summary>A contribution counts: it lies in the silo's outbox, and its manifest here.</summary>
    public sealed record UpdateAccepted(CollectionId Collection, UpdateManifest Manifest, SignedHead? Head, DateTimeOffset At) : AggregationEvent;

    /// <summary>A partial sum counts, and with it the uploads that are in it; members of the part without one will not contribute.</summary>
    public sealed record PartAccepted(CollectionId Collection, PartManifest Manifest, ImmutableArray<UpdateManifest> Contributions, DateTimeOffset At) : AggregationEvent;

    /// <summary>An invited silo will not contribute to this attempt.</summary>
    public sealed record UpdateDeclined(CollectionId Collection, SiloId Silo, DateTimeOffset At) : AggregationEvent;

    /// <summary>The deadline was moved by the time for which nobody led.</summary>
    public sealed record DeadlineExtended(CollectionId Collection, DateTimeOffset At, DateTimeOffset Deadline) : AggregationEvent;

    /// <summary>The set is fixed; its sum is being made.</summary>
    public sealed record CollectionClosed(CollectionId Collection, ImmutableSortedSet<SiloId> Contributors) : AggregationEvent;

    /// <summary>The point of no return: this sum over these contributors is opened, or the job stops.</summary>
    public sealed record SumSealed(CollectionId Collection, ImmutableSortedSet<SiloId> Contributors, Digest Sum) : AggregationEvent;

    /// <summary>The attempt has failed; it will never be sealed.</summary>
    public sealed record CollectionFailed(CollectionId Collection, string Reason) : AggregationEvent;

    /// <summary>Rounds up to this one are closed; retained contributions before <paramref name="RetainFrom"/> are forgotten.</summary>
    public sealed record RoundReleased(int Round, int RetainFrom) : AggregationEvent;

    /// <summary>A new leader writes from here on.</summary>
    public sealed record LeadershipTaken(long Epoch, string Holder, DateTimeOffset At) : AggregationEvent;

    /// <summary>A newer leader of a peer was heard of: what an older one still sends is refused from now on.</summary>
    public sealed record LeaderSeen(string Peer, long Epoch) : AggregationEvent;
}
