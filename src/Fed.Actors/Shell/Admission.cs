using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>What becomes of an incoming message: a command, or the reason why it is refused; neither where it is merely noted.</summary>
internal readonly record struct Admission<TCommand>(TCommand? Command, string? Refusal)
    where TCommand : class
{
    public static Admission<TCommand> Noted => default;

    public static Admission<TCommand> Accept(TCommand command) => new(command, null);

    public static Admission<TCommand> Refuse(string reason) => new(null, reason);

    /// <summary>The refusal of a message that this sender, or this node, has no business with.</summary>
    public static Admission<TCommand> Unexpected(NodeAddress from, ProtocolMessage message) => Refuse($"{message.GetType().Name} from {from} has no business here");
}
