using System.Collections.Immutable;
using Fed.Actors.Persistence;

namespace Fed.TestKit.Deciders;

/// <summary>
/// Given events, when a command, then events and effects. Events, effects and states are compared by content (<see cref="ValueText"/>), since records compare their collections by reference. Every command
/// is decided twice and every event evolved twice: a decider whose answer depends on anything but its arguments, or which changes them, fails in whatever test meets it.
/// </summary>
/// <example>
/// <code>
/// DeciderSpec&lt;Account, State, Command, Event, Effect&gt; account = new();
/// account.Given(new Opened()).When(new Withdraw(5)).ThenEvents().ThenEffect&lt;Refused&gt;(refused => refused.Reason.Contains("empty"));
/// </code>
/// </example>
public sealed class DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect>
    where TDecider : IDecider<TState, TCommand, TEvent, TEffect>
{
    private readonly ImmutableArray<TEvent> _history;

    /// <summary>Begins without a history.</summary>
    public DeciderSpec()
        : this(TDecider.Initial, [], new DateTimeOffset(2026, 1, 1, 8, 0, 0, TimeSpan.Zero))
    {
    }

    private DeciderSpec(TState state, ImmutableArray<TEvent> history, DateTimeOffset now) => (State, _history, Now) = (state, history, now);

    /// <summary>The state after everything so far.</summary>
    public TState State { get; }

    /// <summary>The time that commands are given.</summary>
    public DateTimeOffset Now { get; }

    /// <summary>The effects that are still owed in this state, as after a crash.</summary>
    public ImmutableArray<TEffect> Outstanding => TDecider.Outstanding(State, Now);

    /// <summary>These events have happened.</summary>
    public DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect> Given(params ReadOnlySpan<TEvent> events)
    {
        TState state = State;
        foreach (TEvent happened in events) state = Evolved(state, happened);
        return new(state, _history.AddRange(events), Now);
    }

    /// <summary>Commands come at this time.</summary>
    public DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect> At(DateTimeOffset now) => new(State, _history, now);

    /// <summary>So much time has passed.</summary>
    public DeciderSpec<TDecider, TState, TCommand, TEvent, TEffect> After(TimeSpan passed) => At(Now + passed);

    /// <summary>A command comes.</summary>
    /// <exception cref="ExpectationException">The decider answers differently the second time, or changed what it was given.</exception>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> When(TCommand command)
    {
        string before = ValueText.Of(State);
        try
        {
            Decision<TEvent, TEffect> decision = TDecider.Decide(State, command, Now);
            Same("the same command, decided again, gives another answer", ValueText.Of(decision), ValueText.Of(TDecider.Decide(State, command, Now)));
            Same("the decider changed the state that it was given", before, ValueText.Of(State));
            return new(this, command, decision, Given(decision.Events.IsDefault ? [] : decision.Events.AsSpan()), null);
        }
        catch (Exception broken) when (broken is not ExpectationException)
        {
            return new(this, command, Decision<TEvent, TEffect>.None, this, broken);
        }
    }

    /// <summary>Commands come one after another; the last one's outcome counts, and the others must not throw.</summary>
    public DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> When(TCommand first, params ReadOnlySpan<TCommand> others)
    {
        DeciderOutcome<TDecider, TState, TCommand, TEvent, TEffect> outcome = When(first);
        foreach (TCommand next in others) outcome = outcome.Then.When(next);
        return outcome;
    }

    /// <summary>The whole history, evolved once more from the beginning, gives the same state.</summary>
    internal void CheckHistory()
    {
        TState again = TDecider.Initial;
        foreach (TEvent happened in _history) again = TDecider.Evolve(again, happened);
        Same("the history, evolved again, gives another state", ValueText.Of(State), ValueText.Of(again));
    }

    private static TState Evolved(TState state, TEvent happened)
    {
        string before = ValueText.Of(state);
        TState next = TDecider.Evolve(state, happened);
        Same($"{happened} changed the state that it was applied to", before, ValueText.Of(state));
        Same($"{happened}, applied again, gives another state", ValueText.Of(next), ValueText.Of(TDecider.Evolve(state, happened)));
        return next;
    }

    private static void Same(string otherwise, string expected, string actual)
    {
        if (expected != actual) throw new ExpectationException($"{otherwise}:\n  {expected}\n  {actual}");
    }
}
