namespace Fed.Actors.Kernel;

/// <summary>
/// Runs turns on the .NET thread pool. The production choice. The last actor that a turn told something runs next on the same thread, its message still in the cache, as in Go's and
/// Tokio's schedulers; all others go to the pool's global queue, first in, first out.
/// </summary>
/// <remarks>Therefore a turn that takes long delays one other actor too: one more reason for work to go to a worker pool.</remarks>
public sealed class ThreadPoolDispatcher : IDispatcher
{
    // After so many turns in a row the thread goes back to the pool's queue, so that nobody there waits for long: 64 turns of 30 messages are some 0.1 ms.
    private const int TurnsInARow = 64;

    [ThreadStatic]
    private static IRunnable? _current;

    [ThreadStatic]
    private static IRunnable? _next;

    private ThreadPoolDispatcher() { }

    /// <summary>The one instance; its state is per thread.</summary>
    public static ThreadPoolDispatcher Instance { get; } = new();

    /// <inheritdoc/>
    public void Schedule(IRunnable mailbox)
    {
        if (_current is { } current)
        {
            IRunnable? next = _next;
            if (next is null)
            {
                _next = mailbox;
                return;
            }
            if (!ReferenceEquals(current, mailbox))   // an actor with mail left does not push aside whom it has just told something
            {
                _next = mailbox;
                mailbox = next;
            }
        }
        Enqueue(mailbox);
    }

    /// <inheritdoc/>
    public void AssertOnDispatcher() { }

    /// <summary>Runs a turn that the pool has picked, and those that follow from it.</summary>
    internal static void RunTurns(IRunnable first)
    {
        IRunnable? runnable = first;
        for (int turn = 0; runnable is not null && turn < TurnsInARow; turn++)
        {
            _current = runnable;
            runnable.Run();
            runnable = _next;
            _next = null;
        }
        _current = null;
        if (runnable is not null) Enqueue(runnable);
    }

    private static void Enqueue(IRunnable runnable) => ThreadPool.UnsafeQueueUserWorkItem(runnable, preferLocal: false);
}
