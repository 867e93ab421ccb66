namespace Fed.Actors.Kernel;

/// <summary>A message that reached nobody.</summary>
/// <param name="Message">The message, or the kernel's own in its place.</param>
/// <param name="Recipient">To whom it was sent.</param>
/// <param name="Reason">Why it was not delivered, in words.</param>
public sealed record DeadLetter(object? Message, ActorPath Recipient, string Reason);

/// <summary>A message that its actor received but did not handle (<see cref="ActorBase"/>'s <c>Unhandled</c>).</summary>
/// <param name="Message">The message.</param>
/// <param name="Recipient">Who received it.</param>
public sealed record UnhandledMessage(object? Message, ActorPath Recipient);

/// <summary>A stream of kernel news (dead letters, unhandled messages) that anybody may listen to.</summary>
/// <remarks>Thread-safe. Subscribers run on the thread that published, so they only post or count; one that throws is ignored.</remarks>
public sealed class EventChannel<T>
{
    private ImmutableArray<Action<T>> _subscribers = [];
    private long _count;

    internal EventChannel() { }

    /// <summary>How many were published so far.</summary>
    public long Count => Volatile.Read(ref _count);

    /// <summary>Listens until the result is disposed.</summary>
    public IDisposable Subscribe(Action<T> subscriber)
    {
        Action<T> own = item => subscriber(item);   // a delegate of our own, so that the same method may subscribe twice
        ImmutableInterlocked.Update(ref _subscribers, static (all, added) => all.Add(added), own);
        return new Subscription(this, own);
    }

    internal void Publish(T item)
    {
        Interlocked.Increment(ref _count);
        foreach (Action<T> subscriber in _subscribers)
        {
            try { subscriber(item); }
            catch (Exception) { continue; }   // a listener's fault must not reach the sender of a message that got lost
        }
    }

    private sealed class Subscription(EventChannel<T> channel, Action<T> own) : IDisposable
    {
        public void Dispose() => ImmutableInterlocked.Update(ref channel._subscribers, static (all, removed) => all.Remove(removed), own);
    }
}
