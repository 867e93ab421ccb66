using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Key;

namespace Fed.Actors.Protocol.Job;

/// <summary>What a job is asked.</summary>
public abstract record JobCommand : IPeerCommand<JobCommand>
{
    private protected JobCommand()
    {
    }

    /// <summary>Which peer asks, and under which leadership; null for what this process tells itself.</summary>
    public Origin? From { get; init; }

    /// <summary>The same command as a peer's.</summary>
    public JobCommand SentBy(Origin from) => this with { From = from };

    /// <summary>Run this plan from this server state.</summary>
    public sealed record Submit(JobPlan Plan, Digest InitialState, ReadOnlyMemory<byte> Signature, ReadOnlyMemory<byte> PublicKey) : JobCommand;

    /// <summary>Wait for the turn: a later <see cref="Submit"/> begins.</summary>
    public sealed record Queue(OperatorRequest Request) : JobCommand;

    /// <summary>A silo has answered the plan.</summary>
    public sealed record PlanAnswered(SiloId Silo, Digest Hash, string? Refusal) : JobCommand;

    /// <summary>The coordinator works by the plan.</summary>
    public sealed record PlanAdopted(Digest Hash) : JobCommand;

    /// <summary>The coordinator reports a round.</summary>
    public sealed record RoundReported(int Round, RoundOutcome Outcome) : JobCommand;

    /// <summary>A holder has answered a step; the shell has verified its signature with the roster's key.</summary>
    public sealed record KeyAnswered(KeyAnswer Answer) : JobCommand;

    /// <summary>A site cannot go on in a ceremony, for whosever doing it names; or what it answered does not count.</summary>
    public sealed record KeyDeclined(int Epoch, KeyStep Step, SiloId Silo, SiloId? Blamed) : JobCommand;

    /// <summary>Whose answers of a step are held and good, and who will not enter.</summary>
    public sealed record KeyAnswersHeld(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Answered, ImmutableSortedSet<SiloId> Declined, bool IsOverdue) : JobCommand;

    /// <summary>The answers of a step are published for the holders.</summary>
    public sealed record KeyStepPublished(int Epoch, KeyStep Step, ImmutableSortedSet<SiloId> Holders, ImmutableSortedDictionary<SiloId, Digest> Given) : JobCommand;

    /// <summary>The key that all holders have accepted is recomputed, and its public bytes are stored.</summary>
    public sealed record KeyMade(CollectiveKey Key) : JobCommand;

    /// <summary>What the holders have accepted is no one key.</summary>
    public sealed record KeyFailed(int Epoch, string Reason, SiloId? Blamed) : JobCommand;

    /// <summary>Ask for no further round, and for no further key, until the job is resumed; what is under way ends.</summary>
    public sealed record Pause(OperatorRequest Request) : JobCommand;

    /// <summary>Go on.</summary>
    public sealed record Resume(OperatorRequest Request) : JobCommand;

    /// <summary>End the job. A round whose sum is not sealed ends with it; one whose sum is sealed is committed, or fails, before.</summary>
    public sealed record Cancel(OperatorRequest Request) : JobCommand;

    /// <summary>A timer rang.</summary>
    public sealed record TimerDue(string Id) : JobCommand;
}
