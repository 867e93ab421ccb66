using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.Actors.Protocol.Aggregation;

/// <summary>What an aggregator is asked.</summary>
public abstract record AggregationCommand : IPeerCommand<AggregationCommand>
{
    private protected AggregationCommand()
    {
    }

    /// <summary>Which peer asks, and under which leadership; null for what this process tells itself.</summary>
    public Origin? From { get; init; }

    /// <summary>The same command as a peer's.</summary>
    public AggregationCommand SentBy(Origin from) => this with { From = from };

    /// <summary>The coordinator opens a collection, or asks again for its outcome.</summary>
    public sealed record OpenCollection(CollectionRequest Request) : AggregationCommand;

    /// <summary>A silo offers a contribution whose signature the shell has verified.</summary>
    public sealed record OfferUpdate(CollectionId Collection, UpdateManifest Manifest, SignedHead? Head) : AggregationCommand;

    /// <summary>A silo cannot contribute to this attempt.</summary>
    public sealed record DeclineUpdate(CollectionId Collection, SiloId Silo) : AggregationCommand;

    /// <summary>A contribution has arrived whole and its hash is the announced one.</summary>
    public sealed record UpdateArrived(CollectionId Collection, UpdateManifest Manifest, SignedHead? Head) : AggregationCommand;

    /// <summary>A part's aggregator has a partial sum; the shell has verified its signature and those of all its uploads.</summary>
    public sealed record OfferPart(PartManifest Manifest, ImmutableArray<UpdateManifest> Contributions) : AggregationCommand;

    /// <summary>A partial sum has arrived whole and its hash is the announced one.</summary>
    public sealed record PartArrived(PartManifest Manifest, ImmutableArray<UpdateManifest> Contributions) : AggregationCommand;

    /// <summary>A contribution has arrived whole, and is not what its site committed to.</summary>
    public sealed record UpdateUnfit(CollectionId Collection, UpdateManifest Manifest, string Reason) : AggregationCommand;

    /// <summary>The sum over the closed set is a durable blob.</summary>
    public sealed record SumStored(CollectionId Collection, Digest Sum) : AggregationCommand
    {
        /// <summary>True at a part's aggregator: when nobody wants it any more it goes, while a whole sum is kept for replays.</summary>
        public bool IsPartial { get; init; }
    }

    /// <summary>The sum cannot be made: contributions were lost with their silos before it was sealed.</summary>
    public sealed record SumLost(CollectionId Collection, string Reason) : AggregationCommand;

    /// <summary>A timer rang.</summary>
    public sealed record TimerDue(string Id) : AggregationCommand;

    /// <summary>The node is back after an outage, in which nobody led.</summary>
    public sealed record Resumed : AggregationCommand;

    /// <summary>Rounds up to this one are closed; retained contributions are kept from <paramref name="RetainFrom"/> on.</summary>
    public sealed record ReleaseRound(JobId Job, int Round, int RetainFrom, int? Part = null) : AggregationCommand;
}
