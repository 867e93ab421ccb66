using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Job;

/// <summary>What happened to a job.</summary>
public abstract record JobEvent
{
    private protected JobEvent()
    {
    }

    /// <summary>A command whose decision threw: a bug of ours, on record; nothing else changed.</summary>
    public sealed record CommandRejected(string Command, string Reason, DateTimeOffset At) : JobEvent;

    /// <summary>The plan, signed, before anything else.</summary>
    public sealed record JobPlanned(
        JobPlan Plan, Digest Hash, Digest InitialState, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> PublicKey, DateTimeOffset At, DateTimeOffset ApproveBy) : JobEvent;

    /// <summary>A silo approved the plan.</summary>
    public sealed record PlanApproved(SiloId Silo) : JobEvent;

    /// <summary>The coordinator works by the plan.</summary>
    public sealed record PlanAdopted : JobEvent;

    /// <summary>Enough have approved: rounds begin.</summary>
    public sealed record JobStarted(DateTimeOffset At) : JobEvent;

    /// <summary>A round was committed by the coordinator.</summary>
    public sealed record RoundRecorded(int Round, Digest State, string? ModelSha256) : JobEvent;

    /// <summary>The job is done.</summary>
    public sealed record JobCompleted(int Rounds, string Reason, string? ModelSha256, DateTimeOffset At) : JobEvent;

    /// <summary>The job has failed, for this reason.</summary>
    public sealed record JobFailed(string Reason, DateTimeOffset At) : JobEvent;

    /// <summary>A new leader writes from here on.</summary>
    public sealed record LeadershipTaken(long Epoch, string Holder, DateTimeOffset At) : JobEvent;

    /// <summary>A newer leader of a peer was heard of: what an older one still sends is refused from now on.</summary>
    public sealed record LeaderSeen(string Peer, long Epoch) : JobEvent;
}
