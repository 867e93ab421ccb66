namespace Fed.Actors.Ports;

/// <summary>
/// Carries control messages between nodes, at most once, in order per pair on a healthy link, with no promise beyond: correctness rests on the journals and on
/// re-sending from state. Never blocks.
/// </summary>
public interface ITransport
{
    /// <summary>Sends a message with its sender's epoch. It may be lost, delayed or doubled.</summary>
    void Send(Origin from, NodeAddress to, object message);

    /// <summary>Registers the receiver of an address; the last registration that has not ended counts, while whoever registered before may still send. Called on any thread, so receivers only post.</summary>
    IDisposable Register(NodeAddress address, Action<Origin, object> receive);
}
