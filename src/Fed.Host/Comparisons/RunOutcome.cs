using Fed.Host.Presentation;

namespace Fed.Host.Comparisons;

/// <summary>What one run of a comparison came to: the content of <c>outcome.json</c> in its folder, so that it need not be made again.</summary>
internal sealed record RunOutcome
{
    /// <summary>The run's report; null where it failed.</summary>
    public RunReport? Report { get; init; }

    /// <summary>Why it failed, a sentence; null where it did not.</summary>
    public string? Failure { get; init; }

    /// <summary>Seconds that processes worked on it.</summary>
    public required double Seconds { get; init; }

    /// <summary>Processor seconds of the process that finished it, all threads together.</summary>
    public required double CpuSeconds { get; init; }

    /// <summary>Most memory that the process held resident during the run, in bytes.</summary>
    public required long PeakMemoryBytes { get; init; }
}
