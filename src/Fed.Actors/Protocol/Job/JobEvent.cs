using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Key;

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

    /// <summary>Sites are asked to make a key together. An epoch is begun once, whatever becomes of it.</summary>
    public sealed record KeyCeremonyStarted(int Epoch, ImmutableSortedSet<SiloId> Asked, DateTimeOffset At) : JobEvent
    {
        /// <summary>For whom it is begun before the key is used up: sites that were restored from old copies; null where it is not for that.</summary>
        public ImmutableSortedSet<SiloId>? Restored { get; init; }
    }

    /// <summary>A step is over: these are the holders, and this blob each of them is given for the next.</summary>
    public sealed record KeyStepClosed(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders, ImmutableSortedDictionary<SiloId, Digest> Given) : JobEvent;

    /// <summary>All holders have the key, and all trials opened.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="FirstRound">The first round under it.</param>
    /// <param name="LastRound">The last round that it certainly serves; the next key is made before the one after.</param>
    /// <param name="Profile">Name of the ciphertexts' parameters.</param>
    /// <param name="Openings">tau: ciphertexts that may be opened under it.</param>
    /// <param name="Roster">Hash of the plan's roster.</param>
    /// <param name="At">When.</param>
    public sealed record KeyEstablished(CollectiveKey Key, int FirstRound, long LastRound, string Profile, long Openings, Digest Roster, DateTimeOffset At) : JobEvent;

    /// <summary>A ceremony came to nothing: nobody uses anything of it, and these sites are not asked again for this key.</summary>
    public sealed record KeyCeremonyFailed(int Epoch, KeyStep Step, string Reason, ImmutableSortedSet<SiloId> LeftOut, SiloId? Complainer, DateTimeOffset At) : JobEvent;

    /// <summary>A round was committed by the coordinator.</summary>
    public sealed record RoundRecorded(int Round, Digest State, string? ModelSha256) : JobEvent
    {
        /// <summary>Where the job pauses after it: sites that ask for another key, which is made when it is resumed; null where it does not, or none asks.</summary>
        public ImmutableSortedSet<SiloId>? Restored { get; init; }
    }

    /// <summary>A submission is accepted, and waits for its turn: it has no plan on record yet.</summary>
    public sealed record JobQueued(OperatorRequest Request, DateTimeOffset At) : JobEvent;

    /// <summary>An operator wants no further round: what is under way ends, and then nothing is asked.</summary>
    public sealed record JobPaused(OperatorRequest Request, DateTimeOffset At) : JobEvent;

    /// <summary>The job goes on.</summary>
    public sealed record JobResumed(OperatorRequest Request, DateTimeOffset At) : JobEvent;

    /// <summary>An operator has cancelled the job while a round was under way: it ends with that round.</summary>
    public sealed record CancelRequested(OperatorRequest Request, DateTimeOffset At) : JobEvent;

    /// <summary>The job is over since an operator wanted it so.</summary>
    public sealed record JobCancelled(OperatorRequest Request, DateTimeOffset At) : JobEvent;

    /// <summary>The job is done.</summary>
    public sealed record JobCompleted(int Rounds, string Reason, string? ModelSha256, DateTimeOffset At) : JobEvent;

    /// <summary>The job has failed, for this reason.</summary>
    public sealed record JobFailed(string Reason, DateTimeOffset At) : JobEvent;

    /// <summary>A new leader writes from here on.</summary>
    public sealed record LeadershipTaken(long Epoch, string Holder, DateTimeOffset At) : JobEvent;

    /// <summary>A newer leader of a peer was heard of: what an older one still sends is refused from now on.</summary>
    public sealed record LeaderSeen(string Peer, long Epoch) : JobEvent;
}
