using System.Collections.Concurrent;

namespace Fed.Cluster.Messaging;

/// <summary>Messages between nodes that live in one process: a look-up and a call. A message to an address that nobody has registered is lost, as it would be on a wire.</summary>
public sealed class InProcessTransport : ITransport
{
    private readonly ConcurrentDictionary<NodeAddress, ImmutableArray<Action<Origin, object>>> _receivers = [];   // the newest first

    /// <inheritdoc/>
    public void Send(Origin from, NodeAddress to, object message)
    {
        if (_receivers.TryGetValue(to, out ImmutableArray<Action<Origin, object>> registered) && !registered.IsEmpty) registered[0](from, message);
    }

    /// <inheritdoc/>
    public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
    {
        _receivers.AddOrUpdate(address, [receive], (_, others) => others.Insert(0, receive));
        return new Registration(() => _receivers.AddOrUpdate(address, [], (_, others) => others.Remove(receive)));
    }
}
