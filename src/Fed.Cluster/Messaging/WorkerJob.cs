namespace Fed.Cluster.Messaging;

/// <summary>A job of the worker pool; disposing cancels it.</summary>
internal abstract class WorkerJob : IDisposable
{
    public abstract void Execute();

    public abstract void Dispose();
}

/// <summary>Waiting, running or over; the step out of "waiting" decides who posts the outcome, so that there is exactly one.</summary>
internal sealed class WorkerJob<TResult>(Func<CancellationToken, TResult> work, Action<TResult> done, Action<Exception> failed) : WorkerJob
{
    private const int Waiting = 0, Taken = 1;

    private readonly CancellationTokenSource _cancel = new();   // without a timer it holds nothing that needs disposal
    private int _phase = Waiting;

    public override void Execute()
    {
        if (Interlocked.Exchange(ref _phase, Taken) != Waiting) return;
        TResult result;
        try
        {
            result = work(_cancel.Token);
        }
        catch (Exception failure)
        {
            failed(failure);
            return;
        }
        done(result);
    }

    public override void Dispose()
    {
        if (Interlocked.Exchange(ref _phase, Taken) == Waiting) failed(new OperationCanceledException("the job was cancelled before it started"));
        else _cancel.Cancel();
    }
}
