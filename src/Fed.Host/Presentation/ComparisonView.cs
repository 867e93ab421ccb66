using System.Collections.Immutable;
using Fed.Host.Comparisons;
using Spectre.Console;

namespace Fed.Host.Presentation;

/// <summary>What a comparison leaves in the terminal: quality, cost, and the mean curves of all runs in one plot.</summary>
internal static class ComparisonView
{
    private const int ColumnsMax = 120;
    private const int PlotRows = 14;
    private const int HashDigits = 12;

    /// <summary>The lines; escape codes only for a terminal with colours.</summary>
    /// <param name="report">The comparison.</param>
    /// <param name="directory">Where its files lie, as the user should see it.</param>
    /// <param name="profile">Decides on width, colours and characters.</param>
    public static ImmutableArray<string> Lines(ComparisonReport report, string directory, TerminalProfile profile)
    {
        int columns = Math.Clamp(profile.Size().Columns - 1, 79, ColumnsMax);
        string Clean(string text) => Figures.Clean(text, profile.HasUnicode);
        return
        [
            "",
            $"{Clean(report.Name)}: {Figures.Plural(report.Runs.Length, "run")} with {Figures.Plural(report.Seeds.Length, "seed")} each ({string.Join(", ", report.Seeds)}); mean +- standard deviation over the seeds",
            .. Table(ComparisonTables.Quality(report), columns, profile),
            .. Table(ComparisonTables.Cost(report, HashDigits), columns, profile),
            .. ComparisonTables.Protection(report) is { Headings.IsEmpty: false } protection ? Table(protection, columns, profile) : [],
            .. (report.Protections ?? []).Select(models => Clean(models.Sentence)),
            .. report.Tuning is null ? [] : Table(ComparisonTables.Chosen(report), columns, profile),
            .. report.Runs.Where(static run => run.Notice is not null).Select(run => $"{Clean(run.Name)}: {Clean(run.Notice!)}"),
            "",
            .. Plot(report).Draw(columns, PlotRows, profile.HasUnicode),
            "",
            $"files   {Clean(Path.Combine(directory, "compare.html"))}, compare.json",
        ];
    }

    private static ImmutableArray<string> Table(ComparisonTable content, int columns, TerminalProfile profile)
    {
        Table table = new() { Border = StyledText.Border(profile.HasUnicode), BorderStyle = StyledText.Faint };
        foreach ((string heading, int index) in content.Headings.Select(static (heading, index) => (heading, index)))
            table.AddColumn(index == 0 ? new TableColumn(heading).NoWrap() : new TableColumn(heading).NoWrap().RightAligned());
        foreach (ImmutableArray<string> row in content.Rows) table.AddRow(row.Select(cell => new Text(Figures.Clean(cell, profile.HasUnicode))));
        int needed = 1 + Enumerable.Range(0, content.Headings.Length).Sum(column => 3 + content.Rows.Select(row => row[column].Length).Append(content.Headings[column].Length).Max());
        return StyledText.Lines(table, Math.Max(columns, needed), profile.HasColor, profile.HasUnicode);   // a row stays a row, and a narrow terminal wraps it itself
    }

    private static LetterPlot Plot(ComparisonReport report)
    {
        bool isClassifier = report.Runs.Any(static run => run.Summary.Accuracy is not null);
        return new LetterPlot
        {
            Title = isClassifier ? "accuracy on test rows, mean over the seeds" : "loss on test rows, mean over the seeds",
            Curves = [.. report.Runs.Select(run => new LetterCurve(run.Name, ComparisonTables.MeanCurve(run, isClassifier ? static round => round.Accuracy : static round => round.Loss)))],
        };
    }
}
