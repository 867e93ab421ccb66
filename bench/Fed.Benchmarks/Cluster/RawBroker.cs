using System.Diagnostics;
using System.Threading.Channels;
using Fed.Cluster.Messaging.RabbitMq;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Fed.Benchmarks.Cluster;

/// <summary>The floor: the broker's own client, without envelopes, with the same user, exchange, queue, sizes and windows.</summary>
internal sealed class RawBroker : IAsyncDisposable
{
    private readonly IConnection _connection;

    private RawBroker(IConnection connection) => _connection = connection;

    public static async Task<RawBroker> ConnectAsync(BenchWire wire)
    {
        ConnectionFactory factory = new()
        {
            HostName = wire.Options.Host, Port = wire.Options.Port, VirtualHost = wire.Identity.Federation, UserName = wire.Identity.Name, Password = wire.Options.Password,
            AutomaticRecoveryEnabled = false, MaxInboundMessageBodySize = 8 * 1024 * 1024,
        };
        if (wire.Options.Authority is { } authority) factory.Ssl = ServerTrust.Of(authority, wire.Options.Host);
        return new RawBroker(await factory.CreateConnectionAsync());
    }

    /// <summary>Publishes persistent messages, so many unconfirmed at a time, and waits for the last confirmation.</summary>
    /// <returns>Messages a second.</returns>
    public async Task<double> PublishConfirmedAsync(string exchange, string key, ReadOnlyMemory<byte> body, int count, int window)
    {
        await using IChannel channel = await _connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false, outstandingPublisherConfirmationsRateLimiter: null));
        Channel<bool> places = Channel.CreateBounded<bool>(window);
        TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        ulong confirmed = 0;
        channel.BasicAcksAsync += (_, ack) =>
        {
            ulong until = ack.Multiple ? ack.DeliveryTag : confirmed + 1;
            for (; confirmed < until; confirmed++) places.Reader.TryRead(out bool _);
            if (confirmed == (ulong)count) done.TrySetResult();
            return Task.CompletedTask;
        };
        BasicProperties properties = new() { Persistent = true };
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < count; i++)
        {
            await places.Writer.WriteAsync(true);
            await channel.BasicPublishAsync(exchange, key, mandatory: true, properties, body);
        }

        await done.Task;
        return count / clock.Elapsed.TotalSeconds;
    }

    /// <summary>Publishes transient messages as fast as the connection takes them.</summary>
    public async Task PublishAsync(string exchange, string key, ReadOnlyMemory<byte> body, int count, Action<int> pace)
    {
        await using IChannel channel = await _connection.CreateChannelAsync();
        for (int i = 0; i < count; i++)
        {
            pace(i);
            await channel.BasicPublishAsync(exchange, key, mandatory: false, new BasicProperties(), body);
        }
    }

    /// <summary>Takes messages and acknowledges each, until the token is cancelled.</summary>
    public async Task ConsumeAsync(string queue, ushort prefetch, Action<ReadOnlyMemory<byte>> take, Task until)
    {
        await using IChannel channel = await _connection.CreateChannelAsync();
        await channel.BasicQosAsync(0, prefetch, global: false);
        AsyncEventingBasicConsumer consumer = new(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            take(delivery.Body);
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false);
        };
        await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
        await until;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
