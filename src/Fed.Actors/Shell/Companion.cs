using Fed.Actors.Kernel;

namespace Fed.Actors.Shell;

/// <summary>An actor of the host's own that lives and dies with a silo's node, as its child: what the silo's local computation leans on (a trainer's process) and somebody must supervise.</summary>
public abstract record Companion
{
    private protected Companion()
    {
    }

    /// <summary>Starts it below a node, on the node's turn.</summary>
    internal abstract void Start<TMessage>(ActorContext<TMessage> node);
}

/// <summary>A companion of some kind.</summary>
/// <param name="Name">Its name below the node.</param>
/// <param name="Props">Its recipe. Like every child of a node it is stopped when it fails, and the node reports a fault: it supervises what may fail below itself.</param>
/// <param name="Started">Told its reference at each start of the node, before the node does anything else.</param>
public sealed record Companion<TMessage>(string Name, Props<TMessage> Props, Action<IActorRef<TMessage>> Started) : Companion
{
    internal override void Start<TNode>(ActorContext<TNode> node) => Started(node.Spawn(Props, Name));
}
