namespace Fed.TestKit.Transport.Broker;

/// <summary>
/// A message broker as RabbitMQ is one, with what it does not promise: at-least-once delivery with redeliveries, messages that come back behind newer ones, unroutable messages that are confirmed,
/// consumers that go on working on what was handed to somebody else. One topic exchange, durable queues, publisher confirms. Everything happens in steps of the simulation.
/// </summary>
/// <example>
/// <code>
/// BrokerModel broker = new(simulation);
/// BrokerChannel channel = broker.Connect()!.OpenChannel();
/// channel.Declare("work", new BrokerQueueOptions { IsSingleActive = true });
/// channel.Bind("work", "work.#");
/// channel.Consume("work", prefetch: 10, delivery => channel.Ack(delivery.Tag));
/// channel.Publish(new BrokerMessage("work.now", "hello"), outcome => ...);
/// simulation.Run();
/// </code>
/// </example>
public sealed class BrokerModel(ISimulation simulation)
{
    private readonly SortedDictionary<string, BrokerQueue> _queues = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedSet<string>> _exact = new(StringComparer.Ordinal), _patterns = new(StringComparer.Ordinal);   // bound queues by key
    private readonly List<BrokerConnection> _connections = [];
    private int _starts;

    /// <summary>How long things take.</summary>
    public BrokerTimings Timings { get; set; } = BrokerTimings.Default;

    /// <summary>False while it restarts.</summary>
    public bool IsUp { get; private set; } = true;

    /// <summary>Hears of each <see cref="FaultKind.Requeue"/>, <see cref="FaultKind.HandOver"/> and <see cref="FaultKind.Unroutable"/>, with the message that it struck; null for a hand-over.</summary>
    public Action<FaultKind, BrokerMessage?>? Struck { get; set; }

    /// <summary>Messages published for which no queue was bound.</summary>
    public long Unroutable { get; private set; }

    /// <summary>Messages that queues dropped: too many, or come back too often.</summary>
    public long Dropped => _queues.Values.Sum(static queue => queue.Dropped);

    /// <summary>Messages that wait in all queues.</summary>
    public int Waiting => _queues.Values.Sum(static queue => queue.Ready);

    internal ISimulation Simulation => simulation;

    /// <summary>Connects; null while the broker is down.</summary>
    public BrokerConnection? Connect()
    {
        if (!IsUp) return null;
        BrokerConnection connection = new(this);
        _connections.Add(connection);
        return connection;
    }

    /// <summary>Stops the broker and starts it again: all connections are lost, transient messages are gone, persistent ones that were not confirmed may be.</summary>
    /// <param name="outage">How long it is down.</param>
    public void Restart(TimeSpan outage)
    {
        IsUp = false;
        int start = ++_starts;
        foreach (BrokerQueue queue in _queues.Values) queue.Stop();
        foreach (BrokerConnection connection in _connections.ToArray())
        {
            connection.EndAtBroker();
            connection.EndAtClient("the broker has stopped");
        }

        foreach (BrokerQueue queue in _queues.Values) queue.Restart(() => simulation.Below(2) == 0);
        simulation.Schedule(outage, () => IsUp |= start == _starts);   // one that was stopped again meanwhile stays down for the later outage
    }

    /// <summary>Takes a queue's bindings away, as somebody who tidies up too much does: until they are back, or its consumer binds it again, what is published for it is gone.</summary>
    /// <param name="queue">Which queue; nothing happens where there is none.</param>
    /// <param name="outage">How long.</param>
    public void Unbind(string queue, TimeSpan outage)
    {
        if (!_queues.ContainsKey(queue)) return;
        foreach (SortedDictionary<string, SortedSet<string>> bindings in new[] { _exact, _patterns })
        {
            foreach ((string key, SortedSet<string> bound) in bindings)
            {
                if (bound.Remove(queue)) simulation.Schedule(outage, () => TryBind(queue, key));
            }
        }
    }

    internal BrokerQueue? Find(string queue) => _queues.GetValueOrDefault(queue);

    internal bool TryDeclare(string queue, BrokerQueueOptions options)
    {
        if (!_queues.TryGetValue(queue, out BrokerQueue? known)) _queues.Add(queue, known = new BrokerQueue(options, (kind, message) => Struck?.Invoke(kind, message)));
        return known.Options == options;
    }

    internal bool TryBind(string queue, string pattern)
    {
        if (!_queues.ContainsKey(queue)) return false;
        SortedDictionary<string, SortedSet<string>> bindings = pattern.AsSpan().ContainsAny('*', '#') ? _patterns : _exact;
        if (!bindings.TryGetValue(pattern, out SortedSet<string>? bound)) bindings.Add(pattern, bound = new SortedSet<string>(StringComparer.Ordinal));
        bound.Add(queue);
        return true;
    }

    /// <summary>Routes a message and says what its publisher is told.</summary>
    internal void Publish(BrokerMessage message, Action<PublishOutcome> answer)
    {
        string[] queues = [.. Routed(message.RoutingKey)];
        if (queues.Length == 0)
        {
            Unroutable++;
            Struck?.Invoke(FaultKind.Unroutable, message);
            answer(message.IsMandatory ? PublishOutcome.Returned : PublishOutcome.Confirmed);
            return;
        }

        StoredMessage?[] stored = [.. queues.Select(queue => _queues[queue].Offer(message))];
        PublishOutcome outcome = stored.Contains(null) ? PublishOutcome.Rejected : PublishOutcome.Confirmed;
        TimeSpan sync = message.IsPersistent ? simulation.Delay(Timings.SyncMax) : TimeSpan.Zero;
        if (sync == TimeSpan.Zero) Synced();
        else simulation.Schedule(sync, Synced);

        void Synced()
        {
            foreach (StoredMessage? one in stored) one?.IsSynced = true;
            answer(outcome);
        }
    }

    internal void Forget(BrokerConnection connection) => _connections.Remove(connection);

    /// <summary>The queues that a key leads to, each once.</summary>
    private IEnumerable<string> Routed(string key) =>
        _patterns.Where(binding => RoutingPattern.Fits(binding.Key, key)).SelectMany(static binding => binding.Value)
            .Union(_exact.TryGetValue(key, out SortedSet<string>? bound) ? bound : [], StringComparer.Ordinal);
}
