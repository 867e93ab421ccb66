using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Protocol.Round;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.Export;

namespace Fed.Host.History;

/// <summary>The body of <c>fed rounds metrics</c>: a row for each committed round, with its times and every figure that its sums gave. The columns before the figures are always the same; figures follow in the order of their names.</summary>
internal static class RoundsMetrics
{
    private static readonly ImmutableArray<RoundSection> Sections = [.. Enum.GetValues<RoundSection>()];
    private static readonly ImmutableArray<string> Fixed =
        ["job", "round", "planned", "committed", "seconds", .. Sections.Select(static section => $"{Kebab.From(section.ToString())} seconds"), "attempts", "contributors", "bytes up", "model"];

    public static int Run(RoundsMetricsOptions options, CommandContext context)
    {
        if (options.Csv is { } folder && Directory.Exists(folder)) throw new UserException($"'{folder}' is a folder; name a file with --csv");
        using NodeReader reader = NodeReader.OpenRunning(context);
        Table table = Of(reader.Job(options.Job));
        if (options.Csv is not { } file) return table.Write(context, "rounds");
        using StringWriter text = new(CultureInfo.InvariantCulture);
        table.WriteCsv(text);
        AtomicFile.WriteText(file, text.ToString());
        context.Error.WriteLine($"wrote {file}");
        return ExitCodes.Success;
    }

    /// <summary>The rounds of a job, start-up left out.</summary>
    public static Table Of(JobHistory job)
    {
        ImmutableArray<CommittedRound> rounds = [.. job.Rounds.Where(static round => round.Committed.Round > 0)];
        ImmutableSortedSet<string> figures = rounds.SelectMany(static round => round.Committed.Sums.SelectMany(static sum => sum.Step.Metrics.Keys)).ToImmutableSortedSet(StringComparer.Ordinal);
        ILookup<(int Round, RoundSection Section), double> times = TimesOf(job).ToLookup(static time => (time.Collection.Round, time.Section), static time => (time.To - time.From).TotalSeconds);
        Table table = new([.. Fixed, .. figures]);
        foreach (CommittedRound round in rounds)
        {
            RoundEvent.RoundCommitted committed = round.Committed;
            table.Add(
            [
                job.Id.Value, committed.Round, Time(round.Planned), Time(committed.At), Seconds((committed.At - round.Planned).TotalSeconds), .. Sections.Select(section => Seconds(times[(committed.Round, section)].Sum())),
                round.Attempts, round.Contributors.Length, round.BytesUp, committed.ModelSha256, .. figures.Select(name => (object?)round.Metric(name)),
            ]);
        }

        return table;
    }

    private static IEnumerable<RoundSectionTime> TimesOf(JobHistory job)
    {
        RoundSections sections = new();
        return job.RoundEvents.Select(entry => sections.Next(entry.Event, entry.At)).OfType<RoundSectionTime>();
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static object Seconds(double seconds) => Math.Round(seconds, 3);
}
