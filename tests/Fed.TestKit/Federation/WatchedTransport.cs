using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.TestKit.Transport;

namespace Fed.TestKit.Federation;

/// <summary>The network as a node sees it, with every message shown to the checks when it is sent and traced when it arrives.</summary>
internal sealed class WatchedTransport(SimulatedTransport network, FederationChecks checks, FederationTrace trace) : ITransport
{
    public void Send(NodeAddress from, NodeAddress to, object message)
    {
        if (message is ProtocolMessage sent) checks.Sent(from, sent);
        network.Send(from, to, message);
    }

    public IDisposable Register(NodeAddress address, Action<NodeAddress, object> receive) => network.Register(address, (from, message) =>
    {
        trace.Line($"{from} > {address} {message.GetType().Name}");
        receive(from, message);
    });
}
