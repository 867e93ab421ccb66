using Fed.Actors.Kernel;

namespace Fed.Host.Trainers;

/// <summary>
/// Stands below a silo's node before anybody knows which trainer the plan will name, if any: its first question starts the trainer's supervisor as a child, and the end of the job stops it. What the supervisor cannot mend is the node's
/// concern.
/// </summary>
/// <param name="supervisor">The recipe, once there is a question.</param>
internal sealed class TrainerStand(Func<Props<TrainerSupervisor.Message>> supervisor) : Actor<TrainerSupervisor.Message>
{
    private IActorRef<TrainerSupervisor.Message>? _child;

    /// <summary>The recipe.</summary>
    public static Props<TrainerSupervisor.Message> Props(Func<Props<TrainerSupervisor.Message>> supervisor) =>
        Fed.Actors.Kernel.Props.Create(() => new TrainerStand(supervisor)).WithSupervisor(SupervisorStrategy.OneForOne(static _ => Directive.Escalate));

    protected override void Receive(TrainerSupervisor.Message message)
    {
        if (message is TrainerSupervisor.Message.End)
        {
            if (_child is { } ending) Context.Stop(ending);
            _child = null;
        }
        else (_child ??= Context.Spawn(supervisor())).Tell(message);
    }
}
