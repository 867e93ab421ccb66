using Fed.Actors.Persistence;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol.Job;

/// <summary>Where a job stands.</summary>
public enum JobPhase
{
    /// <summary>Not submitted.</summary>
    Empty,

    /// <summary>Sites are asked to approve the plan.</summary>
    Proposed,

    /// <summary>Sites make the key of the next rounds.</summary>
    Keying,

    /// <summary>Rounds are run.</summary>
    Running,

    /// <summary>Nothing is asked until an operator resumes the job.</summary>
    Paused,

    /// <summary>An operator has cancelled the job, and the round under way ends.</summary>
    Cancelling,

    /// <summary>Done.</summary>
    Completed,

    /// <summary>Failed.</summary>
    Failed,

    /// <summary>Ended by an operator.</summary>
    Cancelled,
}

/// <summary>A job's memory.</summary>
public sealed record JobState
{
    /// <summary>The reason of a job that ran all rounds of its plan.</summary>
    public const string AllRounds = "rounds";

    /// <summary>Where it stands.</summary>
    public JobPhase Phase { get; init; }

    /// <summary>The plan as it was submitted.</summary>
    public JobEvent.JobPlanned? Planned { get; init; }

    /// <summary>Since when it waits, or waited, for its turn; null where it did not.</summary>
    public JobEvent.JobQueued? Queued { get; init; }

    /// <summary>Silos that approved it.</summary>
    public ImmutableSortedSet<SiloId> Approved { get; init; } = [];

    /// <summary>True when the coordinator has it.</summary>
    public bool IsAdopted { get; init; }

    /// <summary>The last committed round; -1 before the first.</summary>
    public int Round { get; init; } = -1;

    /// <summary>Server state after it.</summary>
    public Digest State { get; init; }

    /// <summary>Hash of the model after it.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>The key of the rounds from here on; null before there is one, and where the plan wants none.</summary>
    public CollectiveKey? Key { get; init; }

    /// <summary>The last round that the key certainly serves.</summary>
    public long KeyServesTo { get; init; } = -1;

    /// <summary>The last ceremony that was begun; 0 before the first.</summary>
    public int KeyEpoch { get; init; }

    /// <summary>The ceremony under way.</summary>
    public KeyCeremony? Ceremony { get; init; }

    /// <summary>Ceremonies that failed since the last key.</summary>
    public int KeyFailures { get; init; }

    /// <summary>Sites that have complained of another since the last key: the second time it is they who are left out.</summary>
    public ImmutableSortedSet<SiloId> Complainers { get; init; } = [];

    /// <summary>Sites for which a key was made anew after they had been restored from an old copy: once for each, else one that keeps asking could keep everybody busy.</summary>
    public ImmutableSortedSet<SiloId> Rekeyed { get; init; } = [];

    /// <summary>Who wants the job to pause; null where nobody does. It has effect when <see cref="Phase"/> is <see cref="JobPhase.Paused"/>.</summary>
    public JobEvent.JobPaused? Pause { get; init; }

    /// <summary>Who has cancelled it; null where nobody has.</summary>
    public OperatorRequest? Cancel { get; init; }

    /// <summary>Ids of the operators' requests that are on record: none of them has effect again.</summary>
    public ImmutableSortedSet<string> Requests { get; init; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>While it is paused: sites that ask for another key.</summary>
    public ImmutableSortedSet<SiloId> Asking { get; init; } = [];

    /// <summary>True where the job has ended between two rounds and the coordinator may not have heard: what it leaves the sites is the coordinator's to give.</summary>
    public bool OwesEnd { get; init; }

    /// <summary>True when nothing more will happen.</summary>
    public bool IsOver => Phase is JobPhase.Completed or JobPhase.Failed or JobPhase.Cancelled;

    /// <summary>Commands whose decision threw.</summary>
    public int Rejections { get; init; }

    /// <summary>The highest epoch heard of each peer whose role is contended.</summary>
    public ImmutableSortedDictionary<string, long> Leaders { get; init; } = PeerEpochs.None;

    /// <summary>Why it ended.</summary>
    public string? Reason { get; init; }
}
