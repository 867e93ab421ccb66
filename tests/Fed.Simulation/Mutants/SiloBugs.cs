using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Silo.SiloEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Simulation.Mutants;

/// <summary>What a site does about a command it does, and says, before any of it is on disk: the events are left out.</summary>
/// <typeparam name="TCommand">The command.</typeparam>
internal sealed class BeforeStored<TCommand> : ISiloBug
    where TCommand : SiloCommand
{
    public static Decided Decide(SiloState state, SiloCommand command, DateTimeOffset now)
    {
        Decided decided = SiloDecider.Decide(state, command, now);
        return command is TCommand && !decided.IsNone && !decided.Events.IsDefaultOrEmpty ? new([], decided.Effects) : decided;
    }
}

/// <summary>What seeded bugs of sites are made of.</summary>
internal static class SiloBugs
{
    /// <summary>A decision of which some work is not done.</summary>
    public static Decided WithoutWork(Decided decided, Func<WorkItem, bool> isLeftOut) =>
        decided.IsNone ? decided : decided with { Effects = [.. decided.Effects.Where(effect => effect is not Effect.Work work || !isLeftOut(work.Item))] };
}
