using System.Collections.Concurrent;

namespace Fed.Cluster.Messaging;

/// <summary>Messages between nodes that live in one process: a look-up and a call. A message to an address that nobody has registered is lost, as it would be on a wire.</summary>
public sealed class InProcessTransport : ITransport
{
    private readonly ConcurrentDictionary<NodeAddress, Action<Origin, object>> _receivers = [];

    /// <inheritdoc/>
    public void Send(Origin from, NodeAddress to, object message)
    {
        if (_receivers.TryGetValue(to, out Action<Origin, object>? receive)) receive(from, message);
    }

    /// <inheritdoc/>
    public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
    {
        _receivers[address] = receive;
        return new Registration(() => _receivers.TryRemove(new KeyValuePair<NodeAddress, Action<Origin, object>>(address, receive)));
    }
}
