using System.Collections.Immutable;
using Fed.Host.Comparisons;
using Fed.Host.Traffic;

namespace Fed.Host.Presentation;

/// <summary>A table as text, for the terminal and the page.</summary>
/// <param name="Headings">The first is the row's name.</param>
/// <param name="Rows">As many cells as headings.</param>
internal sealed record ComparisonTable(ImmutableArray<string> Headings, ImmutableArray<ImmutableArray<string>> Rows);

/// <summary>A comparison's tables and curves.</summary>
internal static class ComparisonTables
{
    private static readonly ImmutableArray<(string Heading, Func<RunSummary, Spread?> Figure, Func<double?, string> Format)> Metrics =
    [
        ("accuracy", static summary => summary.Accuracy, Figures.Share),
        ("auc", static summary => summary.Auc, Figures.Share),
        ("rmse", static summary => summary.Rmse, Figures.Loss),
        ("loss", static summary => summary.Loss, Figures.Loss),
    ];

    /// <summary>Final figures with their spread, and rounds to the target.</summary>
    public static ComparisonTable Quality(ComparisonReport report)
    {
        var metrics = Metrics.RemoveAll(metric => report.Runs.All(run => metric.Figure(run.Summary) is null));
        string[] target = report.TargetAccuracy is { } accuracy ? [$"rounds to {accuracy}"] : [];
        bool hasFailures = report.Failures > 0;
        return new ComparisonTable(
            ["run", .. metrics.Select(static metric => metric.Heading), .. target, .. hasFailures ? ["failed"] : Array.Empty<string>()],
            [.. report.Runs.Select(run => (ImmutableArray<string>)
            [
                run.Name,
                .. metrics.Select(metric => Shown(metric.Figure(run.Summary), metric.Format)),
                .. target.Select(_ => Reached(run)),
                .. hasFailures ? [$"{run.Seeds.Count(static seed => seed.Failure is not null)} of {run.Seeds.Length}"] : Array.Empty<string>(),
            ])]);
    }

    /// <summary>What a run costs, and the first seed's model.</summary>
    /// <param name="report">The comparison.</param>
    /// <param name="digits">Of the hash that are shown.</param>
    public static ComparisonTable Cost(ComparisonReport report, int digits) => new(
        ["run", "up", "down", "time", "processor", "peak memory", $"model, seed {report.Seeds[0]}"],
        [.. report.Runs.Select(run => (ImmutableArray<string>)
        [
            run.Name,
            Mean(run.Summary.BytesUp, static bytes => Figures.Bytes((long)bytes)),
            Mean(run.Summary.BytesDown, static bytes => Figures.Bytes((long)bytes)),
            Mean(run.Summary.Seconds, Figures.Seconds),
            Mean(run.Summary.CpuSeconds, Figures.Seconds),
            run.Summary.PeakMemoryBytes is { } peak ? Figures.Bytes((long)peak.Highest) : Figures.Absent,
            run.ModelSha256 is { } hash ? hash[..Math.Min(digits, hash.Length)] : Figures.Absent,
        ])]);

    /// <summary>What each protection costs a site: bytes by phase, messages and blobs, the mean over all seeds; empty where no two runs differ in the protection alone.</summary>
    public static ComparisonTable Protection(ComparisonReport report)
    {
        TrafficReport[][] counted = [.. report.Runs.Select(static run => run.Seeds.Select(static seed => seed.Traffic).OfType<TrafficReport>().ToArray())];
        string[] phases = [.. counted.SelectMany(static run => run).SelectMany(static traffic => traffic.Phases).Select(static phase => phase.Phase).Distinct(StringComparer.Ordinal).OrderBy(PhaseTraffic.PlaceOf)];
        if (report.Protections is null || phases.Length == 0) return new ComparisonTable([], []);
        return new ComparisonTable(
            ["run", "protection", "up a site", "down a site", .. phases],
            [.. report.Runs.Zip(counted).Select(run => (ImmutableArray<string>)
            [
                run.First.Name,
                run.First.Protection,
                Bytes(run.Second, static traffic => traffic.UpPerSite),
                Bytes(run.Second, static traffic => traffic.DownPerSite),
                .. phases.Select(name => Bytes(run.Second, traffic => traffic.Phases.Where(phase => phase.Phase == name).Sum(static phase => (phase.Up + phase.Down) / Math.Max(1, phase.Sites)))),
            ])]);
    }

    /// <summary>What tuning chose.</summary>
    public static ComparisonTable Chosen(ComparisonReport report) => new(
        ["run", "tried", "score on held-out rows", "chosen"],
        [.. report.Runs.Where(static run => !run.Trials.IsEmpty).Select(run =>
        {
            TrialReport best = run.Trials.Single(static trial => trial.IsChosen);
            return (ImmutableArray<string>)[run.Name, $"{run.Trials.Length}", Figures.Share(best.Score), string.Join(", ", best.Settings.Select(static setting => $"{setting.Key[(setting.Key.LastIndexOf('.') + 1)..]} {setting.Value}"))];
        })]);

    /// <summary>The mean of a figure over the seeds that have it, round by round.</summary>
    public static ImmutableArray<(int Round, double Value)> MeanCurve(ComparedRun run, Func<RoundReport, double?> figure)
    {
        int rounds = run.Seeds.Select(static seed => seed.Rounds.Length).DefaultIfEmpty(0).Max();
        return [.. Enumerable.Range(1, rounds).Select(round => (round, Spread.Of(run.Seeds.Where(seed => seed.Rounds.Length >= round).Select(seed => figure(seed.Rounds[round - 1])))?.Mean ?? double.NaN))];
    }

    private static string Shown(Spread? spread, Func<double?, string> format) =>
        spread is null ? Figures.Absent : spread.Deviation is { } deviation ? $"{format(spread.Mean)} +- {(Math.Abs(spread.Mean) < 100 ? Figures.Share(deviation) : Figures.Loss(deviation))}" : format(spread.Mean);

    private static string Bytes(TrafficReport[] counted, Func<TrafficReport, long> figure) => counted.Length == 0 || counted.All(traffic => figure(traffic) == 0) ? Figures.Absent : Figures.Bytes((long)counted.Average(traffic => figure(traffic)));

    private static string Mean(Spread? spread, Func<double, string> format) => spread is null ? Figures.Absent : format(spread.Mean);

    /// <summary><c>17 (12-25)</c>: the mean and the extremes; with <c>, 3 of 5</c> where not all seeds reached it.</summary>
    private static string Reached(ComparedRun run)
    {
        if (run.Summary.RoundsToTarget is not { } spread) return Figures.Absent;
        string range = spread.Lowest == spread.Highest ? "" : $" ({spread.Lowest:0}-{spread.Highest:0})";
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{spread.Mean:0.#}{range}{(spread.Count < run.Seeds.Length ? $", {spread.Count} of {run.Seeds.Length}" : "")}");
    }
}
