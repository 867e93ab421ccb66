using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.TestKit.Federation;

/// <summary>
/// The network as one process sees it: cut off while the process is, silent while it is paused, with every message shown to its job's checks when it is sent and traced when it arrives.
/// </summary>
internal sealed class WatchedTransport(ITransport network, SimulatedProcess process, SimulatedFederation federation) : ITransport
{
    public void Send(Origin from, NodeAddress to, object message)
    {
        if (message is ProtocolMessage sent) federation.Find(sent.Job)?.Checks.Sent(from, sent, process.Epochs);
        if (!IsCut(process.IsCutOutgoing) && federation.Leaving(process, from, to, message) is { } left) network.Send(from, to, federation.Wire?.Invoke(left) ?? left);
    }

    public IDisposable Register(NodeAddress address, Action<Origin, object> receive)
    {
        IDisposable registration = network.Register(address, Receiver(address, receive));
        process.Registrations.Add(registration);
        return registration;
    }

    private Action<Origin, object> Receiver(NodeAddress address, Action<Origin, object> receive) => (from, message) =>
    {
        if (IsCut(process.IsCutIncoming) || !process.IsUp) return;
        process.Deliver(() =>
        {
            federation.Trace.Line($"{from.Address} > {process.Name} {message.GetType().Name}");
            if (message is ProtocolMessage known && federation.Find(known.Job) is { } job) process.Epochs.Arrived(from, known, job.Checks.EpochKnown(address, from.Address));
            receive(from, message);
        });
    };

    /// <summary>A plain link loses what is sent while it is cut; with a broker frames wait in its connection.</summary>
    private bool IsCut(bool isCut) => isCut && process.Link is null;
}
