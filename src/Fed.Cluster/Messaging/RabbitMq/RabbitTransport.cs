using Fed.Actors.Protocol;
using Fed.Cluster.Messaging.Envelopes;

namespace Fed.Cluster.Messaging.RabbitMq;

/// <summary>
/// Control messages over RabbitMQ 3.10 or newer, in sealed envelopes. The queue of an address is consumed while somebody here is registered for it; of several processes that are, the broker picks one, which is routing and not leadership.
/// A message to an address that nobody consumes waits there and comes late. Thread-safe.
/// </summary>
public sealed class RabbitTransport : ITransport, IDisposable
{
    private readonly RabbitNode _node;
    private readonly PublisherLane _publisher;
    private readonly IDisposable _publishing;
    private readonly Lock _gate = new();
    private readonly Dictionary<NodeAddress, Mailbox> _mailboxes = [];

    /// <summary>Begins to publish.</summary>
    /// <param name="node">The node's connection; owned by the caller.</param>
    public RabbitTransport(RabbitNode node)
    {
        _node = node;
        _publisher = new PublisherLane(RabbitNames.ExchangeOf(node.Identity.Role), node.Options.Window, node.Options.WaitingMax, node.Counters);
        _publishing = node.Serve(_publisher);
    }

    /// <summary>Messages that wait for the broker.</summary>
    public int WaitingCount => _publisher.WaitingCount;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">It is no protocol message, or the node may not speak for the sender.</exception>
    public void Send(Origin from, NodeAddress to, object message)
    {
        if (message is not ProtocolMessage said) throw new ArgumentException($"{message.GetType().Name} is no protocol message", nameof(message));
        if (!_node.Identity.MayBe(from.Address)) throw new ArgumentException($"{_node.Identity} does not speak for {from.Address}", nameof(from));
        string key = RabbitNames.KeyOf(_node.Identity.Name, RabbitNames.Inbox(to));
        _publisher.Send(new Outgoing(key, () => _node.Sealer.Seal(said.Job, from, to, MessageContent.Of(said))));
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The node may not stand for the address.</exception>
    public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
    {
        if (!_node.Identity.MayBe(address)) throw new ArgumentException($"{_node.Identity} does not stand for {address}", nameof(address));
        lock (_gate)
        {
            if (!_mailboxes.TryGetValue(address, out Mailbox? mailbox)) _mailboxes[address] = mailbox = Open(address);
            mailbox.Receivers = mailbox.Receivers.Insert(0, receive);
        }

        return new Registration(() => Remove(address, receive));
    }

    /// <summary>Stops publishing and consuming.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (Mailbox mailbox in _mailboxes.Values) mailbox.Consuming.Dispose();
            _mailboxes.Clear();
        }

        _publishing.Dispose();
    }

    private Mailbox Open(NodeAddress address)
    {
        Mailbox mailbox = new();
        mailbox.Consuming = _node.Serve(new ConsumerLane(RabbitNames.Inbox(address), _node.Options.Prefetch, WireLane.Control, frame => Take(address, mailbox, frame), _node.Counters));
        return mailbox;
    }

    private void Take(NodeAddress address, Mailbox mailbox, ReadOnlyMemory<byte> frame)
    {
        if (_node.Open(frame, address) is not { } opened || _node.Counted(address.Value, () => MessageContent.Read(opened)) is not { } message) return;
        ImmutableList<Action<Origin, object>> receivers = mailbox.Receivers;
        if (receivers.IsEmpty) return;   // it was given up meanwhile: lost, as on a wire
        _node.Counters.Taken();
        receivers[0](opened.Header.Sender, message);
    }

    private void Remove(NodeAddress address, Action<Origin, object> receive)
    {
        lock (_gate)
        {
            if (!_mailboxes.TryGetValue(address, out Mailbox? mailbox)) return;
            mailbox.Receivers = mailbox.Receivers.Remove(receive);
            if (!mailbox.Receivers.IsEmpty) return;
            _mailboxes.Remove(address);
            mailbox.Consuming.Dispose();
        }
    }

    /// <summary>Who is registered for an address, the newest first, and the consumer.</summary>
    private sealed class Mailbox
    {
        private volatile ImmutableList<Action<Origin, object>> _receivers = [];

        public ImmutableList<Action<Origin, object>> Receivers { get => _receivers; set => _receivers = value; }

        public IDisposable Consuming { get; set; } = null!;
    }
}
