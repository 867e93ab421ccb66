using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Simulation.Mutants;

/// <summary>A bug in the silo's decider; what is not overridden is production's.</summary>
internal interface ISiloBug
{
    static virtual Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => SiloDecider.Decide(state, command, now);

    static virtual SiloState Evolve(SiloState state, SiloEvent happened) => SiloDecider.Evolve(state, happened);
}

/// <summary>Production's decider with a bug.</summary>
internal sealed class SiloMutant<TBug> : IDecider<SiloState, SiloCommand, SiloEvent, Effect>
    where TBug : ISiloBug
{
    private SiloMutant()
    {
    }

    public static SiloState Initial => SiloDecider.Initial;

    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => TBug.Decide(state, command, now);

    public static SiloState Evolve(SiloState state, SiloEvent happened) => TBug.Evolve(state, happened);

    public static ImmutableArray<SiloEvent> Rejected(SiloState state, SiloCommand command, string reason, DateTimeOffset now) => SiloDecider.Rejected(state, command, reason, now);

    public static ImmutableArray<Effect> Outstanding(SiloState state, DateTimeOffset now) => SiloDecider.Outstanding(state, now);
}

/// <summary>Training is kept by attempt: a retry computes again.</summary>
internal sealed class KeyedByAttempt : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) => command switch
    {
        SiloCommand.Invite { Collection: { Attempt: > 1 } id } => SiloDecider.Decide(state with { Outbox = state.Outbox.Remove((id.Round, id.Sum)) }, command, now),
        _ => SiloDecider.Decide(state, command, now),
    };
}

/// <summary>The state behind a contribution is promoted when it is stored, whether its round commits or not.</summary>
internal sealed class PromotedEarly : ISiloBug
{
    public static SiloState Evolve(SiloState state, SiloEvent happened)
    {
        SiloState next = SiloDecider.Evolve(state, happened);
        return happened is SiloEvent.ContributionStored { Contribution.NextState: { } promoted } ? next with { AlgorithmState = promoted } : next;
    }
}

/// <summary>A contribution is deleted as soon as it is accepted, before its sum is sealed.</summary>
internal sealed class ReleasedBeforeSettled : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now)
    {
        Decided decided = SiloDecider.Decide(state, command, now);
        if (command is not SiloCommand.UpdateAnswered { Refusal: null } answered || decided.IsNone) return decided;
        return decided with { Effects = [.. decided.Effects, new Effect.Work(new WorkItem.ReleaseOutbox(answered.Collection.Round, [answered.Hash]))] };
    }
}

/// <summary>A contribution is offered when it is computed, before it is journaled.</summary>
internal sealed class OfferedBeforeStored : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now)
    {
        Decided decided = SiloDecider.Decide(state, command, now);
        return command is SiloCommand.ContributionComputed && !decided.IsNone && !decided.Events.IsDefaultOrEmpty ? new([], decided.Effects) : decided;
    }
}

/// <summary>A round that failed is settled as one that was committed.</summary>
internal sealed class SettledAsCommitted : ISiloBug
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now) =>
        SiloDecider.Decide(state, command is SiloCommand.CloseRound close ? close with { Committed = true } : command, now);
}
