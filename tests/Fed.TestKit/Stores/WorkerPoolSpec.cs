using System.Collections.Concurrent;
using System.Globalization;
using Fed.Actors.Ports;
using Xunit;

namespace Fed.TestKit.Stores;

/// <summary>What every worker pool promises; derive a test class per implementation.</summary>
public abstract class WorkerPoolSpec
{
    /// <summary>A pool.</summary>
    protected abstract IWorkerPool Pool { get; }

    /// <summary>Lets a simulated pool do its work; a real one works by itself.</summary>
    protected virtual void Drive()
    {
    }

    [Fact]
    public async Task Job_posts_its_result() => Assert.Equal("42", await Run("lane", _ => "42"));

    [Fact]
    public async Task Job_that_throws_posts_its_exception()
    {
        var thrown = new InvalidDataException("bad row");
        Assert.Same(thrown, await Assert.ThrowsAsync<InvalidDataException>(() => Run<int>("lane", _ => throw thrown)));
        Assert.Equal(1, await Run("lane", _ => 1));
    }

    [Fact]
    public async Task Jobs_of_one_lane_run_in_order_and_never_together()
    {
        int running = 0, together = 0;
        ConcurrentQueue<int> order = [];
        Task<int>[] jobs = [.. Enumerable.Range(0, 200).Select(index => Start("lane", _ =>
        {
            if (Interlocked.Increment(ref running) > 1) Interlocked.Increment(ref together);
            order.Enqueue(index);
            Interlocked.Decrement(ref running);
            return index;
        }))];
        await Settle(Task.WhenAll(jobs));
        Assert.Equal(Enumerable.Range(0, 200), order);
        Assert.Equal(0, together);
    }

    [Fact]
    public async Task Every_lane_gets_its_turn()
    {
        Task<int>[] jobs = [.. Enumerable.Range(0, 300).Select(index => Start((index % 30).ToString(CultureInfo.InvariantCulture), _ => index))];
        Assert.Equal(Enumerable.Range(0, 300), await Settle(Task.WhenAll(jobs)));
    }

    [Fact]
    public async Task Cancelled_job_that_has_not_started_never_runs()
    {
        bool ran = false;
        var outcome = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<int> first = Start("lane", _ => { IDisposable second = Start("lane", outcome, _ => { ran = true; return 0; }); second.Dispose(); return 1; });
        Assert.Equal(1, await Settle(first));
        await Assert.ThrowsAsync<OperationCanceledException>(() => Settle(outcome.Task));
        Assert.Equal(2, await Run("lane", _ => 2));
        Assert.False(ran);
    }

    [Fact]
    public async Task Cancelling_a_job_that_is_over_does_nothing()
    {
        var outcome = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable job = Start("lane", outcome, _ => 3);
        Assert.Equal(3, await Settle(outcome.Task));
        job.Dispose();
        job.Dispose();
        Assert.Equal(4, await Run("lane", _ => 4));
    }

    private Task<TResult> Run<TResult>(string lane, Func<CancellationToken, TResult> work) => Settle(Start(lane, work));

    private Task<TResult> Start<TResult>(string lane, Func<CancellationToken, TResult> work)
    {
        var outcome = new TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        Start(lane, outcome, work);
        return outcome.Task;
    }

    /// <summary>SetResult and SetException throw when called twice: an outcome that is posted twice fails the test.</summary>
    private IDisposable Start<TResult>(string lane, TaskCompletionSource<TResult> outcome, Func<CancellationToken, TResult> work) =>
        Pool.Run(lane, work, outcome.SetResult, outcome.SetException);

    private Task<TResult> Settle<TResult>(Task<TResult> outcome)
    {
        Drive();
        return outcome.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
