namespace Fed.TestKit.Transport.Broker;

/// <summary>A queue: what waits, in order, and who consumes it. Messages that come back take their old place, so a consumer may see older messages after newer ones.</summary>
internal sealed class BrokerQueue(BrokerQueueOptions options, Action<FaultKind, BrokerMessage?> struck)
{
    private readonly SortedDictionary<long, StoredMessage> _ready = [];
    private readonly List<BrokerConsumer> _consumers = [];   // in the order in which they came: the first is the single active one
    private int _next;
    private long _positions;

    public BrokerQueueOptions Options => options;

    public int Ready => _ready.Count;

    /// <summary>Messages that overflow or the delivery limit took.</summary>
    public long Dropped { get; private set; }

    private bool IsTooLong => _ready.Count > (options.LengthMax ?? int.MaxValue);

    /// <summary>Takes a message; null where the queue is full and refuses.</summary>
    public StoredMessage? Offer(BrokerMessage message)
    {
        StoredMessage stored = new(_positions++, message);
        _ready.Add(stored.Position, stored);
        Deliver();
        if (!IsTooLong) return stored;
        Forget(stored);
        return null;
    }

    public void Add(BrokerConsumer consumer)
    {
        _consumers.Add(consumer);
        Deliver();
    }

    /// <summary>Takes a consumer off; <see cref="Deliver"/> then gives its turn to another.</summary>
    public void Remove(BrokerConsumer consumer)
    {
        if (options.IsSingleActive && _consumers.Count > 1 && ReferenceEquals(_consumers[0], consumer)) struck(FaultKind.HandOver, null);
        _consumers.Remove(consumer);
    }

    /// <summary>A message comes back: to its old place, or, once too often, nowhere.</summary>
    public void Requeue(StoredMessage stored)
    {
        if (stored.IsGone) return;
        struck(FaultKind.Requeue, stored.Message);
        _ready.Add(stored.Position, stored);
        if (stored.Deliveries > options.DeliveryLimit) Drop(stored);
    }

    /// <summary>Hands out what may be handed out, and drops what is too much.</summary>
    public void Deliver()
    {
        while (_ready.Count > 0 && Eligible() is { } consumer)
        {
            StoredMessage head = _ready.First().Value;
            _ready.Remove(head.Position);
            consumer.Take(head);
        }

        while (options.Overflow == BrokerOverflow.DropHead && IsTooLong) Drop(_ready.First().Value);
    }

    /// <summary>The broker stops: nobody gets anything any more.</summary>
    public void Stop() => _consumers.Clear();

    /// <summary>What a restart of the broker leaves: persistent messages, those that were not on the disk yet as <paramref name="isKept"/> says.</summary>
    public void Restart(Func<bool> isKept)
    {
        foreach (StoredMessage stored in _ready.Values.ToArray())
        {
            if (!stored.Message.IsPersistent || (!stored.IsSynced && !isKept())) Forget(stored);
        }
    }

    private BrokerConsumer? Eligible()
    {
        if (_consumers.Count == 0) return null;
        if (options.IsSingleActive) return _consumers[0].HasCredit ? _consumers[0] : null;
        for (int tried = 0; tried < _consumers.Count; tried++)
        {
            BrokerConsumer candidate = _consumers[_next++ % _consumers.Count];
            if (candidate.HasCredit) return candidate;
        }

        return null;
    }

    private void Drop(StoredMessage stored)
    {
        Dropped++;
        Forget(stored);
    }

    private void Forget(StoredMessage stored)
    {
        stored.IsGone = true;
        _ready.Remove(stored.Position);
    }
}
