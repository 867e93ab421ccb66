namespace Fed.Actors.Kernel;

/// <summary>What a supervisor remembers of a child that failed: its restarts within the window, and a restart that waits.</summary>
internal sealed class RestartRecord
{
    private int _count;
    private long _windowStart;
    private ITimer? _waiting;

    /// <summary>Counts a restart. False: one too many.</summary>
    public bool Grant(SupervisorStrategy strategy, TimeProvider time)
    {
        if (_count > 0 && strategy.Window is { } window && time.GetElapsedTime(_windowStart) > window) _count = 0;
        if (_count == 0) _windowStart = time.GetTimestamp();
        _count++;
        return strategy.MaxRetries is not { } max || _count <= max;
    }

    /// <summary>Restarts the children concerned, now or after the backoff. One that stops meanwhile ignores it.</summary>
    public void Restart(ImmutableArray<ActorCell> concerned, Exception cause, SupervisorStrategy strategy, TimeProvider time)
    {
        TimeSpan delay = strategy.Backoff?.Delay(_count - 1) ?? TimeSpan.Zero;
        if (delay <= TimeSpan.Zero)
        {
            Send(concerned, cause);
            return;
        }
        _waiting?.Dispose();
        _waiting = time.CreateTimer(_ => Send(concerned, cause), state: null, delay, Timeout.InfiniteTimeSpan);
    }

    private static void Send(ImmutableArray<ActorCell> concerned, Exception cause)
    {
        foreach (ActorCell child in concerned) child.SendSystem(new RestartActor(cause));
    }
}
