using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Fed.Host.Presentation;

namespace Fed.Host.Comparisons;

/// <summary>
/// Everything that a comparison tells: the content of <c>compare.json</c>, and the only source of <c>compare.html</c> and of the tables in the terminal. New fields are added at the end of their record.
/// </summary>
/// <param name="Format">Rises when a reader of an older version would misunderstand the file.</param>
/// <param name="File">The configuration, as the user named it.</param>
/// <param name="Name">The job's name.</param>
/// <param name="Seeds">In the order of the file.</param>
/// <param name="TargetAccuracy">The accuracy to which rounds are counted; null for none.</param>
/// <param name="Tuning">How settings were chosen; null where none were.</param>
/// <param name="Runs">In the order of the file.</param>
/// <param name="Environment">Where the report was made.</param>
internal sealed record ComparisonReport(
    int Format, string File, string Name, ImmutableArray<long> Seeds, double? TargetAccuracy, TuningReport? Tuning, ImmutableArray<ComparedRun> Runs, EnvironmentReport Environment)
{
    /// <summary>The version that is written.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Whether protections left the model as it is; null where no two runs differ in the protection alone, and then not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ImmutableArray<SameModel>? Protections { get; init; }

    /// <summary>Runs that failed, over all entries and seeds.</summary>
    [JsonIgnore]
    public int Failures => Runs.Sum(static run => run.Seeds.Count(static seed => seed.Failure is not null));
}

/// <summary>How settings were chosen.</summary>
/// <param name="Budget">Combinations that each run was allowed; null for any number.</param>
/// <param name="Rounds">Rounds of a trial; null for those of the job.</param>
/// <param name="Seed">The trials' seed.</param>
/// <param name="ValidationEvery">Of the training rows every so many-th was held out.</param>
internal sealed record TuningReport(int? Budget, int? Rounds, long Seed, int ValidationEvery);

/// <summary>One entry of a comparison.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Algorithm">The algorithm, or <c>pooled</c>, <c>local-only</c>.</param>
/// <param name="Model">The model.</param>
/// <param name="Protection">How contributions travelled.</param>
/// <param name="Settings">What it changes about the file, chosen settings included: path and value.</param>
/// <param name="Notice">A sentence that must stand beside its figures; null for none.</param>
/// <param name="ModelSha256">Hash of the first seed's model; null where that run failed.</param>
/// <param name="Summary">Over the seeds that did not fail.</param>
/// <param name="Seeds">Each run.</param>
/// <param name="Trials">What was tried; empty where nothing was tuned.</param>
internal sealed record ComparedRun(
    string Name, string Algorithm, string Model, string Protection, ImmutableSortedDictionary<string, string> Settings, string? Notice, string? ModelSha256, RunSummary Summary,
    ImmutableArray<ComparedSeed> Seeds, ImmutableArray<TrialReport> Trials);

/// <summary>One run.</summary>
/// <param name="Seed">Its <c>job.seed</c>.</param>
/// <param name="ModelSha256">Hash of the final model; null where it failed.</param>
/// <param name="RoundsToTarget">The first round at or above the target accuracy; null where none was.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
/// <param name="Seconds">Seconds that processes worked on it.</param>
/// <param name="CpuSeconds">Processor seconds.</param>
/// <param name="PeakMemoryBytes">Most resident memory.</param>
/// <param name="BytesUp">From sites.</param>
/// <param name="BytesDown">To sites.</param>
/// <param name="Folder">Its data folder.</param>
/// <param name="WasKnown">True when it had been made before, by an earlier call.</param>
/// <param name="Final">The last round's figures; null where it failed.</param>
/// <param name="Rounds">All rounds.</param>
/// <param name="Alone">Of a local-only run each site, else empty.</param>
internal sealed record ComparedSeed(
    long Seed, string? ModelSha256, int? RoundsToTarget, string? Failure, double Seconds, double CpuSeconds, long PeakMemoryBytes, long BytesUp, long BytesDown, string Folder, bool WasKnown,
    FinalReport? Final, ImmutableArray<RoundReport> Rounds, ImmutableArray<BaselineReport> Alone)
{
    /// <summary>Bytes that were counted between sites and servers, by phase; null where they were not, and then not written.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public TrafficReport? Traffic { get; init; }
}

/// <summary>A combination that was tried.</summary>
/// <param name="Settings">Path and value.</param>
/// <param name="Score">Accuracy, or loss, on held-out training rows, the mean over the last quarter of the rounds; null where it failed.</param>
/// <param name="IsChosen">True for the best.</param>
/// <param name="Failure">Why it failed; null where it did not.</param>
internal sealed record TrialReport(ImmutableSortedDictionary<string, string> Settings, double? Score, bool IsChosen, string? Failure);

/// <summary>A figure over the seeds.</summary>
/// <param name="Mean">Arithmetic mean.</param>
/// <param name="Deviation">Sample standard deviation; null for a single seed.</param>
/// <param name="Lowest">The least.</param>
/// <param name="Highest">The greatest.</param>
/// <param name="Count">Seeds that have the figure.</param>
internal sealed record Spread(double Mean, double? Deviation, double Lowest, double Highest, int Count)
{
    /// <summary>The spread of values; null where there are none.</summary>
    public static Spread? Of(IEnumerable<double?> values)
    {
        double[] known = [.. values.OfType<double>().Where(double.IsFinite)];
        if (known.Length == 0) return null;
        double mean = known.Average();
        double? deviation = known.Length == 1 ? null : Math.Sqrt(known.Sum(value => (value - mean) * (value - mean)) / (known.Length - 1));
        return new Spread(mean, deviation, known.Min(), known.Max(), known.Length);
    }
}

/// <summary>A run's figures over its seeds; null where no seed has them.</summary>
/// <param name="Accuracy">Final, on the shared test rows.</param>
/// <param name="Auc">As accuracy.</param>
/// <param name="Rmse">As accuracy.</param>
/// <param name="Loss">As accuracy.</param>
/// <param name="RoundsToTarget">Over the seeds that reached it.</param>
/// <param name="BytesUp">From sites, a run.</param>
/// <param name="BytesDown">To sites, a run.</param>
/// <param name="Seconds">A run.</param>
/// <param name="CpuSeconds">A run.</param>
/// <param name="PeakMemoryBytes">Most resident memory.</param>
internal sealed record RunSummary(
    Spread? Accuracy, Spread? Auc, Spread? Rmse, Spread? Loss, Spread? RoundsToTarget, Spread? BytesUp, Spread? BytesDown, Spread? Seconds, Spread? CpuSeconds, Spread? PeakMemoryBytes)
{
    /// <summary>The summary of runs.</summary>
    public static RunSummary Of(ImmutableArray<ComparedSeed> seeds)
    {
        ComparedSeed[] done = [.. seeds.Where(static seed => seed.Failure is null)];
        Spread? over(Func<ComparedSeed, double?> figure) => Spread.Of(done.Select(figure));
        return new RunSummary(
            over(static seed => seed.Final?.Accuracy), over(static seed => seed.Final?.Auc), over(static seed => seed.Final?.Rmse), over(static seed => seed.Final?.Loss), over(static seed => seed.RoundsToTarget),
            over(static seed => seed.BytesUp), over(static seed => seed.BytesDown), over(static seed => seed.Seconds), over(static seed => seed.CpuSeconds), over(static seed => seed.PeakMemoryBytes));
    }
}
