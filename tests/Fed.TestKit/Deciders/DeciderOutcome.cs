using System.Collections.Immutable;
using Fed.Actors.Persistence;

namespace Fed.TestKit.Deciders;

/// <summary>What a command came to; every expectation returns it for the next one.</summary>
public sealed class DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect>
    where TDecider : IDecider<TState, TCommand, TEvent, TEffect>
{
    private readonly DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect> _given;
    private readonly DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect> _then;
    private readonly TCommand _command;
    private readonly Exception? _thrown;

    internal DeciderOutcome(
        DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect> given, TCommand command, Decision<TEvent, TEffect> decision, DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect> then, Exception? thrown)
    {
        (_given, _command, _then, _thrown) = (given, command, then, thrown);
        Events = decision.Events.IsDefault ? [] : decision.Events;
        Effects = decision.Effects.IsDefault ? [] : decision.Effects;
    }

    /// <summary>The events, in order.</summary>
    public ImmutableArray<TEvent> Events { get; }

    /// <summary>The effects, in order.</summary>
    public ImmutableArray<TEffect> Effects { get; }

    /// <summary>The state with the events applied.</summary>
    public TState State => Then.State;

    /// <summary>Goes on from here.</summary>
    /// <exception cref="ExpectationException">The decider threw.</exception>
    public DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect> Then => _thrown is null ? _then : throw Failed($"threw {_thrown}");

    /// <summary>Exactly these events, in order; none where none are named.</summary>
    /// <exception cref="ExpectationException">Others.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> ThenEvents(params ReadOnlySpan<TEvent> expected) => Sequence("events", [.. expected], [.. Then is null ? [] : Events]);

    /// <summary>Exactly these effects, in order; none where none are named.</summary>
    /// <exception cref="ExpectationException">Others.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> ThenEffects(params ReadOnlySpan<TEffect> expected) => Sequence("effects", [.. expected], [.. Then is null ? [] : Effects]);

    /// <summary>One event of a type, among others.</summary>
    /// <exception cref="ExpectationException">None, or several.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> ThenEvent<TExpected>(Predicate<TExpected>? where = null)
        where TExpected : TEvent => One("event", Events, where);

    /// <summary>One effect of a type, among others.</summary>
    /// <exception cref="ExpectationException">None, or several.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> ThenEffect<TExpected>(Predicate<TExpected>? where = null)
        where TExpected : TEffect => One("effect", Effects, where);

    /// <summary>Neither events nor effects.</summary>
    /// <exception cref="ExpectationException">Something.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> ThenNothing() => ThenEvents().ThenEffects();

    /// <summary>An expected refusal: no events, and one effect of a type that says so.</summary>
    /// <exception cref="ExpectationException">Anything else.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> ThenRejected<TRefusal>(Predicate<TRefusal>? where = null)
        where TRefusal : TEffect => ThenEvents().ThenEffect(where);

    /// <summary>A broken invariant: the decider throws.</summary>
    /// <exception cref="ExpectationException">It does not, or throws something else.</exception>
    public TException ThenThrows<TException>()
        where TException : Exception => _thrown as TException ?? throw Failed(_thrown is null ? $"did not throw a {typeof(TException).Name}" : $"threw {_thrown}");

    /// <summary>The state afterwards holds to something.</summary>
    /// <exception cref="ExpectationException">It does not.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> ThenState(Predicate<TState> holds) => holds(State) ? this : throw Failed($"left the state {ValueText.Of(State)}");

    /// <summary>The same command once more changes nothing: the second copy has no events, and the history gives the same state when it is replayed.</summary>
    /// <exception cref="ExpectationException">It has.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> ThenTwiceIsOnce()
    {
        DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> again = Then.When(_command);
        if (!again.Events.IsEmpty) throw Failed($"has events again when it comes twice: {ValueText.Of(again.Events)}");
        if (ValueText.Of(again.State) != ValueText.Of(State)) throw Failed("leaves another state when it comes twice");
        Then.CheckHistory();
        return this;
    }

    private DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> Sequence<T>(string what, T[] expected, T[] actual)
    {
        if (ValueText.Of(expected) == ValueText.Of(actual)) return this;
        throw Failed($"has other {what}:\n  expected {Lines(expected)}\n  found    {Lines(actual)}");

        static string Lines(T[] items) => items.Length == 0 ? "none" : string.Join("\n           ", items.Select(static item => ValueText.Of(item)));
    }

    private DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> One<T, TExpected>(string what, ImmutableArray<T> all, Predicate<TExpected>? where)
        where TExpected : T
    {
        _ = Then;
        int count = all.Count(item => item is TExpected found && (where is null || where(found)));
        return count == 1 ? this : throw Failed($"has {count} {what}s {typeof(TExpected).Name} that fit, among {ValueText.Of(all)}");
    }

    private ExpectationException Failed(string what) => new($"{ValueText.Of(_command)} at {ValueText.Of(_given.State)} {what}");
}
