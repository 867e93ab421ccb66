using System.Collections.Immutable;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;

namespace Fed.Host.Cluster;

/// <summary>What the desk has done for it, by the coordinator's part. Whatever needs the database, or the term, throws an <see cref="IOException"/> while it is away, or over.</summary>
internal interface IJobDesk
{
    /// <summary>The states of all jobs whose plan is on record.</summary>
    /// <param name="over">The asker's own: jobs that are over, by log, whose logs are not read again; what is read of such is added.</param>
    ImmutableArray<JobState> Jobs(Dictionary<string, JobState> over);

    /// <summary>One job as its log has it.</summary>
    JobState JobOf(JobId job);

    /// <summary>The job that a request has put into the queue, and that still waits there; null where there is none.</summary>
    JobId? QueuedBy(string request);

    /// <summary>Why a plan can never be; null where it can.</summary>
    string? Objection(JobPlan plan);

    /// <summary>What a plan lacks now, and may have later; null where nothing. Who is in the queue waits for it.</summary>
    string? Lack(JobPlan plan);

    /// <summary>Starts a job's nodes where they do not run, and submits its plan where it is not on record.</summary>
    void Begin(JobPlan plan);

    /// <summary>Starts the nodes of a job on record where they do not run: a leader of before may have put its plan there when this one had looked already.</summary>
    void Carry(JobPlan plan);

    /// <summary>Tells a job's actor, also that of a job that has not begun.</summary>
    void Tell(JobId job, JobCommand command);
}
