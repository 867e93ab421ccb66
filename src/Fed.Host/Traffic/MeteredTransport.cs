using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Host.Traffic;

/// <summary>Counts the messages between sites and servers on their way.</summary>
internal sealed class MeteredTransport(ITransport inner, TrafficMeter meter) : ITransport
{
    /// <inheritdoc/>
    public void Send(Origin from, NodeAddress to, object message)
    {
        if (message is ProtocolMessage known)
        {
            if (MeteredBulk.SiteOf(from.Address) is { } sender) meter.Message(sender, isUp: true, known);
            else if (MeteredBulk.SiteOf(to) is { } receiver) meter.Message(receiver, isUp: false, known);
        }

        inner.Send(from, to, message);
    }

    /// <inheritdoc/>
    public IDisposable Register(NodeAddress address, Action<Origin, object> receive) => inner.Register(address, receive);
}
