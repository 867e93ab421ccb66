using System.Text.Json;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Runs that are no federations, and the one that passes single sites' models on: each works, and each says what it is.</summary>
public sealed class YardstickTests
{
    [Fact]
    public void Pooled_run_says_that_rows_left_their_sites_and_comes_near_the_optimum()
    {
        using Workspace workspace = new();
        FedResult run = workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, "job { algorithm = pooled, rounds = 5, pooled { local-epochs = 100, learning-rate = 0.5 } }")).Succeeded();
        Assert.Contains("round 5/5:", run.Out, StringComparison.Ordinal);
        Assert.Contains("no federation: all 569 rows", run.Out, StringComparison.Ordinal);
        string folder = Path.Combine(workspace.Data, "baselines", "quickstart-pooled-1");
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "report.json")));
        Assert.Equal("pooled", report.RootElement.GetProperty("withoutFederation").GetString());
        Assert.StartsWith("no federation", report.RootElement.GetProperty("notice").GetString(), StringComparison.Ordinal);
        Assert.Equal(5, report.RootElement.GetProperty("rounds").GetArrayLength());
        Assert.InRange(report.RootElement.GetProperty("final").GetProperty("accuracy").GetDouble(), 0.98, 1);
        string page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.Contains("Run without a federation", page, StringComparison.Ordinal);
        Assert.Contains("were brought to one place", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Rows stay at their site", page, StringComparison.Ordinal);
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, "job.algorithm = pooled"), "--resume").Refused(2, "keeps no journal to resume from");
    }

    [Fact]
    public void Local_only_run_reports_mean_extremes_and_each_site()
    {
        using Workspace workspace = new();
        string conf = workspace.Conf(Repository.Quickstart, "job { algorithm = local-only, rounds = 3, local-only { local-epochs = 20, learning-rate = 0.5 } }");
        JsonElement report = workspace.Fed("simulate", conf, "--json").Succeeded().Json();
        double[] alone = [.. report.GetProperty("baselines").GetProperty("alone").EnumerateArray().Select(static site => site.GetProperty("loss").GetDouble())];
        Assert.Equal(5, alone.Length);
        Assert.Equal(alone.Average(), report.GetProperty("final").GetProperty("loss").GetDouble(), 1e-12);
        Assert.Equal(alone.Average(), report.GetProperty("rounds")[2].GetProperty("loss").GetDouble(), 1e-12);
        FedResult again = workspace.Fed("simulate", conf).Succeeded();
        Assert.Contains("one site alone, mean", again.Out, StringComparison.Ordinal);
        Assert.Contains("site-3 alone", again.Out, StringComparison.Ordinal);
        Assert.Contains("no federation: each of 5 sites trained by itself", again.Out, StringComparison.Ordinal);
        Assert.Equal(
            report.GetProperty("final").GetProperty("modelSha256").GetString(),
            JsonDocument.Parse(File.ReadAllText(Path.Combine(workspace.Data, "baselines", "quickstart-local-only-2", "report.json"))).RootElement.GetProperty("final").GetProperty("modelSha256").GetString());
    }

    [Fact]
    public void Cyclic_transfer_visits_the_sites_in_turn_and_is_replayed_and_audited_like_any_job()
    {
        using Workspace workspace = new();
        FedResult run = workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, "job { algorithm = cyclic, rounds = 7, cyclic { local-epochs = 5, learning-rate = 0.5 } }", "simulation.baselines = false")).Succeeded();
        Assert.Contains("single sites' models passed from site to site", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("all data pooled", run.Out, StringComparison.Ordinal);
        Report report = new(workspace.Data);
        string[] visited = [.. report.Root.GetProperty("rounds").EnumerateArray().Select(static round => Assert.Single(round.GetProperty("contributors").EnumerateArray()).GetString()!)];
        Assert.Equal(5, visited.Take(5).Distinct().Count());
        Assert.Equal(visited.Take(2), visited.Skip(5));
        Assert.Contains("single sites' models", report.Root.GetProperty("notice").GetString(), StringComparison.Ordinal);
        Assert.EndsWith("round 4: bit-identical", workspace.Fed("rounds", "replay", "4").Succeeded().Out, StringComparison.Ordinal);
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }
}
