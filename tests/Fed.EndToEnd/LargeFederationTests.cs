using System.Text.Json;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>More than a hundred sites, where masks are on a sparse graph that the sites draw: half a minute of processor time, so `./test.sh chaos` runs it.</summary>
public sealed class LargeFederationTests
{
    private const int Sites = 101;

    [Fact]
    public void More_than_a_hundred_sites_on_a_sparse_graph_give_the_plain_runs_model()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("FED_CHAOS_KILLS") is not null, "a long test; ./test.sh chaos runs it");
        string[] settings = ["job { rounds = 1, standardise = false }", $"simulation {{ baselines = false, partition {{ from = iid, sites = {Sites}, file = null, column = null }} }}"];
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, [.. settings, "job.protection = secagg"])).Succeeded();
        Assert.Equal(RunHere.Hashes(Repository.Quickstart, settings), new Report(workspace.Data).RoundSha256);
        JsonElement shown = workspace.Fed("rounds", "show", "1", "--json").Succeeded().Json();
        Assert.Equal(Sites, shown.GetProperty("sums")[0].GetProperty("contributors").GetArrayLength());
        Assert.Contains("graph drawn", shown.GetProperty("events").EnumerateArray().Select(static happened => happened.GetProperty("event").GetString()));
    }
}
