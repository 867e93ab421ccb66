using Fed.Actors.Ports;
using Fed.TestKit.Transport.Broker;

namespace Fed.TestKit.Transport;

/// <summary>
/// A process's transport over a broker: one connection, and a queue for each address that somebody registered, with a single active consumer. A message is acknowledged as soon as its receiver took it;
/// one for an address that nobody ever registered is returned and lost; one for an address whose process is away waits, and comes late. A lost connection is made again.
/// </summary>
/// <param name="broker">The broker.</param>
/// <param name="process">The process whose transport it is: while it stands still nothing is reconnected.</param>
public sealed class BrokerTransport(BrokerModel broker, ISimulation process) : ITransport
{
    private readonly SortedDictionary<NodeAddress, List<Mailbox>> _mailboxes = [];   // the newest last; it alone is open
    private BrokerChannel? _channel;
    private bool _isAbandoned, _isConnecting;

    /// <summary>How the queues are declared; the same in all processes.</summary>
    public BrokerQueueOptions Queues { get; init; } = new() { IsSingleActive = true };

    /// <summary>Messages that may be on their way to a receiver or behind it without an acknowledgement.</summary>
    public int Prefetch { get; init; } = 16;

    /// <summary>Time between two tries to connect.</summary>
    public TimeSpan ReconnectAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>False while the process cannot reach the broker; asked at each try to connect.</summary>
    public Func<bool> CanConnect { get; init; } = static () => true;

    /// <summary>The present connection, to be blocked, put to sleep or killed; null while there is none.</summary>
    public BrokerConnection? Connection { get; private set; }

    /// <summary>Hears of each message that was handed to somebody before (<see cref="FaultKind.Redelivery"/>).</summary>
    public Action<object>? Redelivering { get; init; }

    /// <summary>Messages handed out, redelivered ones included.</summary>
    public long Delivered { get; private set; }

    /// <summary>Of these, messages that somebody had been handed before.</summary>
    public long Redelivered { get; private set; }

    /// <inheritdoc/>
    /// <remarks>Persistent and mandatory. Nobody waits for the confirm: whoever owes the message sends it again.</remarks>
    public void Send(Origin from, NodeAddress to, object message)
    {
        Connect();
        _channel?.Publish(new BrokerMessage(to.Value, new Parcel(from, message)) { IsMandatory = true });
    }

    /// <inheritdoc/>
    public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
    {
        Connect();
        if (!_mailboxes.TryGetValue(address, out List<Mailbox>? registered)) _mailboxes[address] = registered = [];
        if (registered.Count > 0) registered[^1].Close();
        Mailbox mailbox = new(this, address, receive);
        registered.Add(mailbox);
        if (_channel is { } channel) mailbox.Open(channel);
        return mailbox;
    }

    /// <summary>The process is gone: its connection ends, and nothing of this transport happens any more.</summary>
    public void Abandon()
    {
        _isAbandoned = true;
        Connection?.Abandon();
        (Connection, _channel) = (null, null);
    }

    /// <summary>What a message carries that a transport of this kind has published.</summary>
    internal static object MessageOf(BrokerMessage published) => ((Parcel)published.Body).Message;

    private void Connect()
    {
        if (_isAbandoned || _isConnecting || Connection is not null) return;
        if (!CanConnect() || broker.Connect() is not { } connection)
        {
            ConnectLater();
            return;
        }

        Connection = connection;
        BrokerChannel channel = _channel = connection.OpenChannel();
        connection.Closed = _ => Lost(connection);
        channel.Closed = _ => Lost(connection);
        foreach (List<Mailbox> registered in _mailboxes.Values)
        {
            if (registered.Count > 0) registered[^1].Open(channel);
        }
    }

    /// <summary>The connection has ended, or the broker ended the channel, after which the connection is of no use.</summary>
    private void Lost(BrokerConnection connection)
    {
        if (!ReferenceEquals(connection, Connection)) return;
        (Connection, _channel) = (null, null);
        connection.Closed = null;
        connection.Close();
        ConnectLater();
    }

    private void ConnectLater()
    {
        _isConnecting = true;
        process.Schedule(ReconnectAfter, () =>
        {
            _isConnecting = false;
            Connect();
        });
    }

    private sealed record Parcel(Origin From, object Message);

    private sealed class Mailbox(BrokerTransport transport, NodeAddress address, Action<Origin, object> receive) : IDisposable
    {
        private BrokerConsumer? _consumer;
        private bool _isClosed;

        public void Open(BrokerChannel channel)
        {
            _isClosed = false;
            channel.Declare(address.Value, transport.Queues);
            channel.Bind(address.Value, address.Value);
            _consumer = channel.Consume(address.Value, transport.Prefetch, delivery => Receive(channel, delivery));
        }

        public void Close()
        {
            _isClosed = true;
            _consumer?.Cancel();
        }

        public void Dispose()
        {
            List<Mailbox> registered = transport._mailboxes[address];
            bool wasNewest = registered.Count > 0 && ReferenceEquals(registered[^1], this);
            Close();
            registered.Remove(this);
            if (wasNewest && registered.Count > 0 && transport._channel is { } channel) registered[^1].Open(channel);
        }

        private void Receive(BrokerChannel channel, BrokerDelivery delivery)
        {
            if (_isClosed)
            {
                channel.Nack(delivery.Tag, requeue: true);   // it was on its way when the consumer was cancelled
                return;
            }

            transport.Delivered++;
            Parcel parcel = (Parcel)delivery.Message.Body;
            if (delivery.IsRedelivered)
            {
                transport.Redelivered++;
                transport.Redelivering?.Invoke(parcel.Message);
            }

            receive(parcel.From, parcel.Message);
            channel.Ack(delivery.Tag);
        }
    }
}
