using Fed.Actors.Persistence;
using Fed.Actors.Protocol;

namespace Fed.Actors.Tests.Protocol;

/// <summary>A decider's phases, each with a typical state, and the commands that it may get there: the rows of its transition table and the steps of its random walks.</summary>
/// <param name="Phases">Every phase by name, with a state in it.</param>
/// <param name="Commands">Every command case, in the variants that make a difference, fitted to the state it meets.</param>
/// <param name="Serializer">How its events are stored.</param>
internal sealed record DeciderCases<TDecider, TState, TCommand, TEvent>(
    IReadOnlyList<(string Phase, TState State)> Phases, IReadOnlyList<(string Variant, Func<TState, TCommand> Fit)> Commands, IEventSerializer<TEvent> Serializer)
    where TDecider : IDecider<TState, TCommand, TEvent, Effect>
    where TCommand : notnull
    where TEvent : notnull
{
    /// <summary>When every timer is due.</summary>
    private static readonly DateTimeOffset Late = Given.Start.AddDays(1);

    /// <summary>The transition table as text: a row for each phase and command, <c>phase | command | events -> effects</c>.</summary>
    public string Table()
    {
        string[][] rows = [.. Phases.SelectMany(_ => Commands, (phase, command) => Row(phase, command))];
        int[] widths = [rows.Max(row => row[0].Length), rows.Max(row => row[1].Length)];
        return string.Concat(rows.Select(row => $"{row[0].PadRight(widths[0])} | {row[1].PadRight(widths[1])} | {row[2]}\n"));
    }

    private static string[] Row((string Phase, TState State) phase, (string Variant, Func<TState, TCommand> Fit) command)
    {
        TCommand fitted = command.Fit(phase.State);
        string name = command.Variant.Length == 0 ? fitted.GetType().Name : $"{fitted.GetType().Name} ({command.Variant})";
        return [phase.Phase, name, Outcome(phase.State, fitted)];
    }

    private static string Outcome(TState state, TCommand command)
    {
        try
        {
            Decision<TEvent, Effect> decision = TDecider.Decide(state, command, Late);
            if (decision.IsNone) return "nothing";
            return $"{Joined(decision.Events.Select(e => e.GetType().Name))} -> {Joined(decision.Effects.Select(Describe))}";
        }
        catch (InvalidOperationException broken)
        {
            return $"throws {broken.GetType().Name}";
        }
    }

    private static string Joined(IEnumerable<string> parts)
    {
        string text = string.Join(", ", parts.GroupBy(part => part, StringComparer.Ordinal).Select(same => same.Count() == 1 ? same.Key : $"{same.Count()} x {same.Key}"));
        return text.Length == 0 ? "-" : text;
    }

    private static string Describe(Effect effect) => effect switch
    {
        Effect.Send { Message: ProtocolMessage.UpdateAnswer answer } => $"send UpdateAnswer {(answer.Refusal is null ? "yes" : "no")}",
        Effect.Send { Message: ProtocolMessage.PlanAnswer answer } => $"send PlanAnswer {(answer.Refusal is null ? "yes" : "no")}",
        Effect.Send { Message: ProtocolMessage.RoundReport report } => $"send RoundReport {(report.Outcome.Committed ? "committed" : "failed")}",
        Effect.Send send => $"send {send.Message.GetType().Name}",
        Effect.Deliver deliver => $"deliver {deliver.Message.GetType().Name}",
        Effect.EndDelivery end => $"end {Kind(end.Id)}",
        Effect.StartTimer timer => $"timer {Kind(timer.Id)}",
        Effect.CancelTimer timer => $"cancel timer {Kind(timer.Id)}",
        Effect.Work work => $"work {work.Item.GetType().Name}",
        Effect.Refused => "refused",
        _ => throw new ArgumentException($"{effect.GetType().Name} has no word in the tables", nameof(effect)),
    };

    private static string Kind(string id) => id.Split('/')[0];
}
