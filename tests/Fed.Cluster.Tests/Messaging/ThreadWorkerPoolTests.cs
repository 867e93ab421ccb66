using Fed.Cluster.Messaging;
using Xunit;

namespace Fed.Cluster.Tests.Messaging;

public sealed class ThreadWorkerPoolTests
{
    [Fact]
    public async Task Every_job_has_exactly_one_outcome_under_cancellation_from_other_threads()
    {
        const int Jobs = 2000;
        using var pool = new ThreadWorkerPool(threads: 3);
        int[] outcomes = new int[Jobs];
        using var finished = new CountdownEvent(Jobs);
        void Count(int job)
        {
            Interlocked.Increment(ref outcomes[job]);
            finished.Signal();
        }
        IDisposable[] running = [.. Enumerable.Range(0, Jobs).Select(job => pool.Run($"{job % 7}", _ => job, _ => Count(job), _ => Count(job)))];
        await Task.Run(() => Parallel.ForEach(running.Where((_, job) => job % 3 == 0), static job => job.Dispose()));
        Assert.True(finished.Wait(TimeSpan.FromSeconds(30)), $"{finished.CurrentCount} jobs had no outcome");
        Assert.All(outcomes, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task Lanes_run_side_by_side()
    {
        using var pool = new ThreadWorkerPool(threads: 2);
        using var meeting = new Barrier(2);
        var together = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        pool.Run("a", cancel => meeting.SignalAndWait(TimeSpan.FromSeconds(30), cancel), _ => { }, together.SetException);
        pool.Run("b", cancel => meeting.SignalAndWait(TimeSpan.FromSeconds(30), cancel), together.SetResult, together.SetException);
        Assert.True(await together.Task, "two jobs of different lanes did not meet");
    }

    [Fact]
    public async Task Running_job_sees_its_cancellation()
    {
        using var pool = new ThreadWorkerPool(threads: 1);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var outcome = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable job = pool.Run(
            "lane",
            cancel =>
            {
                started.SetResult();
                cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(30));
                cancel.ThrowIfCancellationRequested();
                return false;
            },
            outcome.SetResult,
            outcome.SetException);
        await started.Task.WaitAsync(TimeSpan.FromSeconds(30));
        job.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => outcome.Task.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Closing_cancels_what_waits_and_refuses_what_comes()
    {
        var pool = new ThreadWorkerPool(threads: 1);
        using var started = new ManualResetEventSlim();
        List<Exception> failures = [];
        pool.Run("lane", cancel => { started.Set(); return cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)); }, _ => { }, failures.Add);
        pool.Run("lane", _ => 1, _ => { }, failures.Add);
        started.Wait();
        pool.Dispose();
        pool.Run("lane", _ => 1, _ => { }, failures.Add);
        Assert.Equal(2, failures.Count);
        Assert.All(failures, failure => Assert.IsType<OperationCanceledException>(failure));
    }
}
