using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>What a node's door gets: a peer's message, or a command from the process itself.</summary>
internal abstract record NodeMessage<TCommand>
{
    /// <summary>As it came from the switchboard.</summary>
    public sealed record Incoming(Origin From, ProtocolMessage Message) : NodeMessage<TCommand>;

    /// <summary>From this process, past all checks.</summary>
    public sealed record Local(TCommand Command) : NodeMessage<TCommand>;
}

/// <summary>The parts of a node that differ by role.</summary>
/// <param name="Self">The node's address.</param>
/// <param name="Job">The job that it works for.</param>
/// <param name="Decider">Makes the event-sourced actor and what checks that comes in, given the courier.</param>
/// <param name="AfterRecovery">The first command after recovery, or null.</param>
internal sealed record NodeRole<TCommand>(
    NodeAddress Self,
    JobId Job,
    Func<IActorRef<CourierMessage>, (Props<TCommand> Decider, Func<NodeAddress, ProtocolMessage, Admission<TCommand>> Admit)> Decider,
    TCommand? AfterRecovery)
    where TCommand : class
{
    /// <summary>The node's place on the switchboard, given up when it stops.</summary>
    public NodePlace Place { get; } = new();

    /// <summary>A child of the host's own, or null.</summary>
    public Companion? Companion { get; init; }
}

/// <summary>
/// A node: its door, with the decider and the courier as children. The door checks sender and signatures and turns what may come in into commands; the rest is
/// refused and counted, and nothing a peer sends can do more than that. A decider that fails (a journal that cannot be written or read) is stopped, never
/// restarted into doubt, and reported: to whoever leads the role, which stands for election again, or as a fault of the node.
/// </summary>
internal sealed class NodeActor<TCommand>(NodeRole<TCommand> role, NodeServices services) : Actor<NodeMessage<TCommand>>
    where TCommand : class, IPeerCommand<TCommand>
{
    private IActorRef<TCommand>? _decider;
    private Func<NodeAddress, ProtocolMessage, Admission<TCommand>>? _admit;

    /// <summary>Supervises a node's children: whichever fails is stopped, and the node reports a fault, since neither a decider in doubt nor a courier without its obligations may go on.</summary>
    public static Props<NodeMessage<TCommand>> Props(NodeRole<TCommand> role, NodeServices services)
    {
        Directive stop(Exception cause)
        {
            if (services.Deposed is { } deposed && cause is AppendFailedException or RecoveryFailedException) deposed(cause);
            else services.Observer.Fault(role.Self, cause);
            return Directive.Stop;
        }

        return Kernel.Props.Create(() => new NodeActor<TCommand>(role, services)).WithMailbox(services.DoorCapacity).WithSupervisor(SupervisorStrategy.OneForOne(stop));
    }

    protected override void PreStart()
    {
        role.Companion?.Start(Context);
        IActorRef<CourierMessage> courier = Context.Spawn(Kernel.Props.Create(() => new Courier(new Origin(role.Self, services.Term.Epoch), services.Switchboard)), "courier");
        (Props<TCommand> decider, _admit) = role.Decider(courier);
        _decider = Context.Spawn(decider, "decider");
        if (role.AfterRecovery is { } first) _decider.Tell(first);
    }

    protected override void PostStop() => role.Place.Dispose();

    protected override void Receive(NodeMessage<TCommand> message)
    {
        switch (message)
        {
            case NodeMessage<TCommand>.Local local:
                _decider!.Tell(local.Command);
                break;
            case NodeMessage<TCommand>.Incoming incoming:
                Admission<TCommand> admission = CheckSafely(incoming);
                if (admission.Refusal is { } reason) services.Observer.Refused(role.Self, reason);
                if (admission.Command is { } command) _decider!.Tell(command);
                break;
        }
    }

    /// <summary>Nothing that a peer sends brings the door down: what cannot even be checked is refused.</summary>
    private Admission<TCommand> CheckSafely(NodeMessage<TCommand>.Incoming incoming)
    {
        try
        {
            Admission<TCommand> admission = _admit!(incoming.From.Address, incoming.Message);
            return admission.Command is { } command ? Admission<TCommand>.Accept(command.SentBy(incoming.From)) : admission;
        }
        catch (Exception e)
        {
            return Admission<TCommand>.Refuse($"a message from {incoming.From} that could not be checked: {e.Message}");
        }
    }
}
