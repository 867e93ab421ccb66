using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Round;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Round.RoundEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Simulation.Mutants;

/// <summary>A bug in the coordinator's decider; what is not overridden is production's.</summary>
internal interface IRoundBug
{
    static virtual Decided Decide(RoundState state, RoundCommand command, DateTimeOffset now) => RoundDecider.Decide(state, command, now);

    static virtual RoundState Evolve(RoundState state, RoundEvent happened) => RoundDecider.Evolve(state, happened);

    static virtual ImmutableArray<Effect> Outstanding(RoundState state, DateTimeOffset now) => RoundDecider.Outstanding(state, now);
}

/// <summary>Production's decider with a bug.</summary>
internal sealed class RoundMutant<TBug> : IDecider<RoundState, RoundCommand, RoundEvent, Effect>
    where TBug : IRoundBug
{
    private RoundMutant()
    {
    }

    public static RoundState Initial => RoundDecider.Initial;

    public static Decided Decide(RoundState state, RoundCommand command, DateTimeOffset now) => TBug.Decide(state, command, now);

    public static RoundState Evolve(RoundState state, RoundEvent happened) => TBug.Evolve(state, happened);

    public static ImmutableArray<RoundEvent> Lead(RoundState state, Term term, DateTimeOffset now) => RoundDecider.Lead(state, term, now);

    public static ImmutableArray<RoundEvent> Rejected(RoundState state, RoundCommand command, string reason, DateTimeOffset now) => RoundDecider.Rejected(state, command, reason, now);

    public static ImmutableArray<Effect> Outstanding(RoundState state, DateTimeOffset now) => TBug.Outstanding(state, now);
}

/// <summary>A retry has the number of the attempt that failed.</summary>
internal sealed class ReusedAttemptNumber : IRoundBug
{
    public static Decided Decide(RoundState state, RoundCommand command, DateTimeOffset now)
    {
        Decided decided = RoundDecider.Decide(state, command, now);
        return decided.IsNone || state.Phase != RoundPhase.BackingOff
            ? decided
            : new([.. decided.Events.Select(happened => happened is RoundEvent.AttemptStarted started ? started with { Collection = state.Collection } : happened)], decided.Effects);
    }
}

/// <summary>A sum that cannot be fetched at once is collected anew, although it is sealed: a set of its own might be opened.</summary>
internal sealed class RetryAfterSealed : IRoundBug
{
    public static Decided Decide(RoundState state, RoundCommand command, DateTimeOffset now) => command is RoundCommand.SumUnreachable && state.Phase == RoundPhase.Opening
        ? RoundDecider.Decide(
            RoundDecider.Evolve(state with { Phase = RoundPhase.Collecting }, new RoundEvent.AttemptFailed(state.Collection, "unreachable", now)),
            new RoundCommand.TimerDue($"retry/{state.Collection}"),
            now + TimeSpan.FromDays(1))
        : RoundDecider.Decide(state, command, now);
}

/// <summary>After a crash nobody is invited again, and no collection opened.</summary>
internal sealed class DroppedInvitations : IRoundBug
{
    public static ImmutableArray<Effect> Outstanding(RoundState state, DateTimeOffset now) =>
        state.Phase == RoundPhase.Collecting ? [] : RoundDecider.Outstanding(state, now);
}

/// <summary>After a crash a sealed sum is not opened again.</summary>
internal sealed class DroppedOpening : IRoundBug
{
    public static ImmutableArray<Effect> Outstanding(RoundState state, DateTimeOffset now) =>
        [.. RoundDecider.Outstanding(state, now).Where(effect => effect is not Effect.Work { Item: WorkItem.OpenSum } && !(state.Phase == RoundPhase.Opening && effect is Effect.StartTimer))];
}

/// <summary>After a crash sites are not told how a round ended.</summary>
internal sealed class DroppedClosing : IRoundBug
{
    public static ImmutableArray<Effect> Outstanding(RoundState state, DateTimeOffset now) =>
        [.. RoundDecider.Outstanding(state, now).Where(static effect => effect is not Effect.Deliver { Message: ProtocolMessage.CloseRound })];
}

/// <summary>A round is announced as committed to sites when its sum is opened, before the server has stepped.</summary>
internal sealed class AnnouncedTooEarly : IRoundBug
{
    public static Decided Decide(RoundState state, RoundCommand command, DateTimeOffset now)
    {
        Decided decided = RoundDecider.Decide(state, command, now);
        if (decided.IsNone || command is not RoundCommand.OpeningFinished) return decided;
        return decided with { Effects = [.. decided.Effects, .. state.Plan!.Silos.Select(silo => new Effect.Send(
            Fed.Actors.Ports.NodeAddress.Silo(silo.Value),
            new ProtocolMessage.CloseRound(state.Plan.Job, state.Round, true, ImmutableSortedDictionary<string, ImmutableSortedSet<SiloId>>.Empty, null)))] };
    }
}

/// <summary>A backoff never ends: its timer is an hour for each second.</summary>
internal sealed class WrongBackoff : IRoundBug
{
    public static Decided Decide(RoundState state, RoundCommand command, DateTimeOffset now)
    {
        Decided decided = RoundDecider.Decide(state, command, now);
        return decided.IsNone ? decided : decided with { Effects = [.. decided.Effects.Where(static effect => effect is not Effect.StartTimer { Id: var id } || !id.StartsWith("retry/", StringComparison.Ordinal))] };
    }
}
