using Fed.Actors.Kernel;

namespace Fed.TestKit;

/// <summary>
/// Runs the turns of all actors on one thread, in an order that a seed fixes: each step picks one of the scheduled turns. Kernel code that runs on another thread,
/// or outside a turn, is a violation: it throws there, and again from <see cref="RunOne"/>, so that no test passes over it.
/// </summary>
public sealed class SimulatedDispatcher : IDispatcher
{
    private readonly SplitMix64 _choices;
    private readonly List<IRunnable> _scheduled = [];
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private volatile string? _violation;
    private bool _isRunning;

    /// <summary>Belongs to the thread that makes it.</summary>
    public SimulatedDispatcher(ulong seed)
    {
        Seed = seed;
        _choices = new SplitMix64(seed);
    }

    /// <summary>What fixes the order; print it where a test fails.</summary>
    public ulong Seed { get; }

    /// <summary>Turns that wait.</summary>
    public int Pending => _scheduled.Count;

    /// <summary>Turns run so far.</summary>
    public long Turns { get; private set; }

    /// <inheritdoc/>
    public void Schedule(IRunnable mailbox)
    {
        if (Environment.CurrentManagedThreadId != _thread) throw Violation("an actor was told something from another thread");
        _scheduled.Add(mailbox);
    }

    /// <inheritdoc/>
    public void AssertOnDispatcher()
    {
        if (Environment.CurrentManagedThreadId != _thread) throw Violation("kernel code ran on another thread");
        if (!_isRunning) throw Violation("an actor's context was used outside its turn");
    }

    /// <summary>Runs one turn; false when none waits.</summary>
    /// <exception cref="InvalidOperationException">Kernel code ran off this dispatcher.</exception>
    public bool RunOne()
    {
        Check();
        if (_scheduled.Count == 0) return false;
        int index = (int)Math.BigMul(_choices.Next(), (ulong)_scheduled.Count, out _);
        IRunnable next = _scheduled[index];
        _scheduled[index] = _scheduled[^1];
        _scheduled.RemoveAt(_scheduled.Count - 1);
        _isRunning = true;
        try { next.Run(); }
        finally { _isRunning = false; }
        Turns++;
        Check();
        return true;
    }

    /// <summary>Runs until no turn waits.</summary>
    /// <exception cref="InvalidOperationException">More than <paramref name="turnsMax"/> turns ran: something keeps itself busy.</exception>
    public void Run(int turnsMax = 1_000_000)
    {
        for (int turn = 0; RunOne(); turn++)
        {
            if (turn >= turnsMax) throw new InvalidOperationException($"seed {Seed}: the actors did not come to rest in {turnsMax} turns");
        }
    }

    private InvalidOperationException Violation(string what)
    {
        _violation ??= what;
        return new InvalidOperationException($"seed {Seed}: {what}; in a simulation everything runs on the simulated dispatcher");
    }

    private void Check()
    {
        if (_violation is { } what) throw Violation(what);
    }
}
