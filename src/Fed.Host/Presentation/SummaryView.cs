using System.Collections.Immutable;
using Spectre.Console;

namespace Fed.Host.Presentation;

/// <summary>What a finished run leaves in the terminal: the federated model beside the baselines from the same data, the loss per round, and where the files are.</summary>
internal static class SummaryView
{
    private const int ColumnsMax = 100;
    private const int PlotRows = 10;
    private const int SitesShownMax = 10;
    private const int NameWidth = 24;

    /// <summary>The summary, a line each; escape codes only for a terminal with colours.</summary>
    /// <param name="report">The finished run.</param>
    /// <param name="directory">Where its files lie, as the user should see it.</param>
    /// <param name="profile">Decides on width, colours and characters.</param>
    public static ImmutableArray<string> Lines(RunReport report, string directory, TerminalProfile profile)
    {
        int columns = Math.Clamp(profile.Size().Columns - 1, 40, ColumnsMax);
        string Clean(string text) => Figures.Clean(text, profile.HasUnicode);
        string ended = report.Final.StoppedBy == "rounds" ? "all planned" : "stopped by " + Clean(report.Final.StoppedBy);
        return
        [
            "",
            $"{Clean(report.Name)}: {Figures.Plural(report.Final.Rounds, "round")} in {Figures.Seconds(report.ElapsedSeconds)}, {ended}",
            .. report.Notice is { } notice ? [Clean(notice)] : Array.Empty<string>(),
            .. StyledText.Lines(ComparisonTable(report, profile.HasUnicode), columns, profile.HasColor, profile.HasUnicode),
            .. AloneNote(report),
            "",
            .. LossPlot(report).Draw(columns, PlotRows, profile.HasUnicode),
            "",
            $"{(report.WithoutFederation == "local-only" ? "models" : "model ")}  {report.Final.ModelSha256}",
            $"files   {Clean(Path.Combine(directory, "report.html"))}, report.json{(report.WithoutFederation is null ? ", model.safetensors" : "")}",
        ];
    }

    /// <summary>The unit of a model's loss.</summary>
    internal static string LossUnit(string model) => model == "linear" ? "squared target units" : "nats";

    private static TerminalPlot LossPlot(RunReport report) => new()
    {
        Title = $"loss on test rows ({LossUnit(report.Model)})",
        Points = [.. report.Rounds.Select(round => (round.Round, round.Loss ?? double.NaN))],
        Reference = report.WithoutFederation is null && report.Baselines.Pooled.Loss is { } pooled && double.IsFinite(pooled) ? pooled : null,
        ReferenceName = "all data pooled",
    };

    private static Table ComparisonTable(RunReport report, bool hasUnicode)
    {
        Quality quality = Quality.Of(report);
        Table table = new Table { Border = StyledText.Border(hasUnicode), BorderStyle = StyledText.Faint }.AddColumn(new TableColumn("on the shared test rows").NoWrap());
        foreach (string heading in quality.Headings.Select(static name => name.ToLowerInvariant()).Append("loss")) table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());
        foreach (Comparison row in Comparison.Rows(report))
        {
            if (row.Kind == ComparisonKind.Site && report.Baselines.Alone.Length > SitesShownMax) break;
            string label = row.Kind == ComparisonKind.Site ? $"  {Figures.Crop(Figures.Clean(row.Name, hasUnicode), NameWidth, hasUnicode)} alone" : row.Name;
            Style style = row.Kind switch { ComparisonKind.Federated => StyledText.Result, ComparisonKind.Site => StyledText.Faint, _ => Style.Plain };
            table.AddRow(row.Cells(quality).Prepend(label).Select(cell => new Text(cell, style)));
        }

        return table;
    }

    private static IEnumerable<string> AloneNote(RunReport report)
    {
        ImmutableArray<BaselineReport> alone = report.Baselines.Alone;
        if (Quality.HasPairs(report)) yield return Quality.PairsNote;
        int undefined = alone.Count(site => site.Reason is not null);
        if (alone.Length > SitesShownMax) yield return $"Each of the {alone.Length} sites alone: see report.html.";
        if (undefined > 0) yield return $"Not every metric is defined for {Figures.Plural(undefined, "site")} alone; report.html gives the reasons.";
    }
}
