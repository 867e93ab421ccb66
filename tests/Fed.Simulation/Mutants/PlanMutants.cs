using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using AggregationDecided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Aggregation.AggregationEvent, Fed.Actors.Protocol.Effect>;
using RoundDecided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Simulation.Mutants;

/// <summary>Under which plan an update was computed is not looked at.</summary>
internal sealed class IgnoredPlan : IAggregationBug
{
    public static AggregationDecided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now)
    {
        (CollectionId Collection, UpdateManifest Manifest)? update = command switch
        {
            AggregationCommand.OfferUpdate offer => (offer.Collection, offer.Manifest),
            AggregationCommand.UpdateArrived arrived => (arrived.Collection, arrived.Manifest),
            _ => null,
        };
        if (update is not var (id, manifest) || state.Find(id) is not { } collection) return AggregationDecider.Decide(state, command, now);
        return AggregationDecider.Decide(state.With(collection with { Request = collection.Request with { Plan = manifest.Plan } }), command, now);
    }
}

/// <summary>At the deadline any update at all is enough.</summary>
internal sealed class ForgottenQuorum : IAggregationBug
{
    public static AggregationDecided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now) => AtTheDeadline(state, command, now, quorum: static _ => 1);

    internal static AggregationDecided AtTheDeadline(AggregationState state, AggregationCommand command, DateTimeOffset now, Func<CollectionRequest, int> quorum)
    {
        if (command is not AggregationCommand.TimerDue) return AggregationDecider.Decide(state, command, now);
        foreach (Collection collection in state.Collections.Values) state = state.With(collection with { Request = collection.Request with { Quorum = quorum(collection.Request) } });
        return AggregationDecider.Decide(state, command, now);
    }
}

/// <summary>At the deadline a quorum is not enough: one more is wanted.</summary>
internal sealed class QuorumPlusOne : IAggregationBug
{
    public static AggregationDecided Decide(AggregationState state, AggregationCommand command, DateTimeOffset now) =>
        ForgottenQuorum.AtTheDeadline(state, command, now, static request => request.Quorum + 1);
}

/// <summary>A sum is tried once more than the plan allows.</summary>
internal sealed class OneTryMore : IRoundBug
{
    public static RoundDecided Decide(RoundState state, RoundCommand command, DateTimeOffset now) => RoundDecider.Decide(
        command is RoundCommand.CollectionFailed ? state with { Plan = state.Plan! with { MaxAttempts = state.Plan.MaxAttempts + 1 } } : state, command, now);
}

/// <summary>A sum is given up one try early.</summary>
internal sealed class OneTryLess : IRoundBug
{
    public static RoundDecided Decide(RoundState state, RoundCommand command, DateTimeOffset now) => RoundDecider.Decide(
        command is RoundCommand.CollectionFailed ? state with { Plan = state.Plan! with { MaxAttempts = state.Plan.MaxAttempts - 1 } } : state, command, now);
}

/// <summary>A retry asks the sites that were asked before, instead of drawing them anew.</summary>
internal sealed class SameSitesAgain : IRoundBug
{
    public static RoundDecided Decide(RoundState state, RoundCommand command, DateTimeOffset now)
    {
        RoundDecided decided = RoundDecider.Decide(state, command, now);
        return decided.IsNone || state.Phase != RoundPhase.BackingOff
            ? decided
            : new([.. decided.Events.Select(happened => happened is RoundEvent.AttemptStarted started ? started with { Invited = state.Invited } : happened)], decided.Effects);
    }
}

/// <summary>A round is committed when its first sum is opened, whatever else the plan wants of it.</summary>
internal sealed class FirstSumOnly : IRoundBug
{
    public static RoundDecided Decide(RoundState state, RoundCommand command, DateTimeOffset now) => RoundDecider.Decide(
        command is RoundCommand.StepFinished && state.Round > 0 ? state with { Plan = state.Plan! with { RoundSums = state.Plan.RoundSums[..1] } } : state, command, now);
}
