using Fed.TestKit.Stores;

namespace Fed.TestKit.Federation;

/// <summary>
/// A simulation as one process lives it. While the process is paused (SIGSTOP) nothing of it happens: what falls due waits until it wakes, and then happens in the order in which it fell
/// due, each thing a step of its own. What was still to happen when the process crashed never does.
/// </summary>
internal sealed class ProcessSimulation(ISimulation world) : ISimulation
{
    private readonly Queue<Action> _overdue = new();
    private int _catchingUp;   // overdue things that are still to happen after waking
    private int _life;

    /// <inheritdoc/>
    public DateTimeOffset Now => world.Now;

    /// <summary>Hears when the machine stopped in the middle of something that the process did.</summary>
    public required Action<SimulatedCrashException> Stopped { get; init; }

    /// <summary>True between <see cref="Pause"/> and <see cref="Wake"/>.</summary>
    public bool IsPaused { get; private set; }

    /// <inheritdoc/>
    public ulong NextUInt64() => world.NextUInt64();

    /// <inheritdoc/>
    public void Schedule(TimeSpan delay, Action action)
    {
        int life = _life;
        world.Schedule(delay, () =>
        {
            if (life != _life) return;
            if (IsPaused) _overdue.Enqueue(action);
            else Run(action);
        });
    }

    private void Run(Action action)
    {
        try
        {
            action();
        }
        catch (SimulatedCrashException stopped)
        {
            Stopped(stopped);
        }
    }

    /// <summary>Lets something from outside happen: now, or behind what is overdue.</summary>
    public void Enter(Action action)
    {
        if (IsPaused) _overdue.Enqueue(action);
        else if (_catchingUp > 0) Schedule(TimeSpan.Zero, action);
        else Run(action);
    }

    public void Pause() => IsPaused = true;

    public void Wake()
    {
        IsPaused = false;
        while (_overdue.TryDequeue(out Action? action))
        {
            Action overdue = action;
            _catchingUp++;
            Schedule(TimeSpan.Zero, () =>
            {
                _catchingUp--;
                Run(overdue);
            });
        }
    }

    public void Crash()
    {
        _life++;
        _overdue.Clear();
        _catchingUp = 0;
        IsPaused = false;
    }
}
