using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.TestKit.Federation;
using Fed.TestKit.Federation.Ceremony;

namespace Fed.Simulation.Mutants;

/// <summary>Production's nodes on these deciders.</summary>
internal sealed class MutantRoles<TJob, TRound, TAggregation, TSilo> : FederationRoles
    where TJob : IDecider<JobState, JobCommand, JobEvent, Effect>
    where TRound : IDecider<RoundState, RoundCommand, RoundEvent, Effect>
    where TAggregation : IDecider<AggregationState, AggregationCommand, AggregationEvent, Effect>
    where TSilo : IDecider<SiloState, SiloCommand, SiloEvent, Effect>
{
    public override (IActorRef Node, Action<JobCommand> Tell) StartJob(NodeServices services, JobId job) => FederationNodes.StartJob<TJob>(services, job);

    public override IActorRef StartCoordinator(NodeServices services, JobId job, IServerProgram program) => FederationNodes.StartCoordinator<TRound>(services, job, program);

    public override IActorRef StartAggregator(NodeServices services, JobId job, IInbox inbox, int? part) => FederationNodes.StartAggregator<TAggregation>(services, job, inbox, part);

    public override IActorRef StartSilo(NodeServices services, JobId job, SiloId silo, ILocalComputation computation) => FederationNodes.StartSilo<TSilo>(services, job, silo, computation);
}

/// <summary>Roles with one mutated decider.</summary>
internal static class MutantRoles
{
    public static FederationRoles Job<TJob>()
        where TJob : IDecider<JobState, JobCommand, JobEvent, Effect> => new MutantRoles<TJob, RoundDecider, AggregationDecider, SiloDecider>();

    public static FederationRoles Round<TRound>()
        where TRound : IDecider<RoundState, RoundCommand, RoundEvent, Effect> => new MutantRoles<JobDecider, TRound, AggregationDecider, SiloDecider>();

    public static FederationRoles Aggregation<TAggregation>()
        where TAggregation : IDecider<AggregationState, AggregationCommand, AggregationEvent, Effect> => new MutantRoles<JobDecider, RoundDecider, TAggregation, SiloDecider>();

    public static FederationRoles Silo<TSilo>(ToyBugs bugs = ToyBugs.None)
        where TSilo : IDecider<SiloState, SiloCommand, SiloEvent, Effect> => new MutantRoles<JobDecider, RoundDecider, AggregationDecider, TSilo> { Bugs = bugs };
}
