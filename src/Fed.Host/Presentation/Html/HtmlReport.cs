using System.Collections.Immutable;
using System.Globalization;

namespace Fed.Host.Presentation.Html;

/// <summary>
/// <c>report.html</c>: a run on one page that needs nothing else, neither network nor scripts. Well-formed XML as well as HTML. Everything that came from plans or data is
/// encoded (<see cref="HtmlWriter"/>), and a content security policy forbids what should nevertheless slip through.
/// </summary>
internal static class HtmlReport
{
    /// <summary>The page. Equal reports give equal pages.</summary>
    public static string Render(RunReport report) => new HtmlWriter().Add($"""
        <!DOCTYPE html>
        <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <title>{report.Name}: {(IsFederated(report) ? "federated run" : "run without a federation")} {report.JobId}</title>
        <style>
        {new Markup(ReportStyle.Css)}
        </style>
        </head>
        <body>
        <main>
        {Header(report)}
        {KeyFigures(report)}
        <h2>Round by round</h2>
        <div class="charts">
        {Charts(report)}
        </div>
        {ReportTables.Comparisons(report)}
        {ReportTables.Sites(report)}
        {ReportTables.Rounds(report)}
        {TrafficTable.Of(report)}
        {ReportTables.Provenance(report)}
        </main>
        </body>
        </html>

        """).ToString();

    private static Markup Header(RunReport report) => HtmlWriter.Of(html => html.Add($"""
        <header>
        <p class="eyebrow">{(IsFederated(report) ? "Federated run" : "Run without a federation")}</p>
        <h1>{report.Name}</h1>
        {(report.Notice is { } notice ? HtmlWriter.Of(note => note.Add($"<p class=\"warning\">{notice}</p>")) : default)}
        <p>{report.Algorithm}, {report.Model} model. {Scale(report)}. Finished {Time(report.Finished)}.</p>
        </header>
        """));

    private static bool IsFederated(RunReport report) => report.WithoutFederation is null;

    private static string Scale(RunReport report) =>
        $"{Figures.Plural(report.Sites.Length, "site")} with {Figures.Plural(report.Sites.Sum(site => site.TrainSamples), "training row")}";

    private static Markup KeyFigures(RunReport report) => HtmlWriter.Of(html =>
    {
        (FinalReport final, BaselineReport pooled) = (report.Final, report.Baselines.Pooled);
        html.Add($"<dl class=\"figures\">\n");
        if (final.Rmse is not null) Metric(html, "RMSE", final.Rmse, pooled.Rmse, Figures.Loss);
        else if (final.Concordance is not null) Metric(html, "Concordance", final.Concordance, pooled.Concordance, Figures.Share);
        else
        {
            Metric(html, "Accuracy", final.Accuracy, pooled.Accuracy, Figures.Share);
            Metric(html, "AUC", final.Auc, pooled.Auc, Figures.Share);
        }

        Metric(html, "Loss", final.Loss, pooled.Loss, Figures.Loss);
        string ended = final.StoppedBy == "rounds" ? "as many as planned" : $"stopped by {final.StoppedBy}";
        html.Add($"<div><dt>Rounds</dt><dd>{Figures.Count(final.Rounds)}</dd><dd class=\"note\">{ended}</dd></div>\n");
        string traffic = IsFederated(report) ? $"{Figures.Bytes(report.Counts.BytesUp)} from sites, {Figures.Bytes(report.Counts.BytesDown)} to sites" : $"{Figures.Bytes(report.Counts.BytesUp)} of rows left their sites";
        html.Add($"<div><dt>Time</dt><dd>{Figures.Seconds(report.ElapsedSeconds)}</dd><dd class=\"note\">{traffic}</dd></div>\n");
        return html.Add($"</dl>");
    });

    private static void Metric(HtmlWriter html, string name, double? federated, double? pooled, Func<double?, string> format)
    {
        string note = federated is null || pooled is null ? "no pooled baseline" : $"pooled {format(pooled)} ({Figures.Difference(federated - pooled)})";
        html.Add($"<div><dt>{name}</dt><dd>{format(federated)}</dd><dd class=\"note\">{note}</dd></div>\n");
    }

    private static Markup Charts(RunReport report) => HtmlWriter.Of(html =>
    {
        if (report.Rounds.IsEmpty) return html.Add($"<p class=\"quiet\">No round was committed.</p>");
        SvgChart[] quality = Quality.HasPairs(report)
            ? [ShareChart("concordance", "Concordance", "Share of the pairs of test rows within a site whose order in time the model tells; half is chance", report, round => round.Concordance, site => site.Concordance)]
            : report.Final.Rmse is null
            ? [ShareChart("accuracy", "Accuracy", "Share of test rows classified correctly", report, round => round.Accuracy, site => site.Accuracy),
               ShareChart("auc", "AUC", "Area under the ROC curve on the test rows", report, round => round.Auc, site => site.Auc)]
            : [ErrorChart(report)];
        SvgChart[] contributors = IsFederated(report) ? [ContributorChart(report)] : [];
        foreach (SvgChart chart in (ReadOnlySpan<SvgChart>)[LossChart(report), .. quality, .. contributors]) html.Add($"{chart.Draw()}");
        return html;
    });

    private static SvgChart LossChart(RunReport report) => new()
    {
        Id = "loss",
        Title = $"Mean loss per row ({SummaryView.LossUnit(report.Model)})",
        Description = $"Mean loss on test and training rows after each round. {FromTo("Test loss", report, round => round.Loss, Figures.Loss)}",
        Rounds = Numbers(report),
        Curves = [.. CurveOf("test rows", "s1", report, round => round.Loss), .. CurveOf("training rows", "s2", report, round => round.TrainLoss)],
        Levels = Levels(report, "s1", site => site.Loss),
    };

    private static SvgChart ShareChart(
        string id, string name, string meaning, RunReport report, Func<RoundReport, double?> metric, Func<BaselineReport, double?> baseline) => new()
        {
            Id = id,
            Title = $"{name} on test rows",
            Description = $"{meaning}, after each round. {FromTo(name, report, metric, Figures.Share)}",
            Rounds = Numbers(report),
            Curves = CurveOf(CurveName(report), "s3", report, metric),
            Levels = Levels(report, "s3", baseline),
            Limits = (0, 1),
            Format = Figures.Share,
        };

    private static SvgChart ErrorChart(RunReport report) => new()
    {
        Id = "error",
        Title = "Root mean squared error on test rows (target units)",
        Description = $"Error after each round. {FromTo("RMSE", report, round => round.Rmse, Figures.Loss)}",
        Rounds = Numbers(report),
        Curves = CurveOf(CurveName(report), "s3", report, round => round.Rmse),
        Levels = Levels(report, "s3", site => site.Rmse),
    };

    private static SvgChart ContributorChart(RunReport report) => new()
    {
        Id = "contributors",
        Title = "Sites in the sum",
        Description = $"How many of {Figures.Plural(report.Sites.Length, "site")} contributed to each round: "
            + $"at least {report.Rounds.Min(round => round.Contributors.Length)}, at most {report.Rounds.Max(round => round.Contributors.Length)}.",
        Rounds = Numbers(report),
        Bars = [.. report.Rounds.Select(round => round.Contributors.Length)],
        BarTexts = [.. report.Rounds.Select(round => BarText(round, report.Sites.Length))],
        Levels = [new Level("all sites", "quiet", report.Sites.Length)],
        Format = value => Figures.Count((long)(value ?? 0)),
    };

    private static string BarText(RoundReport round, int sites) =>
        $"round {round.Round}: {round.Contributors.Length} of {Figures.Plural(sites, "site")}, {Figures.Plural(round.Attempts, "attempt")}";

    private static string CurveName(RunReport report) => report.WithoutFederation switch { null => "federated", "pooled" => "all data pooled", _ => "one site alone (mean)" };

    private static ImmutableArray<int> Numbers(RunReport report) => [.. report.Rounds.Select(round => round.Round)];

    /// <summary>The curve of a metric, or none where no round has it.</summary>
    private static ImmutableArray<Curve> CurveOf(string name, string tone, RunReport report, Func<RoundReport, double?> metric)
    {
        ImmutableArray<double> values = [.. report.Rounds.Select(round => metric(round) ?? double.NaN)];
        return values.Any(double.IsFinite) ? [new Curve(name, tone, values)] : [];
    }

    private static ImmutableArray<Level> Levels(RunReport report, string tone, Func<BaselineReport, double?> metric)
    {
        var levels = ImmutableArray.CreateBuilder<Level>();
        if (!IsFederated(report)) return [];
        if (metric(report.Baselines.Pooled) is { } pooled) levels.Add(new Level("all data pooled", tone, pooled));
        if (Comparison.Over(report.Baselines.Alone, metric, Enumerable.Average) is { } alone) levels.Add(new Level("one site alone (mean)", tone + " far", alone, IsFar: true));
        return levels.ToImmutable();
    }

    private static string FromTo(string name, RunReport report, Func<RoundReport, double?> metric, Func<double?, string> format) =>
        $"{name} went from {format(metric(report.Rounds[0]))} after round {report.Rounds[0].Round} "
        + $"to {format(metric(report.Rounds[^1]))} after round {report.Rounds[^1].Round}.";

    /// <summary>A moment for people, in UTC.</summary>
    internal static string Time(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
