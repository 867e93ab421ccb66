using Fed.Actors.Kernel;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;

namespace Fed.Actors.Shell;

/// <summary>The world of a job actor: it only talks and waits.</summary>
internal sealed class JobShell(NodeServices services, IActorRef<CourierMessage> courier)
    : EffectShell<JobCommand>(NodeAddress.Job, services, courier, static id => new JobCommand.TimerDue(id))
{
    protected override void StartWork(WorkItem item, Persistence.EffectContext<JobCommand> context) =>
        throw new InvalidOperationException($"a job does no work such as {item.Id}");

    /// <summary>Who may tell a job what.</summary>
    public static Admission<JobCommand> Admit(NodeAddress from, ProtocolMessage message) => message switch
    {
        ProtocolMessage.PlanAnswer answer when from == NodeAddress.Silo(answer.Silo.Value)
            => Admission<JobCommand>.Accept(new JobCommand.PlanAnswered(answer.Silo, answer.Hash, answer.Refusal)),
        ProtocolMessage.PlanAdopted adopted when from == NodeAddress.Coordinator => Admission<JobCommand>.Accept(new JobCommand.PlanAdopted(adopted.Hash)),
        ProtocolMessage.RoundReport report when from == NodeAddress.Coordinator => Admission<JobCommand>.Accept(new JobCommand.RoundReported(report.Round, report.Outcome)),
        _ => Admission<JobCommand>.Unexpected(from, message),
    };
}
