using System.Collections.Immutable;
using Spectre.Console;

namespace Fed.Host.Presentation;

/// <summary>What a finished run leaves in the terminal: the federated model beside the baselines from the same data, the loss per round, and where the files are.</summary>
internal static class SummaryView
{
    private const int ColumnsMax = 100;
    private const int PlotRows = 10;
    private const int SitesShownMax = 10;
    private const int NameWidth = 28;

    /// <summary>Writes <see cref="Lines"/>.</summary>
    public static void Write(RunReport report, string directory, TextWriter output, TerminalProfile profile)
    {
        foreach (string line in Lines(report, directory, profile)) output.Write(line + "\n");
        output.Flush();
    }

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
            .. StyledText.Lines(Comparison(report, profile.HasUnicode), columns, profile.HasColor, profile.HasUnicode),
            .. AloneNote(report),
            "",
            .. LossPlot(report).Draw(columns, PlotRows, profile.HasUnicode),
            "",
            $"model   {report.Final.ModelSha256}",
            $"files   {Clean(Path.Combine(directory, "report.html"))}, report.json, model.safetensors",
        ];
    }

    /// <summary>The unit of a model's loss.</summary>
    internal static string LossUnit(string model) => model == "linear" ? "squared target units" : "nats";

    private static TerminalPlot LossPlot(RunReport report) => new()
    {
        Title = $"loss on test rows ({LossUnit(report.Model)})",
        Points = [.. report.Rounds.Select(round => (round.Round, round.Loss ?? double.NaN))],
        Reference = report.Baselines.Pooled.Loss is { } pooled && double.IsFinite(pooled) ? pooled : null,
        ReferenceName = "all data pooled",
    };

    private static Table Comparison(RunReport report, bool hasUnicode)
    {
        bool isRegression = report.Final.Rmse is not null;
        Table table = new Table { Border = StyledText.Border(hasUnicode), BorderStyle = StyledText.Faint }.AddColumn(new TableColumn("on the shared test rows").NoWrap());
        foreach (string heading in isRegression ? new[] { "rmse", "loss" } : ["accuracy", "auc", "loss"]) table.AddColumn(new TableColumn(heading).NoWrap().RightAligned());

        void Add(string name, Style style, double? accuracy, double? auc, double? loss, double? rmse)
        {
            string[] cells = isRegression ? [Figures.Loss(rmse), Figures.Loss(loss)] : [Figures.Share(accuracy), Figures.Share(auc), Figures.Loss(loss)];
            table.AddRow(cells.Prepend(Figures.Crop(name, NameWidth, hasUnicode)).Select(cell => new Text(cell, style)));
        }

        FinalReport final = report.Final;
        Add("federated", new Style(Color.Green, decoration: Decoration.Bold), final.Accuracy, final.Auc, final.Loss, final.Rmse);
        BaselineReport pooled = report.Baselines.Pooled;
        Add("all data pooled", Style.Plain, pooled.Accuracy, pooled.Auc, pooled.Loss, pooled.Rmse);
        ImmutableArray<BaselineReport> alone = report.Baselines.Alone;
        if (alone.Length > 1)
            foreach ((string word, Func<IEnumerable<double>, double> statistic) in new (string, Func<IEnumerable<double>, double>)[] { ("mean", Enumerable.Average), ("lowest", Enumerable.Min), ("highest", Enumerable.Max) })
                Add($"one site alone, {word}", Style.Plain, Over(alone, statistic, site => site.Accuracy), Over(alone, statistic, site => site.Auc), Over(alone, statistic, site => site.Loss), Over(alone, statistic, site => site.Rmse));
        if (alone.Length <= SitesShownMax)
            foreach (BaselineReport site in alone) Add("  " + Figures.Clean(site.Site ?? "", hasUnicode) + " alone", StyledText.Faint, site.Accuracy, site.Auc, site.Loss, site.Rmse);
        return table;
    }

    /// <summary>A statistic over the sites where the metric is defined; null where it is nowhere.</summary>
    private static double? Over(ImmutableArray<BaselineReport> sites, Func<IEnumerable<double>, double> statistic, Func<BaselineReport, double?> metric)
    {
        double[] values = [.. sites.Select(metric).OfType<double>().Where(double.IsFinite)];
        return values.Length == 0 ? null : statistic(values);
    }

    private static IEnumerable<string> AloneNote(RunReport report)
    {
        ImmutableArray<BaselineReport> alone = report.Baselines.Alone;
        int undefined = alone.Count(site => site.Reason is not null);
        if (alone.Length > SitesShownMax) yield return $"Each of the {alone.Length} sites alone: see report.html.";
        if (undefined > 0) yield return $"Not every metric is defined for {Figures.Plural(undefined, "site")} alone; report.html gives the reasons.";
    }
}
