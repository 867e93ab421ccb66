using Fed.Actors.Kernel;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.TestKit.Federation.Ceremony;

namespace Fed.TestKit.Federation;

/// <summary>Starts a role's node. Production's, unless a test overrides one of them, by <c>FederationNodes.StartX&lt;TDecider&gt;</c> with a decider of its own: a seeded bug.</summary>
internal class FederationRoles
{
    /// <summary>Production's nodes.</summary>
    public static FederationRoles Production { get; } = new();

    /// <summary>Rules that the local steps of a common key leave out.</summary>
    public ToyBugs Bugs { get; init; }

    public virtual (IActorRef Node, Action<JobCommand> Tell) StartJob(NodeServices services, JobId job) => FederationNodes.StartJob(services, job);

    public virtual IActorRef StartCoordinator(NodeServices services, JobId job, IServerProgram program) => FederationNodes.StartCoordinator(services, job, program);

    public virtual IActorRef StartAggregator(NodeServices services, JobId job, IInbox inbox, int? part) => FederationNodes.StartAggregator(services, job, inbox, part);

    public virtual IActorRef StartSilo(NodeServices services, JobId job, SiloId silo, ILocalComputation computation) => FederationNodes.StartSilo(services, job, silo, computation);
}
