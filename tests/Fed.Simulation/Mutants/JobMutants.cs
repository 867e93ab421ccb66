using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Decided = Fed.Actors.Persistence.Decision<Fed.Actors.Protocol.Job.JobEvent, Fed.Actors.Protocol.Effect>;

namespace Fed.Simulation.Mutants;

/// <summary>After a crash a job does not ask for its round again.</summary>
internal sealed class DroppedRoundRequest : IDecider<JobState, JobCommand, JobEvent, Effect>
{
    private DroppedRoundRequest()
    {
    }

    public static JobState Initial => JobDecider.Initial;

    public static Decided Decide(JobState state, JobCommand command, DateTimeOffset now) => JobDecider.Decide(state, command, now);

    public static JobState Evolve(JobState state, JobEvent happened) => JobDecider.Evolve(state, happened);

    public static ImmutableArray<JobEvent> Lead(JobState state, Term term, DateTimeOffset now) => JobDecider.Lead(state, term, now);

    public static ImmutableArray<JobEvent> Rejected(JobState state, JobCommand command, string reason, DateTimeOffset now) => JobDecider.Rejected(state, command, reason, now);

    public static ImmutableArray<Effect> Outstanding(JobState state, DateTimeOffset now) => state.Phase == JobPhase.Running ? [] : JobDecider.Outstanding(state, now);
}
