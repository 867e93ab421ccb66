namespace Fed.TestKit.Transport.Broker;

/// <summary>A conversation over a connection: publishes with their confirms, deliveries with their acknowledgements. It ends by itself when a rule is broken, and with its connection.</summary>
public sealed class BrokerChannel
{
    private readonly BrokerModel _broker;
    private readonly BrokerConnection _connection;
    private readonly SortedDictionary<ulong, (StoredMessage Message, BrokerConsumer Consumer, DateTimeOffset Since)> _held = [];
    private readonly SortedDictionary<ulong, Action<PublishOutcome>> _unconfirmed = [];
    private readonly List<BrokerConsumer> _consumers = [];
    private ulong _tags, _publishes;
    private bool _isOpenAtBroker = true, _isWatched;

    internal BrokerChannel(BrokerModel broker, BrokerConnection connection) => (_broker, _connection) = (broker, connection);

    /// <summary>Hears once why the channel ended, if it was not by its own <see cref="Close"/>.</summary>
    public Action<string>? Closed { get; set; }

    /// <summary>False after its end, as far as the client knows.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Declares a queue.</summary>
    public void Declare(string queue, BrokerQueueOptions options) => ToBroker(() =>
    {
        if (!_broker.TryDeclare(queue, options)) Fail($"PRECONDITION_FAILED - inequivalent arguments for queue '{queue}'");
    });

    /// <summary>Lets messages whose routing key fits a pattern (<c>*</c> for one word, <c>#</c> for any number) into a queue.</summary>
    public void Bind(string queue, string pattern) => ToBroker(() =>
    {
        if (!_broker.TryBind(queue, pattern)) Fail($"NOT_FOUND - no queue '{queue}'");
    });

    /// <summary>Publishes a message. The outcome is posted once.</summary>
    public void Publish(BrokerMessage message, Action<PublishOutcome>? done = null)
    {
        ulong number = ++_publishes;
        if (done is not null) _unconfirmed.Add(number, done);
        if (!IsOpen) _broker.Simulation.Schedule(TimeSpan.Zero, () => Answer(number, PublishOutcome.Unknown));
        ToBroker(() => _broker.Publish(message, outcome =>
        {
            if (done is not null) ToClient(() => Answer(number, outcome));
        }));
    }

    /// <summary>Starts a consumer; its callback runs for every message, after a cancellation too for those that were on their way.</summary>
    /// <param name="queue">Which queue.</param>
    /// <param name="prefetch">How many messages it may hold.</param>
    /// <param name="receive">Gets them.</param>
    public BrokerConsumer Consume(string queue, int prefetch, Action<BrokerDelivery> receive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(prefetch, 1);
        BrokerConsumer consumer = new(this, prefetch, receive);
        ToBroker(() =>
        {
            if (_broker.Find(queue) is not { } found)
            {
                Fail($"NOT_FOUND - no queue '{queue}'");
                return;
            }

            consumer.Queue = found;
            _consumers.Add(consumer);
            found.Add(consumer);
        });
        return consumer;
    }

    /// <summary>Says that a message is done with.</summary>
    public void Ack(ulong tag) => ToBroker(() => Settle(tag, static held => held.IsGone = true));

    /// <summary>Refuses a message: it goes back to its queue, or is dropped.</summary>
    public void Nack(ulong tag, bool requeue) => ToBroker(() => Settle(tag, held =>
    {
        if (requeue) _held[tag].Consumer.Queue!.Requeue(held);
        else held.IsGone = true;
    }));

    /// <summary>Ends the channel; what it holds goes back.</summary>
    public void Close()
    {
        ToBroker(EndAtBroker);
        IsOpen = false;
        GiveUp();
    }

    internal void ToBroker(Action frame)
    {
        if (!IsOpen) return;
        _connection.ToBroker(() =>
        {
            if (_isOpenAtBroker) frame();
        });
    }

    internal void ToClient(Action frame) => _connection.ToClient(() =>
    {
        if (IsOpen) frame();
    });

    internal ulong Hold(StoredMessage stored, BrokerConsumer consumer)
    {
        _held.Add(++_tags, (stored, consumer, _broker.Simulation.Now));
        Watch();
        return _tags;
    }

    /// <summary>The broker's side ends, in two steps, so that nothing that comes back is handed to consumers that end with it: first they leave.</summary>
    internal void Leave()
    {
        _isOpenAtBroker = false;
        foreach (BrokerConsumer consumer in _consumers) consumer.Queue!.Remove(consumer);
    }

    /// <summary>Then what they held goes back.</summary>
    internal void GiveBack()
    {
        foreach ((StoredMessage message, BrokerConsumer consumer, _) in _held.Values) consumer.Queue!.Requeue(message);
        _held.Clear();
        foreach (BrokerConsumer consumer in _consumers) consumer.Queue!.Deliver();
        _consumers.Clear();
    }

    /// <summary>The client's side ends: what was published without an answer stays unknown.</summary>
    internal void EndAtClient(string reason)
    {
        if (!IsOpen) return;
        IsOpen = false;
        GiveUp();
        Closed?.Invoke(reason);
    }

    private void EndAtBroker()
    {
        Leave();
        GiveBack();
    }

    private void GiveUp()
    {
        foreach (ulong number in _unconfirmed.Keys.ToArray()) Answer(number, PublishOutcome.Unknown);
    }

    private void Answer(ulong number, PublishOutcome outcome)
    {
        if (_unconfirmed.Remove(number, out Action<PublishOutcome>? done)) done(outcome);
    }

    private void Settle(ulong tag, Action<StoredMessage> settle)
    {
        if (!_held.TryGetValue(tag, out (StoredMessage Message, BrokerConsumer Consumer, DateTimeOffset Since) held))
        {
            Fail($"PRECONDITION_FAILED - unknown delivery tag {tag}");
            return;
        }

        settle(held.Message);
        _held.Remove(tag);
        held.Consumer.Held--;
        held.Consumer.Queue!.Deliver();
    }

    /// <summary>The broker ends the channel, and says why.</summary>
    private void Fail(string reason)
    {
        EndAtBroker();
        ToClient(() => EndAtClient(reason));
    }

    /// <summary>One check at a time, for the delivery that is held longest.</summary>
    private void Watch()
    {
        if (_isWatched || _broker.Timings.ConsumerTimeout is not { } limit) return;
        _isWatched = true;
        TimeSpan left = _held.First().Value.Since + limit - _broker.Simulation.Now;
        _broker.Simulation.Schedule(left, () =>
        {
            _isWatched = false;
            if (!_isOpenAtBroker || _held.Count == 0) return;
            if (_held.First().Value.Since + limit > _broker.Simulation.Now) Watch();
            else Fail("PRECONDITION_FAILED - delivery acknowledgement on channel timed out");
        });
    }
}
