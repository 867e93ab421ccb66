using Fed.Actors.Persistence;

namespace Fed.Actors.Protocol.Job;

/// <summary>What a job is asked.</summary>
public abstract record JobCommand
{
    private protected JobCommand()
    {
    }

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
