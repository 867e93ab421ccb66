using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;

namespace Fed.Actors.Shell;

/// <summary>Starts the nodes of a job on an actor system: each recovers from its journal and goes on where it was. Several jobs may run side by side, each with its own blobs and inbox.</summary>
public static class FederationNodes
{
    /// <summary>Persistence id of a job's own log.</summary>
    public static string JobLog(JobId job) => $"job/{job}";

    /// <summary>Persistence id of a job's rounds: the only truth about what is committed.</summary>
    public static string RoundLog(JobId job) => $"rounds/{job}";

    /// <summary>Persistence id of a job's collections.</summary>
    public static string AggregationLog(JobId job) => $"aggregation/{job}";

    /// <summary>Persistence id of a part's collections.</summary>
    public static string AggregationLog(JobId job, int part) => $"aggregation/{job}/{part}";

    /// <summary>Persistence id of a job at a site.</summary>
    public static string SiloLog(JobId job, SiloId silo) => $"silo/{job}/{silo}";

    /// <summary>Starts the job actor. Returns how to submit its plan, and to tell it what operators ask; submitting a job that exists changes nothing.</summary>
    public static (IActorRef Node, Action<JobCommand> Tell) StartJob(NodeServices services, JobId job) => StartJob<JobDecider>(services, job);

    /// <summary>Starts the round coordinator.</summary>
    public static IActorRef StartCoordinator(NodeServices services, JobId job, IServerProgram program) => StartCoordinator<RoundDecider>(services, job, program);

    /// <summary>Starts the aggregator.</summary>
    /// <param name="services">The node's world.</param>
    /// <param name="job">The job.</param>
    /// <param name="inbox">Where contributions, or partial sums, arrive.</param>
    /// <param name="part">The part whose aggregator it is; null for the aggregator proper.</param>
    public static IActorRef StartAggregator(NodeServices services, JobId job, IInbox inbox, int? part = null) => StartAggregator<AggregationDecider>(services, job, inbox, part);

    /// <summary>Starts a site's silo, and with it the actor that its computation leans on, where there is one.</summary>
    public static IActorRef StartSilo(NodeServices services, JobId job, SiloId silo, ILocalComputation computation, Companion? companion = null) =>
        StartSilo<SiloDecider>(services, job, silo, computation, companion);

    /// <summary>Starts a job actor with another decider than production's: a seeded bug that the checks of the simulation must find.</summary>
    internal static (IActorRef Node, Action<JobCommand> Tell) StartJob<TDecider>(NodeServices services, JobId job)
        where TDecider : IDecider<JobState, JobCommand, JobEvent, Effect>
    {
        IActorRef<NodeMessage<JobCommand>> node = Start<JobCommand>(services, new(
            NodeAddress.Job,
            job,
            courier =>
            {
                JobShell shell = new(services, courier);
                return (Host<TDecider, JobState, JobCommand, JobEvent>(services, NodeAddress.Job, JobLog(job), ProtocolSerializers.Job, shell, shell.Learn), shell.Admit);
            },
            null));
        return (node, command => node.Tell(new NodeMessage<JobCommand>.Local(command)));
    }

    /// <inheritdoc cref="StartJob{TDecider}"/>
    internal static IActorRef StartCoordinator<TDecider>(NodeServices services, JobId job, IServerProgram program)
        where TDecider : IDecider<RoundState, RoundCommand, RoundEvent, Effect> => Start<RoundCommand>(services, new(
        NodeAddress.Coordinator,
        job,
        courier =>
        {
            CoordinatorShell shell = new(services, courier, program, RoundLog(job));
            return (Host<TDecider, RoundState, RoundCommand, RoundEvent>(
                services, NodeAddress.Coordinator, RoundLog(job), ProtocolSerializers.Round, shell, shell.Learn), shell.Admit);
        },
        null));

    /// <inheritdoc cref="StartJob{TDecider}"/>
    internal static IActorRef StartAggregator<TDecider>(NodeServices services, JobId job, IInbox inbox, int? part = null)
        where TDecider : IDecider<AggregationState, AggregationCommand, AggregationEvent, Effect>
    {
        (NodeAddress self, string log) = part is { } number ? (NodeAddress.SubAggregator(number), AggregationLog(job, number)) : (NodeAddress.Aggregator, AggregationLog(job));
        return Start<AggregationCommand>(services, new(
            self,
            job,
            courier =>
            {
                AggregatorShell shell = new(services, courier, inbox, part);
                if (services.Term.IsContended) shell.ForgetReceived();
                return (Host<TDecider, AggregationState, AggregationCommand, AggregationEvent>(services, self, log, ProtocolSerializers.Aggregation, shell, null), shell.Admit);
            },
            new AggregationCommand.Resumed()));
    }

    /// <inheritdoc cref="StartJob{TDecider}"/>
    internal static IActorRef StartSilo<TDecider>(NodeServices services, JobId job, SiloId silo, ILocalComputation computation, Companion? companion = null)
        where TDecider : IDecider<SiloState, SiloCommand, SiloEvent, Effect> => Start<SiloCommand>(services, new(
        NodeAddress.Silo(silo.Value),
        job,
        courier =>
        {
            SiloShell shell = new(services, courier, silo, computation, SiloLog(job, silo));
            return (Host<TDecider, SiloState, SiloCommand, SiloEvent>(
                services, NodeAddress.Silo(silo.Value), SiloLog(job, silo), ProtocolSerializers.Silo, shell, shell.Learn), shell.Admit);
        },
        null) { Companion = companion });

    /// <summary>Stands for a role for which others stand too: whoever holds the lease leads, the others wait. Stopping the returned actor steps down and gives the lease back.</summary>
    /// <param name="system">Where the candidate lives.</param>
    /// <param name="options">For which role, under which name, by whose leases.</param>
    /// <param name="lead">Starts the role's nodes, one for each job, with the term that they work under and whom to tell that they are deposed; called at each leadership, on the candidate's turn.</param>
    public static IActorRef Stand(ActorSystem system, CandidateOptions options, Func<Term, Action<Exception>, ImmutableArray<IActorRef>> lead) =>
        Stand(system, options, leadership => lead(leadership.Term, leadership.Deposed));

    /// <summary>As <see cref="Stand(ActorSystem, CandidateOptions, Func{Term, Action{Exception}, ImmutableArray{IActorRef}})"/>, for whoever starts nodes of new jobs while it leads.</summary>
    public static IActorRef Stand(ActorSystem system, CandidateOptions options, Func<Leadership, ImmutableArray<IActorRef>> lead) =>
        system.Spawn(Props.Create(() => new Candidate(options, lead)), $"candidate.{options.Role.Value.Replace('/', '-')}");

    private static IActorRef<NodeMessage<TCommand>> Start<TCommand>(NodeServices services, NodeRole<TCommand> role)
        where TCommand : class, IPeerCommand<TCommand>
    {
        IActorRef<NodeMessage<TCommand>> node = services.System.Spawn(NodeActor<TCommand>.Props(role, services), $"{role.Self.Value.Replace('/', '-')}.{role.Job}");
        role.Place.Hold(
            services.Switchboard.Connect(role.Self, role.Job, services.Observer, (from, message) => node.Tell(new NodeMessage<TCommand>.Incoming(from, message))),
            services.System.DeadLetters.Subscribe(lost =>
            {
                if (lost.Message is NodeMessage<TCommand>.Incoming incoming && ReferenceEquals(lost.Recipient, node.Path))
                    services.Observer.Refused(role.Self, $"{incoming.Message.GetType().Name} from {incoming.From} is lost: {lost.Reason}");
            }));
        return node;
    }

    private static Props<TCommand> Host<TDecider, TState, TCommand, TEvent>(
        NodeServices services, NodeAddress self, string persistenceId, IEventSerializer<TEvent> serializer, EffectShell<TCommand> shell, Action<TState>? learn)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TState : class
        where TCommand : class
        where TEvent : class =>
        Props.Create(() => new HostedDecider<TDecider, TState, TCommand, TEvent>(
            self,
            new EventSourcedOptions<TEvent, TState> { PersistenceId = persistenceId, Journal = services.Journal, Serializer = serializer, Term = services.Term, DecisionFailuresMax = int.MaxValue },
            shell,
            services.Observer,
            learn));

    /// <summary>A decider on the kernel that shows its observer what is on disk. Supervised by its node, which stops it when it fails.</summary>
    private sealed class HostedDecider<TDecider, TState, TCommand, TEvent>(
        NodeAddress self, EventSourcedOptions<TEvent, TState> options, EffectShell<TCommand> shell, IFederationObserver observer, Action<TState>? learn)
        : EventSourcedActor<TDecider, TState, TCommand, TEvent, Effect>(options, shell)
        where TDecider : IDecider<TState, TCommand, TEvent, Effect>
        where TState : class
        where TCommand : class
        where TEvent : class
    {
        protected override void OnRecovered(TState state, JournalHead head)
        {
            learn?.Invoke(state);
            observer.Recovered(self, head, state);
        }

        protected override void OnEvolved(TState state, ImmutableArray<TEvent> events, JournalHead head)
        {
            learn?.Invoke(state);
            foreach (TEvent happened in events) observer.Journaled(self, head, happened);
        }
    }
}
