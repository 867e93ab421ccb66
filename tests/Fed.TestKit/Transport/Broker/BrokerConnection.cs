namespace Fed.TestKit.Transport.Broker;

/// <summary>
/// A client's connection. Frames keep their order in each direction. While a direction is blocked its frames wait, as TCP would repeat them; a block that outlasts the heartbeat ends the connection
/// on both sides, and what waited is lost. A client that sleeps finds out when it wakes, behind the frames that had reached it before.
/// </summary>
public sealed class BrokerConnection
{
    private readonly BrokerModel _broker;
    private readonly List<BrokerChannel> _channels = [];
    private readonly BrokerWire _toBroker, _toClient;
    private bool _isOpenAtBroker = true, _isAsleep;
    private int _blocks;

    internal BrokerConnection(BrokerModel broker)
    {
        _broker = broker;
        _toBroker = new BrokerWire(broker, () => _isOpenAtBroker);
        _toClient = new BrokerWire(broker, () => IsOpen);
    }

    /// <summary>Hears once why the connection ended, if it was not by its own <see cref="Close"/>.</summary>
    public Action<string>? Closed { get; set; }

    /// <summary>False after its end, as far as the client knows.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>Opens a channel.</summary>
    /// <exception cref="InvalidOperationException">The connection has ended.</exception>
    public BrokerChannel OpenChannel()
    {
        if (!IsOpen) throw new InvalidOperationException("the connection to the broker has ended; make another one");
        BrokerChannel channel = new(_broker, this);
        _channels.Add(channel);
        return channel;
    }

    /// <summary>Ends the connection in order: everything sent before arrives first.</summary>
    public void Close()
    {
        if (!IsOpen) return;
        ToBroker(EndAtBroker);
        EndAtClient(reason: null);
    }

    /// <summary>The connection is lost. What was on its way to the broker has reached it, or has not; what was on its way back is gone.</summary>
    public void Kill(string reason = "the connection was reset")
    {
        if (_isOpenAtBroker && _broker.Simulation.Below(2) == 0) ToBroker(EndAtBroker);
        else EndAtBroker();
        EndAtClient(reason);
    }

    /// <summary>The client's process is gone: as <see cref="Kill"/>, and nobody hears of it.</summary>
    public void Abandon()
    {
        Closed = null;
        foreach (BrokerChannel channel in _channels) channel.Closed = null;
        Kill();
    }

    /// <summary>Holds frames back, until <see cref="Unblock"/> or until the heartbeat gives the connection up.</summary>
    public void Block(BrokerDirections directions)
    {
        _toBroker.IsBlocked |= directions.HasFlag(BrokerDirections.ToBroker);
        _toClient.IsBlocked |= directions.HasFlag(BrokerDirections.ToClient);
        GiveUpUnlessUnblocked();
    }

    /// <summary>The client's process stands still: it sends nothing and sees nothing, and when it wakes it first sees what had come. The broker gives it up after the heartbeat.</summary>
    public void Sleep()
    {
        _isAsleep = true;
        Block(BrokerDirections.ToClient);
    }

    /// <summary>Lets frames pass again: first those that waited.</summary>
    public void Unblock()
    {
        _blocks++;
        _isAsleep = false;
        _toBroker.Release();
        _toClient.Release();
    }

    internal void ToBroker(Action frame)
    {
        if (IsOpen) _toBroker.Carry(frame);
    }

    internal void ToClient(Action frame)
    {
        if (_isOpenAtBroker) _toClient.Carry(frame);
    }

    /// <summary>The broker gives the connection up; what its channels hold goes back to the queues.</summary>
    internal void EndAtBroker()
    {
        if (!_isOpenAtBroker) return;
        foreach (BrokerChannel channel in _channels) channel.Leave();
        foreach (BrokerChannel channel in _channels) channel.GiveBack();
        ToClient(() => EndAtClient("the broker closed the connection"));
        _isOpenAtBroker = false;
        _broker.Forget(this);
    }

    internal void EndAtClient(string? reason)
    {
        if (!IsOpen) return;
        IsOpen = false;
        foreach (BrokerChannel channel in _channels) channel.EndAtClient(reason ?? "the connection was closed");
        if (reason is not null) Closed?.Invoke(reason);
    }

    private void GiveUpUnlessUnblocked()
    {
        int block = ++_blocks;
        _broker.Simulation.Schedule(_broker.Timings.Heartbeat, () =>
        {
            if (block != _blocks) return;
            EndAtBroker();
            if (!_isAsleep) EndAtClient("the broker was not heard of for too long");
        });
    }
}
