using Fed.Actors.Kernel;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>A message as it came from the transport.</summary>
internal sealed record Incoming(NodeAddress From, object Message);

/// <summary>What becomes of an incoming message: a command, or the reason why it is refused; neither where it is merely noted.</summary>
internal readonly record struct Admission<TCommand>(TCommand? Command, string? Refusal)
    where TCommand : class
{
    public static Admission<TCommand> Accept(TCommand command) => new(command, null);

    public static Admission<TCommand> Refuse(string reason) => new(null, reason);

    public static Admission<TCommand> Noted => default;
}

/// <summary>
/// A node's door: checks job, sender and signatures, and turns what may come in into commands. The rest is refused, counted and logged; nothing a peer sends can
/// do more than that.
/// </summary>
internal sealed class Ingress<TCommand>(
    NodeAddress self, JobId job, Func<NodeAddress, ProtocolMessage, Admission<TCommand>> admit, IActorRef<TCommand> decider, IFederationObserver observer) : Actor<Incoming>
    where TCommand : class
{
    protected override void Receive(Incoming incoming)
    {
        Admission<TCommand> admission = incoming.Message switch
        {
            ProtocolMessage message when message.Job == job => admit(incoming.From, message),
            ProtocolMessage message => Admission<TCommand>.Refuse($"a message of job '{message.Job}' from {incoming.From}"),
            _ => Admission<TCommand>.Refuse($"a message of unknown type from {incoming.From}"),
        };
        if (admission.Refusal is { } reason) observer.Refused(self, reason);
        if (admission.Command is { } command) decider.Tell(command);
    }

    /// <summary>The refusal of a message that this sender, or this node, has no business with.</summary>
    internal static Admission<TCommand> Unexpected(NodeAddress from, ProtocolMessage message) =>
        Admission<TCommand>.Refuse($"{message.GetType().Name} from {from} has no business here");
}
