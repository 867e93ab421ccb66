namespace Fed.TestKit.Transport.Broker;

/// <summary>A subscription of a channel to a queue.</summary>
public sealed class BrokerConsumer
{
    private readonly BrokerChannel _channel;
    private readonly int _prefetch;
    private readonly Action<BrokerDelivery> _receive;

    internal BrokerConsumer(BrokerChannel channel, int prefetch, Action<BrokerDelivery> receive) => (_channel, _prefetch, _receive) = (channel, prefetch, receive);

    /// <summary>Its queue, from the moment at which the broker knows of it.</summary>
    internal BrokerQueue? Queue { get; set; }

    /// <summary>Messages that it holds without having acknowledged them.</summary>
    internal int Held { get; set; }

    internal bool HasCredit => Held < _prefetch;

    /// <summary>Asks for no more messages. What it holds it keeps, and may still acknowledge, while somebody else gets the rest.</summary>
    public void Cancel() => _channel.ToBroker(() =>
    {
        Queue?.Remove(this);
        Queue?.Deliver();
    });

    internal void Take(StoredMessage stored)
    {
        bool isRedelivered = stored.Deliveries++ > 0;
        Held++;
        ulong tag = _channel.Hold(stored, this);
        _channel.ToClient(() => _receive(new BrokerDelivery(tag, stored.Message, isRedelivered)));
    }
}
