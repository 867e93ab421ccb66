namespace Fed.Cluster.Messaging;

/// <summary>
/// A fixed number of threads that run jobs lane by lane: one job of a lane at a time, in order; lanes take turns, so that a long queue in one does not starve the others.
/// </summary>
public sealed class ThreadWorkerPool : IWorkerPool, IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Queue<WorkerJob>> _lanes = [];
    private readonly Queue<string> _ready = [];
    private readonly SemaphoreSlim _available = new(0);
    private readonly Thread[] _threads;
    private bool _closed;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">How many jobs run at once, at least 1.</param>
    public ThreadWorkerPool(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        _threads = [.. Enumerable.Range(0, threads).Select(index => new Thread(Work) { IsBackground = true, Name = $"worker-{index}" })];
        foreach (Thread thread in _threads) thread.Start();
    }

    /// <summary>Jobs that run or wait.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate) return _lanes.Values.Sum(static lane => lane.Count);
        }
    }

    /// <inheritdoc/>
    /// <remarks>Callbacks only hand over; one that throws ends the process, since a lost completion would leave its actor waiting for ever.</remarks>
    public IDisposable Run<TResult>(string lane, Func<CancellationToken, TResult> work, Action<TResult> done, Action<Exception> failed)
    {
        var job = new WorkerJob<TResult>(work, done, failed);
        bool accepted;
        lock (_gate)
        {
            accepted = !_closed;
            if (accepted) Enqueue(lane, job);
        }
        if (!accepted) job.Dispose();
        return job;
    }

    private void Enqueue(string lane, WorkerJob job)
    {
        if (!_lanes.TryGetValue(lane, out Queue<WorkerJob>? waiting))
        {
            _lanes[lane] = waiting = [];
            _ready.Enqueue(lane);
            _available.Release();
        }
        waiting.Enqueue(job);
    }

    private void Work()
    {
        while (true)
        {
            _available.Wait();
            string lane;
            WorkerJob job;
            bool isClosing;
            lock (_gate)
            {
                if (!_ready.TryDequeue(out string? next)) return;   // released without a lane: the pool is closing
                lane = next;
                job = _lanes[lane].Peek();
                isClosing = _closed;
            }
            if (isClosing) job.Dispose();   // the job before it ended early because the pool closes: this one never starts
            job.Execute();
            lock (_gate)
            {
                Queue<WorkerJob> waiting = _lanes[lane];
                waiting.Dequeue();
                if (waiting.Count == 0)
                {
                    _lanes.Remove(lane);
                    continue;
                }
                _ready.Enqueue(lane);
                _available.Release();
            }
        }
    }

    /// <summary>Cancels what waits and what runs, and returns when the threads have ended: jobs that ignore their token are waited for.</summary>
    public void Dispose()
    {
        WorkerJob[] jobs;
        lock (_gate)
        {
            if (_closed) return;
            _closed = true;
            jobs = [.. _lanes.Values.SelectMany(static lane => lane)];
        }
        foreach (WorkerJob job in jobs) job.Dispose();
        _available.Release(_threads.Length);
        foreach (Thread thread in _threads)
        {
            if (thread != Thread.CurrentThread) thread.Join();
        }
        _available.Dispose();
    }
}
