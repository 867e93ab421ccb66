using System.Collections.Immutable;

namespace Fed.TestKit.Events;

/// <summary>A kind of event, expected a number of times while an action runs; what fits is taken out of <see cref="TestEvents"/>.</summary>
public sealed class EventFilter
{
    private readonly TestEvents _events;
    private readonly string _name;
    private readonly Func<object, bool> _fits;
    private readonly Action _settle;

    internal EventFilter(TestEvents events, string name, Func<object, bool> fits, Action settle) => (_events, _name, _fits, _settle) = (events, name, fits, settle);

    /// <summary>Either of two filters.</summary>
    public EventFilter Or(EventFilter other) => new(_events, $"{_name}, or {other._name}", happened => _fits(happened) || other._fits(happened), _settle);

    /// <summary>Runs an action, lets the system come to rest, and wants exactly one such event.</summary>
    /// <exception cref="ExpectationException">There were none, or more.</exception>
    public void ExpectOne(Action action) => Expect(1, action);

    /// <summary>Runs an action, lets the system come to rest, and wants no such event.</summary>
    /// <exception cref="ExpectationException">There was one.</exception>
    public void ExpectNone(Action action) => Expect(0, action);

    /// <summary>Runs an action, lets the system come to rest, and wants a number of such events.</summary>
    /// <exception cref="ExpectationException">There were fewer or more.</exception>
    public void Expect(int count, Action action)
    {
        using TestEvents.Interception interception = _events.Intercept(_fits);
        action();
        _settle();
        Check(count, interception.Taken);
    }

    /// <summary>Runs an action and keeps what fits out of the events, however often it comes.</summary>
    public void Mute(Action action)
    {
        using TestEvents.Interception interception = _events.Intercept(_fits);
        action();
        _settle();
    }

    /// <summary>On real threads: runs an action and waits until a number of such events have come. One more that comes later is not seen here: it stays with the events.</summary>
    /// <exception cref="ExpectationException">They had not all come within the limit, or more came at once.</exception>
    public async Task ExpectAsync(int count, Func<Task> action, TimeSpan limit)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        TaskCompletionSource enough = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using TestEvents.Interception interception = _events.Intercept(_fits);
        interception.Took = () =>
        {
            if (interception.Taken.Length >= count) enough.TrySetResult();
        };
        await action();
        try { await enough.Task.WaitAsync(limit); }
        catch (TimeoutException) { }   // what is missing is told below, with what came instead
        Check(count, interception.Taken);
    }

    private void Check(int count, ImmutableArray<object> taken)
    {
        if (taken.Length == count) return;
        ImmutableArray<object> others = _events.All();
        throw new ExpectationException(
            $"expected {count} x {_name}, and there were {taken.Length}{List(":", taken)}{List("\nother events:", [.. others.TakeLast(20)])}");
    }

    private static string List(string title, ImmutableArray<object> events) => events.IsEmpty ? "" : $"{title}\n{string.Join('\n', events.Select(static happened => "  " + TestEvents.Show(happened)))}";
}
