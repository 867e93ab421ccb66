using Fed.Actors.Kernel.Mailboxes;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class MpscQueueTests
{
    [Fact]
    public void Queue_behaves_as_a_bounded_first_in_first_out_list() =>
        Prop.ForAll<int[], byte>((operations, bound) =>
        {
            int capacity = (bound % 50) + 1;
            MpscQueue<int> queue = new(capacity);
            Queue<int> model = new();
            foreach (int operation in operations)
            {
                for (int i = 0; i < Math.Abs(operation % 17); i++)
                {
                    if (operation > 0)
                    {
                        bool fits = queue.TryEnqueue(i, force: false);
                        if (fits != model.Count < capacity) return false;
                        if (fits) model.Enqueue(i);
                    }
                    else if (queue.TryDequeue(out int item) != model.TryDequeue(out int expected) || item != expected)
                    {
                        return false;
                    }
                    if (queue.HasTickets != model.Count > 0) return false;
                }
            }
            return true;
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Forced_items_fit_beyond_the_capacity_in_order()
    {
        MpscQueue<int> queue = new(2);
        for (int i = 0; i < 10_000; i++) Assert.True(queue.TryEnqueue(i, force: true));
        Assert.False(queue.TryEnqueue(-1, force: false));
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(queue.TryDequeue(out int item));
            Assert.Equal(i, item);
        }
        Assert.False(queue.HasTickets);
    }

    /// <summary>With room for one, each item waits for another thread to get a processor: fewer of them, or a busy machine takes minutes.</summary>
    [Theory]
    [InlineData(1, 500)]
    [InlineData(100, 20_000)]
    [InlineData(1_000_000, 20_000)]
    public void Concurrent_producers_lose_nothing_and_keep_their_order(int capacity, int each)
    {
        const int Producers = 4;
        MpscQueue<(int Producer, int Number)> queue = new(capacity);
        Thread[] producers = [.. Enumerable.Range(0, Producers).Select(producer => new Thread(() =>
        {
            SpinWait wait = default;
            for (int i = 0; i < each;)
            {
                if (queue.TryEnqueue((producer, i), force: false)) i++;
                else wait.SpinOnce(sleep1Threshold: -1);
            }
        }))];
        foreach (Thread producer in producers) producer.Start();
        int[] next = new int[Producers];
        SpinWait idle = default;
        for (int taken = 0; taken < Producers * each;)
        {
            if (!queue.TryDequeue(out (int Producer, int Number) item))
            {
                idle.SpinOnce(sleep1Threshold: -1);
                continue;
            }
            Assert.Equal(next[item.Producer]++, item.Number);
            taken++;
        }
        foreach (Thread producer in producers) producer.Join();
        Assert.False(queue.HasTickets);
    }
}
