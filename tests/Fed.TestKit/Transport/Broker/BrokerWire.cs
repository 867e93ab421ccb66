namespace Fed.TestKit.Transport.Broker;

/// <summary>One direction of a connection: frames in order, each a step of the simulation; those that come while it is blocked wait.</summary>
internal sealed class BrokerWire(BrokerModel broker, Func<bool> isOpen)
{
    private readonly Queue<Action> _waiting = new();
    private DateTimeOffset _last;
    private bool _isReleasing;

    public bool IsBlocked { get; set; }

    public void Carry(Action frame)
    {
        DateTimeOffset due = broker.Simulation.Now + broker.Simulation.Delay(broker.Timings.WireMax);
        if (due < _last) due = _last;
        _last = due;
        broker.Simulation.Schedule(due - broker.Simulation.Now, () => Arrive(frame));
    }

    public void Release()
    {
        IsBlocked = false;
        if (_waiting.Count == 0 || _isReleasing) return;
        _isReleasing = true;
        broker.Simulation.Schedule(TimeSpan.Zero, () =>
        {
            _isReleasing = false;
            if (IsBlocked) return;
            if (_waiting.TryDequeue(out Action? frame) && isOpen()) frame();
            if (!IsBlocked) Release();
        });
    }

    private void Arrive(Action frame)
    {
        if (!isOpen()) return;
        if (IsBlocked || _waiting.Count > 0) _waiting.Enqueue(frame);
        else frame();
    }
}
