using System.Collections.Immutable;
using Fed.Host.Comparisons;

namespace Fed.Host.Presentation.Html;

/// <summary><c>compare.html</c>: a comparison on one page that needs neither network nor scripts, in the form of report.html. A curve for each run, the mean over its seeds.</summary>
internal static class ComparisonPage
{
    /// <summary>Tones of the style sheet; beyond them curves repeat a colour with another dash.</summary>
    private const int Tones = 8;

    private const int HashDigits = 64;

    /// <summary>The page. Equal reports give equal pages.</summary>
    public static string Render(ComparisonReport report) => new HtmlWriter().Add($"""
        <!DOCTYPE html>
        <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
        <head>
        <meta charset="utf-8"/>
        <meta name="viewport" content="width=device-width, initial-scale=1"/>
        <meta name="color-scheme" content="light dark"/>
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
        <title>{report.Name}: comparison</title>
        <style>
        {new Markup(ReportStyle.Css)}
        </style>
        </head>
        <body>
        <main>
        <header>
        <p class="eyebrow">Comparison</p>
        <h1>{report.Name}</h1>
        <p>{Figures.Plural(report.Runs.Length, "run")} with {Figures.Plural(report.Seeds.Length, "seed")} each: {string.Join(", ", report.Seeds)}. Mean and standard deviation over the seeds, on the same test rows.</p>
        {Notices(report)}
        </header>
        <h2>Results</h2>
        {Panel(ComparisonTables.Quality(report))}
        <h2>Round by round</h2>
        <div class="charts">
        {Charts(report)}
        </div>
        <h2>Cost</h2>
        {Panel(ComparisonTables.Cost(report, HashDigits))}
        {Protection(report)}
        {Tuning(report)}
        {Settings(report)}
        {Seeds(report)}
        </main>
        </body>
        </html>

        """).ToString();

    /// <summary>The colour and dash of a run's curve.</summary>
    private static string Tone(int index) => $"k{index % Tones}{(index >= Tones ? $" d{index / Tones}" : "")}";

    private static Markup Notices(ComparisonReport report) => HtmlWriter.Of(html =>
    {
        foreach (ComparedRun run in report.Runs.Where(static run => run.Notice is not null)) html.Add($"<p class=\"warning\">{run.Name}: {run.Notice}.</p>\n");
        return html;
    });

    private static Markup Charts(ComparisonReport report) => HtmlWriter.Of(html =>
    {
        (string Id, string Name, Func<RoundReport, double?> Figure, Func<double?, string> Format, (double, double) Limits)[] charts =
        [
            ("accuracy", "Accuracy on test rows", static round => round.Accuracy, Figures.Share, (0, 1)),
            ("auc", "AUC on test rows", static round => round.Auc, Figures.Share, (0, 1)),
            ("rmse", "Root mean squared error on test rows", static round => round.Rmse, Figures.Loss, (0, double.PositiveInfinity)),
            ("loss", "Loss on test rows", static round => round.Loss, Figures.Loss, (double.NegativeInfinity, double.PositiveInfinity)),
            ("trainloss", "Loss on training rows", static round => round.TrainLoss, Figures.Loss, (double.NegativeInfinity, double.PositiveInfinity)),
        ];
        int rounds = report.Runs.SelectMany(static run => run.Seeds).Select(static seed => seed.Rounds.Length).DefaultIfEmpty(0).Max();
        if (rounds == 0) return html.Add($"<p class=\"quiet\">No round was committed.</p>");
        foreach ((string id, string name, Func<RoundReport, double?> figure, Func<double?, string> format, (double, double) limits) in charts)
        {
            ImmutableArray<Curve> curves = [.. report.Runs.Select((run, index) => new Curve(run.Name, Tone(index), Padded(ComparisonTables.MeanCurve(run, figure), rounds))).Where(static curve => curve.Values.Any(double.IsFinite))];
            if (curves.IsEmpty) continue;
            html.Add($"{new SvgChart
            {
                Id = id,
                Title = $"{name}, mean over the seeds",
                Description = $"{name} after each round. " + string.Join("; ", curves.Select(curve => $"{curve.Name} ends at {format(curve.Values.LastOrDefault(double.IsFinite, double.NaN))}")) + ".",
                Rounds = [.. Enumerable.Range(1, rounds)],
                Curves = curves,
                Limits = limits,
                Format = format,
                HasMarkers = false,
            }.Draw()}");
        }

        return html;
    });

    private static ImmutableArray<double> Padded(ImmutableArray<(int Round, double Value)> curve, int rounds) => [.. curve.Select(static point => point.Value), .. Enumerable.Repeat(double.NaN, rounds - curve.Length)];

    private static Markup Protection(ComparisonReport report) => report.Protections is not { } same ? default : HtmlWriter.Of(html =>
    {
        html.Add($"<h2>Protections</h2>\n");
        foreach (SameModel models in same) html.Add($"<p class=\"{(models.Equal == false ? "warning" : "quiet")}\">{models.Sentence}.</p>\n");
        if (ComparisonTables.Protection(report) is { Headings.IsEmpty: false } table) html.Add($"{Panel(table)}");
        return html;
    });

    private static Markup Tuning(ComparisonReport report) => report.Tuning is not { } tuning ? default : HtmlWriter.Of(html =>
    {
        string budget = tuning.Budget is { } count ? $"at most {count} combinations a run" : "every combination";
        html.Add($"<h2>How settings were chosen</h2>\n<p class=\"quiet\">Tried: {budget}, seed {tuning.Seed}{(tuning.Rounds is { } rounds ? $", {rounds} rounds" : "")}. The score is the mean over the last quarter of the rounds on held-out training rows; test rows stayed unseen.</p>\n");
        html.Add($"{Panel(ComparisonTables.Chosen(report))}");
        ImmutableArray<ImmutableArray<string>> trials = [.. report.Runs.SelectMany(static run => run.Trials.Select(trial => (ImmutableArray<string>)
            [run.Name, string.Join(", ", trial.Settings.Select(static setting => $"{setting.Key} = {setting.Value}")), Figures.Share(trial.Score), trial.IsChosen ? "chosen" : trial.Failure ?? ""]))];
        html.Add($"<details>\n<summary>Show {Figures.Plural(trials.Length, "trial")}</summary>\n{Panel(new ComparisonTable(["run", "settings", "score", "remark"], trials))}</details>\n");
        return html;
    });

    private static Markup Settings(ComparisonReport report) => HtmlWriter.Of(html => html.Add($"""
        <h2>Settings</h2>
        {Panel(new ComparisonTable(["run", "what it changes about the file"], [.. report.Runs.Select(static run => (ImmutableArray<string>)[run.Name, string.Join(", ", run.Settings.Select(static setting => $"{setting.Key} = {setting.Value}"))])]))}
        """));

    private static Markup Seeds(ComparisonReport report) => HtmlWriter.Of(html =>
    {
        ImmutableArray<ImmutableArray<string>> rows = [.. report.Runs.SelectMany(static run => run.Seeds.Select(seed => (ImmutableArray<string>)
            [run.Name, $"{seed.Seed}", Figures.Share(seed.Final?.Accuracy), Figures.Loss(seed.Final?.Loss), seed.RoundsToTarget?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? Figures.Absent, Figures.Seconds(seed.Seconds), seed.Failure ?? seed.ModelSha256 ?? ""]))];
        return html.Add($"<h2>Every run</h2>\n<details>\n<summary>Show {Figures.Plural(rows.Length, "run")}</summary>\n{Panel(new ComparisonTable(["run", "seed", "accuracy", "loss", "rounds to target", "time", "model SHA-256, or why it failed"], rows))}</details>\n");
    });

    private static Markup Panel(ComparisonTable table) => HtmlWriter.Of(html =>
    {
        html.Add($"<div class=\"panel\">\n<table>\n<thead><tr>");
        foreach (string heading in table.Headings) html.Add($"<th scope=\"col\">{heading}</th>");
        html.Add($"</tr></thead>\n<tbody>\n");
        foreach (ImmutableArray<string> row in table.Rows)
        {
            html.Add($"<tr><th scope=\"row\">{row[0]}</th>");
            foreach (string cell in row.Skip(1)) html.Add($"<td>{cell}</td>");
            html.Add($"</tr>\n");
        }

        return html.Add($"</tbody>\n</table>\n</div>");
    });
}
