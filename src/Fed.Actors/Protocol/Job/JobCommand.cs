using Fed.Actors.Persistence;
using Fed.Actors.Ports;

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

    /// <summary>A silo has answered the plan.</summary>
    public sealed record PlanAnswered(SiloId Silo, Digest Hash, string? Refusal) : JobCommand;

    /// <summary>The coordinator works by the plan.</summary>
    public sealed record PlanAdopted(Digest Hash) : JobCommand;

    /// <summary>The coordinator reports a round.</summary>
    public sealed record RoundReported(int Round, RoundOutcome Outcome) : JobCommand;

    /// <summary>A timer rang.</summary>
    public sealed record TimerDue(string Id) : JobCommand;
}
