using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.TestKit.Deciders;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Actors.Tests.Protocol;

/// <summary>What holds on every walk of commands, sensible or not, through a decider. A walk is a list of numbers, so a failing one is shrunk to the steps that matter.</summary>
public sealed class DeciderProperties
{
    private static readonly Config Walks = Config.QuickThrowOnFailure.WithMaxTest(100);

    private static Arbitrary<int[]> Steps { get; } = Arb.From(Gen.Choose(0, int.MaxValue - 1).ArrayOf(), Shorter);

    [Fact]
    public void A_job_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(JobCases.All);

    [Fact]
    public void A_coordinator_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(RoundCases.All);

    [Fact]
    public void A_coordinator_of_secure_aggregation_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(RoundCases.SecAgg);

    [Fact]
    public void A_silo_of_secure_aggregation_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(SiloCases.SecAgg);

    [Fact]
    public void A_job_with_a_key_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(JobCases.KeyMaking);

    [Fact]
    public void A_silo_with_a_key_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(SiloCases.KeyMaking);

    [Fact]
    public void A_coordinator_that_has_a_graph_drawn_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(RoundCases.Graph);

    [Fact]
    public void A_silo_that_has_part_in_drawing_a_graph_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(SiloCases.Graph);

    [Fact]
    public void An_aggregator_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(AggregationCases.All);

    [Fact]
    public void The_root_of_a_tree_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(AggregationCases.Root);

    [Fact]
    public void The_aggregator_of_a_part_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(AggregationCases.Part);

    [Fact]
    public void A_silo_is_a_pure_fold_of_its_events_and_forgives_repetition() => Check(SiloCases.All);

    private static void Check<TDecider, TState, TCommand, TEvent>(DeciderCases<TDecider, TState, TCommand, TEvent> cases)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull =>
        Prop.ForAll(Steps, steps => Walk(cases, steps)).Check(Walks);

    private static void Walk<TDecider, TState, TCommand, TEvent>(DeciderCases<TDecider, TState, TCommand, TEvent> cases, int[] steps)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TCommand : notnull
        where TEvent : notnull
    {
        TState state = TDecider.Initial;
        List<TEvent> journal = [];
        DateTimeOffset now = Given.Start;
        foreach (int step in steps)
        {
            now = now.AddSeconds(step % 97);
            TCommand command = cases.Commands[step % cases.Commands.Count].Fit(state);
            if (!TryDecide<TDecider, TState, TCommand, TEvent>(state, command, now, out Decision<TEvent, Effect> decision)) continue;
            Assert.Equal(ValueText.Of(decision), ValueText.Of(TDecider.Decide(state, command, now)));   // the same answer whenever it is asked
            foreach (TEvent happened in decision.Events) state = TDecider.Evolve(state, happened);
            journal.AddRange(decision.Events);

            Decision<TEvent, Effect> again = TDecider.Decide(state, command, now);
            TState after = again.Events.Aggregate(state, TDecider.Evolve);
            Assert.Equal(ValueText.Of(state), ValueText.Of(after));
            Assert.True(again.Events.IsEmpty || command is Actors.Protocol.Aggregation.AggregationCommand.Resumed, $"{command} a second time: {ValueText.Of(again.Events)}");
        }

        TState replayed = journal.Select(happened => Stored(cases.Serializer, happened)).Aggregate(TDecider.Initial, TDecider.Evolve);
        Assert.Equal(ValueText.Of(state), ValueText.Of(replayed));
        Assert.Equal(ValueText.Of(TDecider.Outstanding(state, now)), ValueText.Of(TDecider.Outstanding(replayed, now)));
    }

    /// <summary>False where the one documented invariant is broken: another sum for a collection that is sealed already is our bug, never a peer's message.</summary>
    private static bool TryDecide<TDecider, TState, TCommand, TEvent>(TState state, TCommand command, DateTimeOffset now, out Decision<TEvent, Effect> decision)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
    {
        decision = Decision<TEvent, Effect>.None;
        try
        {
            decision = TDecider.Decide(state, command, now);
            return true;
        }
        catch (InvalidOperationException) when (command is Actors.Protocol.Aggregation.AggregationCommand.SumStored)
        {
            return false;
        }
    }

    /// <summary>The event as a journal gives it back.</summary>
    private static TEvent Stored<TEvent>(IEventSerializer<TEvent> serializer, TEvent happened)
    {
        (string tag, int version) = serializer.Describe(happened);
        return serializer.Read(tag, version, EventSamples.Payload(serializer, happened));
    }

    private static IEnumerable<int[]> Shorter(int[] steps)
    {
        if (steps.Length > 1) yield return steps[..(steps.Length / 2)];
        for (int i = 0; i < steps.Length; i++) yield return [.. steps[..i], .. steps[(i + 1)..]];
    }
}
