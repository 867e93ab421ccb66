using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.TestKit;
using Fed.TestKit.Deciders;
using Xunit;

namespace Fed.Actors.Tests.TestKit;

/// <summary>The helper on a decider that is well made, and on one whose every vice it must find.</summary>
public sealed class DeciderSpecTests
{
    private static readonly DeciderSpec<AccountDecider, State, Command, Event, Effect> Account = new();

    [Fact]
    public void Given_events_when_a_command_then_events_effects_and_state() =>
        Account.Given(new Event.Paid("a", 10), new Event.Paid("b", 5))
            .When(new Command.Pay("c", 1))
            .ThenEvents(new Event.Paid("c", 1))
            .ThenEffects(new Effect.Receipt("c"))
            .ThenState(state => state.Payments.Values.Sum() == 16)
            .ThenTwiceIsOnce();

    [Fact]
    public void Refusal_has_no_events_and_says_why() =>
        Account.Given(new Event.Paid("a", 10)).When(new Command.Pay("a", 11)).ThenRejected<Effect.Refused>(refused => refused.Reason.Contains("another amount", StringComparison.Ordinal));

    [Fact]
    public void Commands_follow_each_other_and_time_passes_where_it_is_told_to() =>
        Account.When(new Command.Pay("a", 1), new Command.Pay("b", 2)).Then
            .After(TimeSpan.FromDays(40)).When(new Command.Remind()).ThenEvents().ThenEffects(new Effect.Reminder(40)).Then
            .At(DateTimeOffset.UnixEpoch).When(new Command.Remind()).ThenNothing();

    [Fact]
    public void Broken_invariant_is_expected_by_type_and_fails_everything_else()
    {
        var outcome = Account.When(new Command.Break());
        Assert.Equal("our bug", outcome.ThenThrows<InvalidOperationException>().Message);
        Assert.Contains("our bug", Fails(() => outcome.ThenEvents()), StringComparison.Ordinal);
        Assert.Contains("our bug", Fails(() => outcome.ThenNothing()), StringComparison.Ordinal);
        Fails(() => outcome.ThenThrows<TimeoutException>());
        Assert.Contains("did not throw", Fails(() => Account.When(new Command.Remind()).ThenThrows<Exception>()), StringComparison.Ordinal);
    }

    [Fact]
    public void Collections_are_compared_by_content() =>
        Account.When(new Command.Audit()).ThenEffects(new Effect.Books(["empty"]));

    [Fact]
    public void Every_expectation_can_fail_and_shows_what_there_was()
    {
        var outcome = Account.When(new Command.Pay("a", 1));
        Assert.Contains("expected none", Fails(() => outcome.ThenEvents()), StringComparison.Ordinal);
        Assert.Contains("Name=\"a\" Amount=2", Fails(() => outcome.ThenEvents(new Event.Paid("a", 2))), StringComparison.Ordinal);
        Assert.Contains("other effects", Fails(() => outcome.ThenEffects()), StringComparison.Ordinal);
        Assert.Contains("0 effects Refused", Fails(() => outcome.ThenEffect<Effect.Refused>()), StringComparison.Ordinal);
        Assert.Contains("0 events Paid", Fails(() => outcome.ThenEvent<Event.Paid>(paid => paid.Amount == 7)), StringComparison.Ordinal);
        Assert.Contains("left the state", Fails(() => outcome.ThenState(_ => false)), StringComparison.Ordinal);
        Fails(() => outcome.ThenNothing());
        Fails(() => outcome.ThenRejected<Effect.Refused>());
    }

    [Fact]
    public void Outstanding_effects_are_those_of_the_state() =>
        Assert.Equal([new Effect.Receipt("a")], Account.Given(new Event.Paid("a", 1)).Outstanding);

    [Theory]
    [InlineData("forgetful", "has events again when it comes twice")]
    [InlineData("moody", "gives another answer")]
    [InlineData("grabbing", "changed the state that it was given")]
    [InlineData("counting", "applied again, gives another state")]
    public void Vices_of_a_decider_are_found(string vice, string finding)
    {
        DeciderSpec<Vicious, List<string>, string, string, string> vicious = new();
        Assert.Contains(finding, Fails(() => vicious.When(vice).ThenTwiceIsOnce()), StringComparison.Ordinal);
    }

    private static string Fails(Action act) => Assert.Throws<ExpectationException>(act).Message;

    public sealed record State(ImmutableSortedDictionary<string, int> Payments);

    public abstract record Command
    {
        public sealed record Pay(string Name, int Amount) : Command;
        public sealed record Remind : Command;
        public sealed record Audit : Command;
        public sealed record Break : Command;
    }

    public abstract record Event
    {
        public sealed record Paid(string Name, int Amount) : Event;
    }

    public abstract record Effect
    {
        public sealed record Receipt(string Name) : Effect;
        public sealed record Refused(string Reason) : Effect;
        public sealed record Reminder(int Days) : Effect;
        public sealed record Books(ImmutableArray<string> Lines) : Effect;
    }

    private sealed class AccountDecider : IDecider<State, Command, Event, Effect>
    {
        private static readonly DateTimeOffset Opened = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);

        public static State Initial { get; } = new(ImmutableSortedDictionary<string, int>.Empty.WithComparers(StringComparer.Ordinal));

        public static Decision<Event, Effect> Decide(State state, Command command, DateTimeOffset now) => command switch
        {
            Command.Pay pay when state.Payments.TryGetValue(pay.Name, out int known) => known == pay.Amount
                ? new([], [new Effect.Receipt(pay.Name)])
                : new([], [new Effect.Refused($"{pay.Name} has paid another amount")]),
            Command.Pay pay => new([new Event.Paid(pay.Name, pay.Amount)], [new Effect.Receipt(pay.Name)]),
            Command.Remind when now > Opened => new([], [new Effect.Reminder((now - Opened).Days)]),
            Command.Audit => new([], [new Effect.Books(["empty"])]),
            Command.Break => throw new InvalidOperationException("our bug"),
            _ => Decision<Event, Effect>.None,
        };

        public static State Evolve(State state, Event happened) => happened is Event.Paid paid ? new(state.Payments.SetItem(paid.Name, paid.Amount)) : state;

        public static ImmutableArray<Effect> Outstanding(State state, DateTimeOffset now) => [.. state.Payments.Keys.Select(name => new Effect.Receipt(name))];
    }

    /// <summary>Everything that a decider must not do, a command each.</summary>
    private sealed class Vicious : IDecider<List<string>, string, string, string>
    {
        private static int _calls;

        public static List<string> Initial => [];

        public static Decision<string, string> Decide(List<string> state, string command, DateTimeOffset now)
        {
            if (command == "grabbing") state.Add("mine");
            return command switch
            {
                "moody" => new([$"{_calls++}"], []),
                "grabbing" => Decision<string, string>.None,
                _ => new([command], []),
            };
        }

        public static List<string> Evolve(List<string> state, string happened) => [.. state, happened == "counting" ? $"{_calls++}" : happened];

        public static ImmutableArray<string> Outstanding(List<string> state, DateTimeOffset now) => [];
    }
}
