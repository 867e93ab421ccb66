using Fed.Actors.Ports;

namespace Fed.EndToEnd.Running;

/// <summary>Carries what it is told to, and nothing else. What to carry in place of a message is asked for each one, by one thread at a time; null loses it.</summary>
internal sealed class LossyTransport(ITransport inner, Func<NodeAddress, object, object?> carried) : ITransport
{
    private readonly Lock _gate = new();

    public void Send(Origin from, NodeAddress to, object message)
    {
        object? left;
        lock (_gate) left = carried(from.Address, message);
        if (left is not null) inner.Send(from, to, left);
    }

    public IDisposable Register(NodeAddress address, Action<Origin, object> receive) => inner.Register(address, receive);
}
