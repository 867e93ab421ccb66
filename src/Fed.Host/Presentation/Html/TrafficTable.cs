using Fed.Host.Traffic;

namespace Fed.Host.Presentation.Html;

/// <summary>What passed between sites and servers, phase by phase, and under which protection.</summary>
internal static class TrafficTable
{
    /// <summary>The section; empty where nothing was counted.</summary>
    public static Markup Of(RunReport report) => report.Traffic is not { } traffic ? default : HtmlWriter.Of(html =>
    {
        html.Add($"""
            <h2>What left the sites</h2>
            <div class="panel">
            <table>
            <caption>{Caption(report)}</caption>
            <thead><tr><th scope="col">Phase</th><th scope="col" class="number">Sites</th><th scope="col" class="number">Up</th><th scope="col" class="number">Down</th><th scope="col" class="number">Most of a site up</th><th scope="col" class="number">Most of a site down</th></tr></thead>
            <tbody>

            """);
        foreach (PhaseTraffic phase in traffic.Phases)
            html.Add($"<tr><th scope=\"row\">{phase.Phase}</th>{Number(Figures.Count(phase.Sites))}{Number(Figures.Bytes(phase.Up))}{Number(Figures.Bytes(phase.Down))}{Number(Figures.Bytes(phase.UpMax))}{Number(Figures.Bytes(phase.DownMax))}</tr>\n");
        return html.Add($"</tbody>\n</table>\n</div>");
    });

    private static string Caption(RunReport report)
    {
        string how = report.Protection switch
        {
            null => "Contributions travelled as they are: the aggregator sees each of them.",
            { } under => $"Protection {under.Mode} against the server and {(under.Colluding == 0 ? "no site" : Figures.Plural(under.Colluding, "site"))} with it, at least {under.MinimumContributors} contributors a sum"
                + $"{(under.Verification is { } level ? $", sums verified: {level}" : "")}.",
        };
        return $"{how} Bytes of messages and blobs, all rounds together.";
    }

    private static Markup Number(string text) => HtmlWriter.Of(html => html.Add($"<td class=\"number\">{text}</td>"));
}
