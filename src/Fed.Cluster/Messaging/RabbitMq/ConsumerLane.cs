using RabbitMQ.Client;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// Consumes a queue. What comes is handed on and acknowledged at once, in order, whatever becomes of it: a delivery that is held would be taken back after the broker's time limit and its channel closed, and one that cannot be read
/// would come again for ever.
/// </summary>
/// <param name="queue">The queue.</param>
/// <param name="prefetch">Deliveries on their way.</param>
/// <param name="lane">What it holds.</param>
/// <param name="take">Takes a message, whose bytes are its own only during the call. Must not wait for work. One that it fails at is counted, and does not come again: it would fail the next node too.</param>
/// <param name="counters">Hears of failures.</param>
internal sealed class ConsumerLane(string queue, ushort prefetch, WireLane lane, Action<ReadOnlyMemory<byte>> take, WireCounters counters) : RabbitLane
{
    protected override async Task WorkAsync(IChannel channel, Action opened, Action lost, CancellationToken ended)
    {
        await channel.BasicQosAsync(0, prefetch, global: false, ended).ConfigureAwait(false);
        await channel.BasicConsumeAsync(queue, autoAck: false, new Consumer(channel, Take, lost), ended).ConfigureAwait(false);
        opened();
        await Task.Delay(Timeout.InfiniteTimeSpan, ended).ConfigureAwait(false);
    }

    private void Take(ReadOnlyMemory<byte> body)
    {
        counters.Received(lane, body.Length);
        try
        {
            take(body);
        }
        catch (Exception fault)
        {
            counters.Faulted(queue, fault);
        }
    }

    private sealed class Consumer(IChannel channel, Action<ReadOnlyMemory<byte>> take, Action lost) : AsyncDefaultBasicConsumer(channel)
    {
        public override async Task HandleBasicDeliverAsync(
            string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
        {
            take(body);
            await Channel.BasicAckAsync(deliveryTag, multiple: false, cancellationToken).ConfigureAwait(false);
        }

        /// <summary>The queue was deleted, or moved to another broker of the cluster.</summary>
        public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
        {
            lost();
            return Task.CompletedTask;
        }
    }
}
