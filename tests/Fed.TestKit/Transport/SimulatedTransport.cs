using Fed.Actors.Ports;

namespace Fed.TestKit.Transport;

/// <summary>
/// A network that loses, delays, doubles and reorders by the seed, and is cut one way or both. Messages of a pair keep their order unless reordering is asked for. A cut stops
/// messages that are on their way too.
/// </summary>
public sealed class SimulatedTransport(ISimulation simulation) : ITransport
{
    private readonly Dictionary<NodeAddress, List<Action<Origin, object>>> _receivers = [];   // the newest last
    private readonly Dictionary<(NodeAddress From, NodeAddress To), DateTimeOffset> _lastDue = [];
    private readonly HashSet<(NodeAddress From, NodeAddress To)> _cuts = [];

    /// <summary>What may happen to messages.</summary>
    public LinkFaults Faults { get; set; } = LinkFaults.None;

    /// <summary>Hears of each fault that strikes a message: the kind, sender, receiver and message.</summary>
    public Action<FaultKind, NodeAddress, NodeAddress, object>? Struck { get; set; }

    /// <summary>Messages handed in.</summary>
    public long Sent { get; private set; }

    /// <summary>Messages handed out, doubles included.</summary>
    public long Delivered { get; private set; }

    /// <inheritdoc/>
    public void Send(Origin from, NodeAddress to, object message)
    {
        Sent++;
        if (IsCut(from.Address, to)) return;
        if (simulation.Chance(Faults.LossPermille))
        {
            Struck?.Invoke(FaultKind.Loss, from.Address, to, message);
            return;
        }

        Carry(from, to, message);
        if (!simulation.Chance(Faults.DuplicatePermille)) return;
        Struck?.Invoke(FaultKind.Duplication, from.Address, to, message);
        Carry(from, to, message);
    }

    /// <inheritdoc/>
    public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
    {
        if (!_receivers.TryGetValue(address, out List<Action<Origin, object>>? registered)) _receivers[address] = registered = [];
        registered.Add(receive);
        return new Registration(() => registered.Remove(receive));
    }

    /// <summary>Stops messages in one direction.</summary>
    public void Cut(NodeAddress from, NodeAddress to) => _cuts.Add((from, to));

    /// <summary>Lets messages pass again in one direction.</summary>
    public void Heal(NodeAddress from, NodeAddress to) => _cuts.Remove((from, to));

    /// <summary>Ends all cuts.</summary>
    public void HealAll() => _cuts.Clear();

    /// <summary>True when messages in this direction are stopped.</summary>
    public bool IsCut(NodeAddress from, NodeAddress to) => _cuts.Contains((from, to));

    private void Carry(Origin from, NodeAddress to, object message)
    {
        TimeSpan delay = simulation.Delay(Faults.DelayMax);
        if (delay > LinkFaults.LongDelay) Struck?.Invoke(FaultKind.Delay, from.Address, to, message);
        DateTimeOffset due = simulation.Now + delay;
        bool wouldOvertake = _lastDue.TryGetValue((from.Address, to), out DateTimeOffset last) && last > due;
        if (!simulation.Chance(Faults.ReorderPermille)) _lastDue[(from.Address, to)] = due = wouldOvertake ? last : due;
        else if (wouldOvertake) Struck?.Invoke(FaultKind.Reordering, from.Address, to, message);
        simulation.Schedule(due - simulation.Now, () =>
        {
            if (IsCut(from.Address, to) || !_receivers.TryGetValue(to, out List<Action<Origin, object>>? registered) || registered.Count == 0) return;
            Delivered++;
            registered[^1](from, message);
        });
    }

    private sealed class Registration(Action undo) : IDisposable
    {
        public void Dispose() => undo();
    }
}
