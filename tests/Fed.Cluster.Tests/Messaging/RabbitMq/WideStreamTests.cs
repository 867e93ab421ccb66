using System.Net;
using System.Net.Sockets;
using Fed.Cluster.Messaging.RabbitMq;
using Xunit;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>A stream that takes more from its socket than it is asked for.</summary>
public sealed class WideStreamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Whatever_portions_are_sent_and_asked_for_the_bytes_are_those_that_were_sent_and_then_the_end(int seed)
    {
        (Socket sender, Socket receiver) = await PairAsync();
        using Socket sending = sender;
        await using WideStream stream = new(receiver);
        byte[] sent = new byte[1_500_000];
        Random random = new(seed), other = new(seed + 100);
        random.NextBytes(sent);
        Task work = Task.Run(() =>
        {
            for (int done = 0; done < sent.Length;) done += sender.Send(sent.AsSpan(done, Math.Min(sent.Length - done, 1 + other.Next(other.Next(2) == 0 ? 300 : 300_000))));
            sender.Shutdown(SocketShutdown.Send);
        });

        using MemoryStream got = new();
        byte[] buffer = new byte[300_000];
        for (int last = -1; last != 0;)
        {
            int size = 1 + random.Next(random.Next(3) switch { 0 => 10, 1 => 4096, _ => buffer.Length });
            last = random.Next(4) switch
            {
                0 => stream.Read(buffer.AsSpan(0, size)),
                1 => await stream.ReadAsync(buffer.AsMemory(0, size), TestContext.Current.CancellationToken),
                2 => stream.Read(buffer, 0, size),
                _ => await NothingThenAsync(size),
            };
            got.Write(buffer, 0, last);
        }

        await work;
        Assert.Equal(sent, got.ToArray());
        Assert.Equal(-1, stream.ReadByte());

        async Task<int> NothingThenAsync(int size)
        {
            Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty, TestContext.Current.CancellationToken));
            return await stream.ReadAsync(buffer.AsMemory(0, size), TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task What_is_at_hand_is_given_out_without_waiting_for_more()
    {
        (Socket sender, Socket receiver) = await PairAsync();
        using Socket sending = sender;
        await using WideStream stream = new(receiver);
        sender.Send([1, 2, 3]);
        byte[] buffer = new byte[200];
        Assert.Equal(1, stream.Read(buffer.AsSpan(0, 1)));
        Assert.True(stream.DataAvailable);
        Assert.Equal(2, await stream.ReadAsync(buffer, TestContext.Current.CancellationToken));
        Assert.Equal([2, 3], buffer[..2]);
        Assert.False(stream.DataAvailable);
    }

    private static async Task<(Socket Sender, Socket Receiver)> PairAsync()
    {
        using Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Socket sender = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await sender.ConnectAsync(listener.LocalEndPoint!, TestContext.Current.CancellationToken);
        return (sender, await listener.AcceptAsync(TestContext.Current.CancellationToken));
    }
}
