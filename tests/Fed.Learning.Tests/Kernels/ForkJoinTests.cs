using Fed.Learning.Kernels;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Kernels;

/// <summary>Which thread does a part is left to chance; what comes out is not.</summary>
[Collection(nameof(Threads))]
public sealed class ForkJoinTests
{
    [Theory]
    [MemberData(nameof(Threads.Counts), MemberType = typeof(Threads))]
    public void Every_part_runs_exactly_once(int threads)
    {
        int[] runs = new int[1000];
        Threads.With(threads, () =>
        {
            for (int repetition = 0; repetition < 50; repetition++) ForkJoin.Run(new Counting(runs));
        });
        Assert.All(runs, static count => Assert.Equal(50, count));
    }

    [Fact]
    public void Parts_run_on_as_many_threads_as_there_may_be() => Threads.With(3, static () =>
    {
        // Each of three parts waits for the other two: they end only if three threads are at them.
        using Barrier all = new(3);
        int[] runs = new int[3];
        ForkJoin.Run(new Meeting(all, runs));
        Assert.Equal([1, 1, 1], runs);
    });

    [Fact]
    public void Threads_that_compute_already_leave_none_for_others() => Threads.With(2, static () =>
    {
        using Barrier both = new(2);
        int[] own = new int[2];
        Thread other = new(() =>
        {
            ForkJoin.Enter();
            both.SignalAndWait();   // now two threads compute
            both.SignalAndWait();
            ForkJoin.Leave();
        });
        other.Start();
        both.SignalAndWait();
        ForkJoin.Run(new Recording(own));
        both.SignalAndWait();
        other.Join();
        Assert.All(own, static thread => Assert.Equal(Environment.CurrentManagedThreadId, thread));
    });

    [Theory]
    [MemberData(nameof(Threads.Counts), MemberType = typeof(Threads))]
    public void Exception_of_a_part_reaches_the_caller_and_the_next_run_is_whole(int threads) => Threads.With(threads, static () =>
    {
        for (int bad = 0; bad < 20; bad++)
        {
            Assert.Equal($"part {bad}", Assert.Throws<InvalidOperationException>(() => ForkJoin.Run(new Failing(bad))).Message);
            int[] runs = new int[20];
            ForkJoin.Run(new Counting(runs));
            Assert.All(runs, static count => Assert.Equal(1, count));
        }
    });

    [Fact]
    public void Part_may_fork_itself() => Threads.With(3, static () =>
    {
        int[] runs = new int[400];
        ForkJoin.Run(new Nested(runs));
        Assert.All(runs, static count => Assert.Equal(1, count));
    });

    [Fact]
    public void Part_may_fork_itself_while_another_is_still_at_work() => Threads.With(4, static () =>
    {
        // Two parts meet, so that one of them is the caller's; both fork while the other's are not done, and meet again. With one set of books for both depths the outer call never ends.
        using Barrier both = new(2);
        for (int repetition = 0; repetition < 50; repetition++)
        {
            int[] runs = new int[2 * 20];
            ForkJoin.Run(new MeetingNested(both, runs));
            Assert.All(runs, static count => Assert.Equal(1, count));
        }
    });

    [Fact]
    public void Callers_side_by_side_do_not_disturb_each_other() => Threads.With(4, static () =>
    {
        int[][] runs = [.. Enumerable.Range(0, 6).Select(static _ => new int[64])];
        Thread[] callers = [.. runs.Select(static own => new Thread(() =>
        {
            for (int repetition = 0; repetition < 200; repetition++) ForkJoin.Run(new Counting(own));
        }))];
        foreach (Thread caller in callers) caller.Start();
        foreach (Thread caller in callers) caller.Join();
        Assert.All(runs, static own => Assert.All(own, static count => Assert.Equal(200, count)));
    });

    [Theory]
    [MemberData(nameof(Threads.Counts), MemberType = typeof(Threads))]
    public void Run_allocates_nothing(int threads) => Threads.With(threads, static () =>
    {
        int[] runs = new int[64];
        Assert.Equal(0, Allocation.InProcess(() =>
        {
            for (int i = 0; i < 100; i++) ForkJoin.Run(new Counting(runs));
        }));
    });

    [Fact]
    public void Collections_amid_a_run_leave_its_spans_where_they_belong() => Threads.With(3, static () =>
    {
        // Spans into young arrays, which collections move while other threads read them through the caller's frame.
        for (int repetition = 0; repetition < 40; repetition++)
        {
            int[] source = [.. Enumerable.Range(0, 256)], target = new int[256];
            ForkJoin.Run(new Collecting(source, target));
            Assert.Equal(source, target);
        }
    });

    [Fact]
    public void Fewer_than_one_thread_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(static () => ForkJoin.Degree = 0);

    private readonly struct Counting(int[] runs) : IParts
    {
        public int Parts => runs.Length;

        public void Run(int part) => Interlocked.Increment(ref runs[part]);
    }

    private readonly struct Recording(int[] threads) : IParts
    {
        public int Parts => threads.Length;

        public void Run(int part) => threads[part] = Environment.CurrentManagedThreadId;
    }

    private readonly struct Meeting(Barrier all, int[] runs) : IParts
    {
        public int Parts => runs.Length;

        public void Run(int part)
        {
            all.SignalAndWait();
            runs[part]++;
        }
    }

    private readonly struct Failing(int bad) : IParts
    {
        public int Parts => 20;

        public void Run(int part)
        {
            if (part == bad) throw new InvalidOperationException($"part {part}");
        }
    }

    private readonly struct Nested(int[] runs) : IParts
    {
        public int Parts => 20;

        public void Run(int part) => ForkJoin.Run(new Inner(runs, part));
    }

    private readonly struct MeetingNested(Barrier both, int[] runs) : IParts
    {
        public int Parts => 2;

        public void Run(int part)
        {
            both.SignalAndWait();
            ForkJoin.Run(new Inner(runs, part));
            both.SignalAndWait();
        }
    }

    private readonly struct Inner(int[] runs, int outer) : IParts
    {
        public int Parts => 20;

        public void Run(int part) => Interlocked.Increment(ref runs[20 * outer + part]);
    }

    private readonly ref struct Collecting(ReadOnlySpan<int> source, Span<int> target) : IParts
    {
        private readonly ReadOnlySpan<int> _source = source;
        private readonly Span<int> _target = target;

        public int Parts => 16;

        public void Run(int part)
        {
            if (part % 4 == 0) GC.Collect(0);
            for (int i = 16 * part; i < 16 * part + 16; i++) _target[i] = _source[i];
        }
    }
}
