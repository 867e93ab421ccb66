using Fed.Actors.Kernel;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;

namespace Fed.Actors.Shell;

/// <summary>What a node's door gets: a peer's message, or a command from the process itself.</summary>
internal abstract record NodeMessage<TCommand>
{
    /// <summary>As it came from the transport.</summary>
    public sealed record Incoming(NodeAddress From, object Message) : NodeMessage<TCommand>;

    /// <summary>From this process, past all checks.</summary>
    public sealed record Local(TCommand Command) : NodeMessage<TCommand>;
}

/// <summary>The parts of a node that differ by role.</summary>
/// <param name="Self">The node's address.</param>
/// <param name="Job">The job that it works for.</param>
/// <param name="Decider">Makes the event-sourced actor and what checks that comes in, given the courier.</param>
/// <param name="AfterRecovery">The first command after recovery, or null.</param>
/// <param name="Registration">The node's place on the transport, given up when it stops.</param>
internal sealed record NodeRole<TCommand>(
    NodeAddress Self,
    JobId Job,
    Func<IActorRef<CourierMessage>, (Props<TCommand> Decider, Func<NodeAddress, ProtocolMessage, Admission<TCommand>> Admit)> Decider,
    TCommand? AfterRecovery,
    Registration Registration)
    where TCommand : class;

/// <summary>
/// A node: its door, with the decider and the courier as children. The door checks job, sender and signatures and turns what may come in into commands; the rest is
/// refused and counted, and nothing a peer sends can do more than that. A decider that fails (a journal that cannot be written or read) is stopped, never
/// restarted into doubt, and reported as a fault of the node.
/// </summary>
internal sealed class NodeActor<TCommand>(NodeRole<TCommand> role, NodeServices services) : Actor<NodeMessage<TCommand>>
    where TCommand : class
{
    private IActorRef<TCommand>? _decider;
    private Func<NodeAddress, ProtocolMessage, Admission<TCommand>>? _admit;

    /// <summary>Supervises a node's children: whichever fails is stopped, and the node reports a fault, since neither a decider in doubt nor a courier without its obligations may go on.</summary>
    public static Props<NodeMessage<TCommand>> Props(NodeRole<TCommand> role, NodeServices services)
    {
        Directive stop(Exception cause)
        {
            services.Observer.Fault(role.Self, cause);
            return Directive.Stop;
        }

        return Kernel.Props.Create(() => new NodeActor<TCommand>(role, services)).WithSupervisor(SupervisorStrategy.OneForOne(stop));
    }

    protected override void PreStart()
    {
        IActorRef<CourierMessage> courier = Context.Spawn(Kernel.Props.Create(() => new Courier(role.Self, services.Transport)), "courier");
        (Props<TCommand> decider, _admit) = role.Decider(courier);
        _decider = Context.Spawn(decider, "decider");
        if (role.AfterRecovery is { } first) _decider.Tell(first);
    }

    protected override void PostStop() => role.Registration.Dispose();

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
            return Check(incoming);
        }
        catch (Exception e)
        {
            return Admission<TCommand>.Refuse($"a message from {incoming.From} that could not be checked: {e.Message}");
        }
    }

    private Admission<TCommand> Check(NodeMessage<TCommand>.Incoming incoming) => incoming.Message switch
    {
        ProtocolMessage message when message.Job == role.Job => _admit!(incoming.From, message),
        ProtocolMessage message => Admission<TCommand>.Refuse($"a message of job '{message.Job}' from {incoming.From}"),
        _ => Admission<TCommand>.Refuse($"a message of unknown type from {incoming.From}"),
    };
}

/// <summary>
/// A node's place on the transport. It is taken as soon as the node is spawned, so that a message that comes before the node's first turn waits in its mailbox.
/// </summary>
internal sealed class Registration : IDisposable
{
    private IDisposable? _held;

    public void Hold(IDisposable registration) => _held = registration;

    public void Dispose() => Interlocked.Exchange(ref _held, null)?.Dispose();
}
