using System.Threading.Channels;

namespace Fed.Benchmarks.Kernel;

/// <summary>The floor: the same patterns on raw channels with asynchronous continuations.</summary>
internal static class ChannelFloor
{
    public static void PingPong(int messages, int inFlight)
    {
        Channel<object> there = Create(), back = Create();
        for (int i = 0; i < inFlight; i++) there.Writer.TryWrite(new object());
        Task.WaitAll(Task.Run(() => PassOnAsync(there.Reader, back.Writer, messages / 2)), Task.Run(() => PassOnAsync(back.Reader, there.Writer, messages / 2)));

        static async Task PassOnAsync(ChannelReader<object> from, ChannelWriter<object> to, int count)
        {
            while (await from.WaitToReadAsync().ConfigureAwait(false))
            {
                while (from.TryRead(out object? ball))
                {
                    to.TryWrite(ball);
                    if (--count == 0) return;
                }
            }
        }
    }

    public static void FanIn(int messages, int senders)
    {
        Channel<object> channel = Create();
        object message = new();
        Task reader = Task.Run(async () =>
        {
            int left = messages;
            while (await channel.Reader.WaitToReadAsync().ConfigureAwait(false))
            {
                while (channel.Reader.TryRead(out _))
                {
                    if (--left == 0) return;
                }
            }
        });
        for (int sender = 0; sender < senders; sender++)
        {
            _ = Task.Run(async () =>
            {
                for (int i = 1; i <= messages / senders; i++)
                {
                    channel.Writer.TryWrite(message);
                    if (i % 100 == 0) await Task.Yield();
                }
            });
        }
        reader.Wait();
    }

    private static Channel<object> Create() => Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = false });
}
