namespace Fed.TestKit;

/// <summary>The smallest simulation: a queue ordered by virtual time. Enough to drive the simulated ports by themselves.</summary>
public sealed class SeededSimulation(ulong seed) : ISimulation
{
    private readonly SplitMix64 _random = new(seed);
    private readonly PriorityQueue<Action, (DateTimeOffset Due, long Order)> _queue = new();
    private long _order;

    /// <inheritdoc/>
    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How many things are still to happen.</summary>
    public int Pending => _queue.Count;

    /// <inheritdoc/>
    public ulong NextUInt64() => _random.Next();

    /// <inheritdoc/>
    public void Schedule(TimeSpan delay, Action action) => _queue.Enqueue(action, (Now + (delay > TimeSpan.Zero ? delay : TimeSpan.Zero), _order++));

    /// <summary>Lets the next thing happen and moves time there; false when nothing is left.</summary>
    public bool RunOne()
    {
        if (!_queue.TryDequeue(out Action? action, out (DateTimeOffset Due, long Order) key)) return false;
        Now = key.Due;
        action();
        return true;
    }

    /// <summary>Lets everything happen that is due within a time, and moves time there.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset end = Now + by;
        while (_queue.TryPeek(out _, out (DateTimeOffset Due, long Order) next) && next.Due <= end) RunOne();
        Now = end;
    }

    /// <summary>Runs until nothing is left.</summary>
    /// <exception cref="InvalidOperationException">More than <paramref name="stepsMax"/> things happened: something keeps itself alive.</exception>
    public void Run(int stepsMax = 1_000_000)
    {
        for (int step = 0; RunOne(); step++)
        {
            if (step >= stepsMax) throw new InvalidOperationException($"the simulation did not come to rest in {stepsMax} steps");
        }
    }
}
