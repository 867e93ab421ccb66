using System.Text;
using Fed.TestKit.Servers;
using Fed.TestKit.Transport;
using Fed.TestKit.Transport.Broker;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>A connection with one channel whose publishes are confirmed.</summary>
internal sealed class RabbitClient : IBrokerClient
{
    private readonly RabbitHarness _harness;
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly TcpProxy _network;
    private readonly TaskCompletionSource<string> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RabbitClient(RabbitHarness harness, IConnection connection, IChannel channel, TcpProxy network)
    {
        (_harness, _connection, _channel, _network) = (harness, connection, channel, network);
        connection.ConnectionShutdownAsync += Closed;
        channel.ChannelShutdownAsync += Closed;
    }

    public static async Task<RabbitClient> OpenAsync(RabbitHarness harness, IConnection connection, TcpProxy network)
    {
        // Without the client's rate limiter: it lets fewer publishes out the more are unconfirmed, long before the window is full.
        IChannel channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, outstandingPublisherConfirmationsRateLimiter: null));
        RabbitClient client = new(harness, connection, channel, network);
        await channel.ExchangeDeclareAsync(harness.Exchange, ExchangeType.Topic, durable: true);
        return client;
    }

    public async Task DeclareAsync(string queue, BrokerQueueOptions options, params string[] patterns)
    {
        await _channel.QueueDeclareAsync(_harness.NameOf(queue), durable: true, exclusive: false, autoDelete: false, ArgumentsOf(options));
        foreach (string pattern in patterns) await _channel.QueueBindAsync(_harness.NameOf(queue), _harness.Exchange, pattern);
    }

    public async Task<PublishOutcome> PublishAsync(string routingKey, string body, bool isPersistent = true, bool isMandatory = false)
    {
        try
        {
            await _channel.BasicPublishAsync(_harness.Exchange, routingKey, isMandatory, new BasicProperties { Persistent = isPersistent }, Encoding.UTF8.GetBytes(body));
            return PublishOutcome.Confirmed;
        }
        catch (PublishException refused)
        {
            return refused.IsReturn ? PublishOutcome.Returned : PublishOutcome.Rejected;
        }
        catch (Exception lost) when (lost is RabbitMQClientException or OperationCanceledException or IOException)
        {
            return PublishOutcome.Unknown;
        }
    }

    public async Task<IBrokerSubscription> ConsumeAsync(string queue, int prefetch)
    {
        await _channel.BasicQosAsync(0, (ushort)prefetch, global: false);
        RabbitSubscription subscription = new(_channel);
        await subscription.StartAsync(_harness.NameOf(queue));
        return subscription;
    }

    public async Task KillAsync()
    {
        _network.Dispose();
        await _closed.Task.WaitAsync(TimeSpan.FromMinutes(1));
        _connection.Dispose();
    }

    public async Task CloseAsync() => await _connection.CloseAsync();

    public Task<string> ClosedAsync() => _closed.Task;

    private static Dictionary<string, object?> ArgumentsOf(BrokerQueueOptions options)
    {
        Dictionary<string, object?> arguments = [];
        if (options.IsSingleActive) arguments["x-single-active-consumer"] = true;
        if (options.LengthMax is { } length) arguments["x-max-length"] = length;
        if (options.Overflow == BrokerOverflow.RejectPublish) arguments["x-overflow"] = "reject-publish";
        if (options.DeliveryLimit is not { } limit) return arguments;
        arguments["x-queue-type"] = "quorum";   // classic queues have no limit
        arguments["x-delivery-limit"] = limit;
        return arguments;
    }

    private Task Closed(object sender, ShutdownEventArgs reason)
    {
        _closed.TrySetResult(reason.ReplyText);
        return Task.CompletedTask;
    }
}
