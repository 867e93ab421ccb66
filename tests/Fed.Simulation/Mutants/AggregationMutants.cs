using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Aggregation.AggregationEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Simulation.Mutants;

/// <summary>A bug in the aggregator's decider; what is not overridden is production's.</summary>
internal interface IAggregationBug
{
    static virtual Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now) => AggregationDecider.Decide(state, command, now);

    static virtual AggregationState Evolve(AggregationState state, AggregationEvent happened) => AggregationDecider.Evolve(state, happened);

    static virtual ImmutableArray<Effect> Outstanding(AggregationState state, DateTimeOffset now) => AggregationDecider.Outstanding(state, now);
}

/// <summary>Production's decider with a bug.</summary>
internal sealed class AggregationMutant<TBug> : IDecider<AggregationState, AggregationCommand, AggregationEvent, Effect>
    where TBug : IAggregationBug
{
    private AggregationMutant()
    {
    }

    public static AggregationState Initial => AggregationDecider.Initial;

    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now) => TBug.Decide(state, command, now);

    public static AggregationState Evolve(AggregationState state, AggregationEvent happened) => TBug.Evolve(state, happened);

    public static ImmutableArray<AggregationEvent> Lead(AggregationState state, Term term, DateTimeOffset now) => AggregationDecider.Lead(state, term, now);

    public static ImmutableArray<AggregationEvent> Rejected(AggregationState state, AggregationCommand command, string reason, DateTimeOffset now) =>
        AggregationDecider.Rejected(state, command, reason, now);

    public static ImmutableArray<Effect> Outstanding(AggregationState state, DateTimeOffset now) => TBug.Outstanding(state, now);
}

/// <summary>An update that has been accepted is accepted once more when it arrives again.</summary>
internal sealed class SkippedDuplicateCheck : IAggregationBug
{
    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now)
    {
        bool isAgain = command is AggregationCommand.OfferUpdate offer && state.Find(offer.Collection) is { Phase: CollectionPhase.Collecting } collection && collection.Id == offer.Collection
            && collection.Accepted.ContainsKey(offer.Manifest.Silo);
        return isAgain && command is AggregationCommand.OfferUpdate { Collection: var id, Manifest: var manifest }
            ? new([new AggregationEvent.UpdateAccepted(id, manifest, null, now)], [])
            : AggregationDecider.Decide(state, command, now);
    }
}

/// <summary>A site is told that its update is in the sum when it is offered, before it has arrived and is journaled.</summary>
internal sealed class AcceptedBeforeDurable : IAggregationBug
{
    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now)
    {
        Decided decided = AggregationDecider.Decide(state, command, now);
        if (command is not AggregationCommand.OfferUpdate offer || decided.IsNone || !decided.Effects.Any(static effect => effect is Effect.Work)) return decided;
        Effect answer = new Effect.Send(
            NodeAddress.Silo(offer.Manifest.Silo.Value), new ProtocolMessage.UpdateAnswer(offer.Manifest.Job, offer.Collection, offer.Manifest.Silo, offer.Manifest.Hash, null));
        return decided with { Effects = [.. decided.Effects, answer] };
    }
}

/// <summary>An update that comes when the set is closed is counted all the same.</summary>
internal sealed class CountedRefusal : IAggregationBug
{
    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now)
    {
        bool isLate = command is AggregationCommand.UpdateArrived { Collection: var id, Manifest: var manifest } && state.Find(id) is { Phase: CollectionPhase.Closing } closing && closing.Id == id
            && closing.Request.Invited.Contains(manifest.Silo) && !closing.Accepted.ContainsKey(manifest.Silo);
        return isLate && command is AggregationCommand.UpdateArrived late
            ? new([new AggregationEvent.UpdateAccepted(late.Collection, late.Manifest, late.Head, now)], [])
            : AggregationDecider.Decide(state, command, now);
    }
}

/// <summary>What an update was computed from is not looked at.</summary>
internal sealed class IgnoredBase : IAggregationBug
{
    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now)
    {
        if (command is not (AggregationCommand.OfferUpdate or AggregationCommand.UpdateArrived)) return AggregationDecider.Decide(state, command, now);
        (CollectionId id, UpdateManifest manifest) = command is AggregationCommand.OfferUpdate offer ? (offer.Collection, offer.Manifest) : ((AggregationCommand.UpdateArrived)command is var arrived ? (arrived.Collection, arrived.Manifest) : default);
        return state.Find(id) is not { } collection
            ? AggregationDecider.Decide(state, command, now)
            : AggregationDecider.Decide(state.With(collection with { Request = collection.Request with { Base = manifest.Base } }), command, now);
    }
}

/// <summary>A younger attempt at a sum that is sealed is opened: what the coordinator must never ask for, and the aggregator never do.</summary>
internal sealed class ReopenedAfterSealed : IAggregationBug
{
    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now) =>
        command is AggregationCommand.OpenCollection open && state.Find(open.Request.Collection) is { Phase: CollectionPhase.Sealed } done && done.Id.Attempt < open.Request.Collection.Attempt
            ? AggregationDecider.Decide(state with { Collections = state.Collections.Remove((done.Id.Round, done.Id.Sum)) }, command, now)
            : AggregationDecider.Decide(state, command, now);
}

/// <summary>After a crash a closed set is not summed again.</summary>
internal sealed class DroppedSeal : IAggregationBug
{
    public static ImmutableArray<Effect> Outstanding(AggregationState state, DateTimeOffset now) => [];
}

/// <summary>Contributions are forgotten one round before the plan says so.</summary>
internal sealed class ForgottenRetained : IAggregationBug
{
    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now) =>
        AggregationDecider.Decide(state, command is AggregationCommand.ReleaseRound release ? release with { RetainFrom = release.RetainFrom + 1 } : command, now);
}

/// <summary>A collection has no deadline.</summary>
internal sealed class NoDeadline : IAggregationBug
{
    public static Decided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now)
    {
        Decided decided = AggregationDecider.Decide(state, command, now);
        return decided.IsNone ? decided : decided with { Effects = [.. decided.Effects.Where(static effect => effect is not Effect.StartTimer)] };
    }
}
