using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;

namespace Fed.Host.Cluster;

/// <summary>What the desk has done for it, by the coordinator's part. Whatever needs the database, or the term, throws an <see cref="IOException"/> while it is away, or over.</summary>
internal interface IJobDesk
{
    /// <summary>The states of all jobs whose plan is on record.</summary>
    ImmutableArray<JobState> Jobs();

    /// <summary>One job as its log has it.</summary>
    JobState JobOf(JobId job);

    /// <summary>Why a plan cannot be; null where it can.</summary>
    string? Objection(JobPlan plan);

    /// <summary>Starts a job's nodes where they do not run, and submits its plan where it is not on record.</summary>
    void Begin(JobPlan plan);

    /// <summary>Tells a job's actor, also that of a job that has not begun.</summary>
    void Tell(JobId job, JobCommand command);
}
