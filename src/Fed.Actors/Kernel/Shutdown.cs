namespace Fed.Actors.Kernel;

/// <summary>The ordered end of an actor system. Runs on whatever thread begins it, then on the turn of the last actor that stops: nothing waits.</summary>
internal sealed class Shutdown(ActorSystem system)
{
    private readonly Lock _gate = new();
    private readonly Stack<(ShutdownPhase Phase, string Name, Action Task)> _tasks = [];
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _hasBegun;

    public Task WhenDone => _done.Task;

    public void Add(ShutdownPhase phase, string name, Action task)
    {
        lock (_gate) _tasks.Push((phase, name, task));
    }

    public void Begin()
    {
        lock (_gate)
        {
            if (_hasBegun) return;
            _hasBegun = true;
        }
        system.CloseTopLevel();
        RunTasks(ShutdownPhase.StopIntake);
        RunTasks(ShutdownPhase.StopActors);
        system.StopGuardian();
    }

    public void ActorsStopped()
    {
        RunTasks(ShutdownPhase.Close);
        _done.TrySetResult();
    }

    public Task WhenDoneWithin(TimeSpan limit)
    {
        if (WhenDone.IsCompleted) return WhenDone;
        TaskCompletionSource within = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ITimer timer = system.Time.CreateTimer(
            _ => within.TrySetException(new TimeoutException($"{system.Name} did not stop within {limit}: {string.Join(", ", system.Actors())} still live")),
            state: null,
            limit,
            Timeout.InfiniteTimeSpan);
        _ = WhenDone.ContinueWith(
            _ =>
            {
                timer.Dispose();
                within.TrySetResult();
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            InlineScheduler.Instance);
        return within.Task;
    }

    private void RunTasks(ShutdownPhase phase)
    {
        (ShutdownPhase Phase, string Name, Action Task)[] tasks;
        lock (_gate) tasks = [.. _tasks.Where(task => task.Phase == phase)];   // a stack enumerates the newest first
        foreach ((_, string name, Action task) in tasks)
        {
            try { task(); }
            catch (Exception cause) { KernelLog.ShutdownTaskFailed(system.Log, name, phase, cause); }
        }
    }
}
