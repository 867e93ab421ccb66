using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.TestKit.Federation.Faults;

namespace Fed.TestKit.Federation;

/// <summary>How a job ended.</summary>
/// <param name="Job">Which.</param>
/// <param name="Elapsed">Virtual time until it ended.</param>
/// <param name="IsCompleted">True when it completed, false when it failed.</param>
/// <param name="Reason">Why it ended.</param>
/// <param name="State">Server state after its last committed round.</param>
/// <param name="Rounds">Committed rounds, start-up included.</param>
/// <param name="Opened">Sums that were opened, those of rounds that were not committed included.</param>
/// <param name="Failures">Why attempts and rounds failed, in order.</param>
public sealed record JobResult(JobId Job, TimeSpan Elapsed, bool IsCompleted, string Reason, Digest State, int Rounds, int Opened, ImmutableArray<string> Failures)
{
    /// <inheritdoc/>
    public bool Equals(JobResult? other) => other is not null && Failures.SequenceEqual(other.Failures)
        && (Job, Elapsed, IsCompleted, Reason, State, Rounds, Opened) == (other.Job, other.Elapsed, other.IsCompleted, other.Reason, other.State, other.Rounds, other.Opened);

    /// <inheritdoc/>
    public override int GetHashCode() => Rounds;
}

/// <summary>How a run ended, without a violation.</summary>
/// <param name="Steps">Actor turns, deliveries, disk operations and timers.</param>
/// <param name="TraceHash">Over everything that happened: equal for equal seeds.</param>
/// <param name="Crashes">Crashes of all processes.</param>
/// <param name="Jobs">How each job ended, in order.</param>
/// <param name="Faults">What struck, and when.</param>
public sealed record FederationResult(long Steps, string TraceHash, int Crashes, ImmutableArray<JobResult> Jobs, FaultTable Faults)
{
    /// <summary>Virtual time until the last job ended.</summary>
    public TimeSpan Elapsed => Jobs.Max(static job => job.Elapsed);

    /// <summary>True when all jobs completed.</summary>
    public bool IsCompleted => Jobs.All(static job => job.IsCompleted);

    /// <summary>Why the jobs ended; the reason of the first that failed, where one did.</summary>
    public string Reason => (Jobs.FirstOrDefault(static job => !job.IsCompleted) ?? Jobs[0]).Reason;

    /// <summary>Server state of the first job.</summary>
    public Digest State => Jobs[0].State;

    /// <summary>Committed rounds of all jobs.</summary>
    public int Rounds => Jobs.Sum(static job => job.Rounds);

    /// <inheritdoc/>
    public bool Equals(FederationResult? other) =>
        other is not null && Steps == other.Steps && TraceHash == other.TraceHash && Crashes == other.Crashes && Jobs.SequenceEqual(other.Jobs) && Faults.Equals(other.Faults);

    /// <inheritdoc/>
    public override int GetHashCode() => (int)Steps;
}
