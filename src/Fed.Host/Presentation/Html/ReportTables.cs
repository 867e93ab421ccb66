using System.Collections.Immutable;

namespace Fed.Host.Presentation.Html;

/// <summary>The report's tables, each under its heading and with a caption.</summary>
internal static class ReportTables
{
    /// <summary>More rows than this are folded: the page stays a page.</summary>
    private const int RowsUnfoldedMax = 12;

    /// <summary>The federated model beside the baselines, each site alone included.</summary>
    public static Markup Comparisons(RunReport report) => HtmlWriter.Of(html =>
    {
        Quality quality = Quality.Of(report);
        ImmutableArray<Comparison> rows = Comparison.Rows(report);
        if (rows.Length <= 1) return html;
        html.Add($"<h2>{(report.WithoutFederation is null ? "Compared with the same data without a federation" : "Site by site")}</h2>\n<div class=\"panel\">\n");
        bool isFolded = report.Baselines.Alone.Length > RowsUnfoldedMax;
        string note = Quality.HasPairs(report) ? " " + Quality.PairsNote : "";
        Table(html, $"All models measured on the same test rows, those of all sites together.{note}", isFolded ? rows.RemoveAll(row => row.Kind == ComparisonKind.Site) : rows);
        if (!isFolded) return html.Add($"</div>");
        html.Add($"<details>\n<summary>Show each of the {Figures.Plural(report.Baselines.Alone.Length, "site")} alone</summary>\n");
        Table(html, "Each site alone, on the same test rows.", rows.RemoveAll(row => row.Kind != ComparisonKind.Site));
        return html.Add($"</details>\n</div>");

        void Table(HtmlWriter table, string caption, ImmutableArray<Comparison> shown)
        {
            table.Add($"""
                <table>
                <caption>{caption}</caption>
                <thead><tr><th scope="col">Model</th>{Heads([.. quality.Headings, "Loss"])}<th scope="col">Remark</th></tr></thead>
                <tbody>

                """);
            foreach (Comparison row in shown) Row(table, row, quality);
            table.Add($"</tbody>\n</table>\n");
        }
    });

    /// <summary>The sites' data and how often each took part.</summary>
    public static Markup Sites(RunReport report) => HtmlWriter.Of(html =>
    {
        Dictionary<string, int> taken = report.Rounds.SelectMany(round => round.Contributors).CountBy(name => name).ToDictionary(StringComparer.Ordinal);
        bool hasClasses = report.Sites.Any(site => !site.Classes.IsEmpty);
        Markup classHead = hasClasses ? new Markup("<th scope=\"col\">Training rows by class</th>") : default;
        bool isFolded = report.Sites.Length > RowsUnfoldedMax;
        int warned = report.Sites.Count(site => !site.Warnings.IsEmpty);
        string label = $"Show {Figures.Plural(report.Sites.Length, "site")}" + (warned > 0 ? $", {Figures.Count(warned)} of them with warnings" : "");
        Markup fold = isFolded ? HtmlWriter.Of(open => open.Add($"<details>\n<summary>{label}</summary>")) : default;
        html.Add($"""
            <h2>Sites</h2>
            <div class="panel">
            {fold}
            <table>
            <caption>{report.Notice ?? "Rows stay at their site; only sums of vectors leave it."}</caption>
            <thead><tr><th scope="col">Site</th>{Heads(["Training rows", "Test rows"])}{classHead}{Heads(["Rounds in the sum"])}<th scope="col">Warnings</th></tr></thead>
            <tbody>

            """);
        foreach (SiteReport site in report.Sites)
        {
            string classes = string.Join(", ", site.Classes.Select(label => $"{label.Key}: {Figures.Count(label.Value)}"));
            Markup classCell = hasClasses ? HtmlWriter.Of(cell => cell.Add($"<td>{classes}</td>")) : default;
            html.Add($"<tr><th scope=\"row\">{site.Name}</th>{Cells([Figures.Count(site.TrainSamples), Figures.Count(site.TestSamples)])}{classCell}");
            html.Add($"{Cells([$"{taken.GetValueOrDefault(site.Name)} of {report.Rounds.Length}"])}<td class=\"warning\">{string.Join("; ", site.Warnings)}</td></tr>\n");
        }

        return html.Add($"</tbody>\n</table>\n{new Markup(isFolded ? "</details>\n" : "")}</div>");
    });

    /// <summary>Every committed round; folded, since a job may have thousands.</summary>
    public static Markup Rounds(RunReport report) => HtmlWriter.Of(html =>
    {
        if (report.Rounds.IsEmpty) return html;
        Quality quality = Quality.Of(report);
        html.Add($"""
            <h2>Rounds</h2>
            <div class="panel">
            <details>
            <summary>Show {Figures.Plural(report.Rounds.Length, "round")}</summary>
            <table>
            <caption>Metrics after the round; the hash is of the parameters as little-endian float64.</caption>
            <thead><tr>{Heads(["Round", "Loss", "Training loss", .. quality.Headings, "Sites", "Attempts", "Up", "Time"])}<th scope="col">Model SHA-256</th></tr></thead>
            <tbody>

            """);
        foreach (RoundReport round in report.Rounds)
        {
            string[] cells =
            [
                Figures.Loss(round.Loss), Figures.Loss(round.TrainLoss), .. quality.CellsOf(round),
                Figures.Count(round.Contributors.Length), Figures.Count(round.Attempts), Figures.Bytes(round.BytesUp), Figures.Seconds(round.Seconds),
            ];
            html.Add($"<tr><th scope=\"row\" class=\"number\">{round.Round}</th>{Cells(cells)}<td><code>{round.ModelSha256}</code></td></tr>\n");
        }

        return html.Add($"</tbody>\n</table>\n</details>\n</div>");
    });

    /// <summary>What one needs to run it again and to compare.</summary>
    public static Markup Provenance(RunReport report) => HtmlWriter.Of(html =>
    {
        (EnvironmentReport where, CountsReport counts) = (report.Environment, report.Counts);
        html.Add($"""
            <h2>Provenance</h2>
            <div class="panel">
            <table>
            <caption>Models are bit-identical for the same plan, contributors, version of fed and SIMD class, whatever the number of threads.</caption>
            <tbody>
            <tr><th scope="row">Job</th><td><code>{report.JobId}</code></td></tr>
            <tr><th scope="row">Plan SHA-256</th><td><code>{report.PlanHash}</code></td></tr>
            <tr><th scope="row">Model SHA-256</th><td><code>{report.Final.ModelSha256}</code></td></tr>

            """);
        string resumes = counts.Resumes > 0 ? $"; carried on {Figures.Plural(counts.Resumes, "time")}" : "";
        Fact(html, "Started, finished", $"{HtmlReport.Time(report.Started)}, {HtmlReport.Time(report.Finished)}{resumes}");
        Fact(html, "Software", $"fed {where.Version}, {where.Runtime}, {where.OperatingSystem}");
        Fact(html, "Processor", $"{where.SimdClass}, {Figures.Plural(where.Processors, "logical processor")}, {Figures.Plural(where.Workers, "training thread")}");
        Fact(html, "Work", $"{Figures.Plural(counts.LocalTrainings, "local training")}, {Figures.Plural(counts.UpdatesAccepted, "update")} accepted, {Figures.Count(counts.UpdatesRefused)} refused, "
            + $"{Figures.Plural(counts.RoundsFailed, "failed attempt")}, {Figures.Plural(counts.ClippedEntries, "clipped value")}");
        Fact(html, "Journal", Figures.Plural(counts.JournalEvents, "event"));
        return html.Add($"</tbody>\n</table>\n</div>");
    });

    private static void Fact(HtmlWriter html, string name, string text) => html.Add($"<tr><th scope=\"row\">{name}</th><td>{text}</td></tr>\n");

    private static void Row(HtmlWriter html, Comparison row, Quality quality)
    {
        string tone = row.Kind switch { ComparisonKind.Federated => "own", ComparisonKind.Site => "sub", _ => "plain" };
        string name = row.Kind == ComparisonKind.Site ? row.Name + " alone" : char.ToUpperInvariant(row.Name[0]) + row.Name[1..];
        html.Add($"<tr class=\"{tone}\"><th scope=\"row\">{name}</th>{Cells(row.Cells(quality).AsSpan())}<td class=\"quiet\">{row.Model.Reason}</td></tr>\n");
    }

    private static Markup Heads(ReadOnlySpan<string> names)
    {
        var html = new HtmlWriter();
        foreach (string name in names) html.Add($"<th scope=\"col\" class=\"number\">{name}</th>");
        return html.ToMarkup();
    }

    private static Markup Cells(ReadOnlySpan<string> texts)
    {
        var html = new HtmlWriter();
        foreach (string text in texts) html.Add($"<td class=\"number\">{text}</td>");
        return html.ToMarkup();
    }
}
