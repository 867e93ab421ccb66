using System.Text;
using System.Threading.Channels;
using Fed.TestKit.Transport;
using Fed.TestKit.Transport.Broker;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Fed.Cluster.Tests.Messaging.RabbitMq;

/// <summary>A consumer that acknowledges nothing by itself.</summary>
internal sealed class RabbitSubscription(IChannel channel) : IBrokerSubscription
{
    private readonly Channel<BrokerDelivery> _deliveries = Channel.CreateUnbounded<BrokerDelivery>();
    private string _tag = "";

    public async Task StartAsync(string queue)
    {
        AsyncEventingBasicConsumer consumer = new(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            BrokerMessage message = new(delivery.RoutingKey, Encoding.UTF8.GetString(delivery.Body.Span)) { IsPersistent = delivery.BasicProperties.Persistent };
            _deliveries.Writer.TryWrite(new BrokerDelivery(delivery.DeliveryTag, message, delivery.Redelivered));
            return Task.CompletedTask;
        };
        _tag = await channel.BasicConsumeAsync(queue, autoAck: false, consumer);
    }

    public Task<BrokerDelivery> NextAsync() => _deliveries.Reader.ReadAsync().AsTask();

    public async Task AckAsync(BrokerDelivery delivery) => await channel.BasicAckAsync(delivery.Tag, multiple: false);

    public async Task NackAsync(BrokerDelivery delivery, bool requeue) => await channel.BasicNackAsync(delivery.Tag, multiple: false, requeue);

    public Task CancelAsync() => channel.BasicCancelAsync(_tag);

    public async Task<bool> StaysQuietAsync(TimeSpan time)
    {
        using CancellationTokenSource over = new(time);
        try
        {
            return !await _deliveries.Reader.WaitToReadAsync(over.Token);
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }
}
