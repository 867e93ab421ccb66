using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>
/// Runs jobs when the simulation comes to them: one per lane at a time, in order, each at a moment of its own, and posts the outcome at a later one. A crash in between
/// leaves what the job did, and nobody is told: the window that recovery has to cover.
/// </summary>
public sealed class SimulatedWorkerPool(ISimulation simulation) : IWorkerPool
{
    private readonly Dictionary<string, Queue<Job>> _lanes = [];
    private int _generation;

    /// <summary>What may go wrong: <see cref="StoreFaults.FailPermille"/> jobs fail without having run, <see cref="StoreFaults.DelayMax"/> bounds wait and outcome.</summary>
    public StoreFaults Faults { get; set; } = StoreFaults.None;

    /// <summary>Hears of each fault that strikes.</summary>
    public Action<FaultKind>? Struck { get; set; }

    /// <summary>Jobs that have run, or failed in place of running.</summary>
    public long Executed { get; private set; }

    /// <inheritdoc/>
    public IDisposable Run<TResult>(string lane, Func<CancellationToken, TResult> work, Action<TResult> done, Action<Exception> failed)
    {
        var job = new Job(
            token =>
            {
                if (simulation.Chance(Faults.FailPermille))
                {
                    Struck?.Invoke(FaultKind.DiskFailure);
                    throw new IOException("simulated worker failure");
                }

                TResult result = work(token);
                return () => done(result);
            },
            failed);
        if (!_lanes.TryGetValue(lane, out Queue<Job>? waiting)) _lanes[lane] = waiting = [];
        waiting.Enqueue(job);
        if (waiting.Count == 1) Next(lane);
        return job;
    }

    /// <summary>Stops the machine and starts it again: jobs that wait are gone, and no outcome is posted any more.</summary>
    public void Crash()
    {
        _generation++;
        _lanes.Clear();
    }

    private void Next(string lane) => Later(() =>
    {
        Queue<Job> waiting = _lanes[lane];
        Action outcome = Execute(waiting.Peek());
        Later(() =>
        {
            waiting.Dequeue();
            if (waiting.Count > 0) Next(lane);
            else _lanes.Remove(lane);
            outcome();
        });
    });

    private Action Execute(Job job)
    {
        Executed++;
        try
        {
            if (job.IsCancelled) throw new OperationCanceledException("the job was cancelled before it started");
            return job.Work(CancellationToken.None);
        }
        catch (Exception failure) when (failure is not SimulatedCrashException)
        {
            return () => job.Failed(failure);
        }
    }

    private void Later(Action action)
    {
        int generation = _generation;
        TimeSpan delay = simulation.Delay(Faults.DelayMax);
        if (delay > StoreFaults.LongDelay) Struck?.Invoke(FaultKind.SlowDisk);
        simulation.Schedule(delay, () =>
        {
            if (generation == _generation) action();
        });
    }

    /// <summary>Work gives the act that posts its result. Jobs run in one piece here, so a running one is never cancelled.</summary>
    private sealed class Job(Func<CancellationToken, Action> work, Action<Exception> failed) : IDisposable
    {
        public Func<CancellationToken, Action> Work => work;

        public Action<Exception> Failed => failed;

        public bool IsCancelled { get; private set; }

        public void Dispose() => IsCancelled = true;
    }
}
