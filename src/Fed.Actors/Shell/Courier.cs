using Fed.Actors.Kernel;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>What a node's courier is told.</summary>
internal abstract record CourierMessage
{
    /// <summary>Send once.</summary>
    public sealed record Send(NodeAddress To, ProtocolMessage Message) : CourierMessage;

    /// <summary>Send now and again at an interval until ended; the message is made anew each time.</summary>
    public sealed record Deliver(string Id, NodeAddress To, Func<ProtocolMessage> Message, TimeSpan Interval) : CourierMessage;

    /// <summary>End the deliveries with this id, or below it.</summary>
    public sealed record End(string Id) : CourierMessage;

    /// <summary>An interval is over.</summary>
    public sealed record Again(string Id) : CourierMessage;
}

/// <summary>
/// Carries a node's messages out, and repeats what has not been answered: the transport may lose anything. Holds nothing that the node's journal could not restore.
/// Supervised by its node, which reports a fault when it fails.
/// </summary>
internal sealed class Courier(Origin self, Switchboard switchboard) : Actor<CourierMessage>
{
    private readonly SortedDictionary<string, CourierMessage.Deliver> _owed = new(StringComparer.Ordinal);

    protected override void Receive(CourierMessage message)
    {
        switch (message)
        {
            case CourierMessage.Send send:
                switchboard.Send(self, send.To, send.Message);
                break;
            case CourierMessage.Deliver deliver:
                _owed[deliver.Id] = deliver;
                SendNow(deliver);
                break;
            case CourierMessage.Again again when _owed.TryGetValue(again.Id, out CourierMessage.Deliver? owed):
                SendNow(owed);
                break;
            case CourierMessage.End end:
                End(end.Id);
                break;
        }
    }

    private void SendNow(CourierMessage.Deliver deliver)
    {
        switchboard.Send(self, deliver.To, deliver.Message());
        Context.Timers.StartSingle(deliver.Id, new CourierMessage.Again(deliver.Id), deliver.Interval);
    }

    private void End(string id)
    {
        string below = id + "/";
        foreach (string key in _owed.Keys.Where(key => key == id || key.StartsWith(below, StringComparison.Ordinal)).ToArray())
        {
            _owed.Remove(key);
            Context.Timers.Cancel(key);
        }
    }
}
