using System.Text.Json;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary><c>fed compare</c> as its user meets it.</summary>
public sealed class CompareTests
{
    private const string Block = """
        job.rounds = 3
        compare {
          seeds = [1, 2]
          target-accuracy = 0.9
          tune { budget = 2, rounds = 2 }
          runs = [
            { name = fedavg, tune { fedavg.learning-rate = [0.001, 0.5] } }
            { name = scaffold, job { algorithm = scaffold, scaffold { local-steps = 20, learning-rate = 0.1 } } }
            { name = alone, job { algorithm = local-only, local-only { local-epochs = 20, learning-rate = 0.5 } } }
          ]
        }
        """;

    [Fact]
    public void A_comparison_tabulates_its_runs_and_a_second_call_makes_none_again()
    {
        using Workspace workspace = new();
        string conf = workspace.Conf(Repository.Quickstart, Block), folder = workspace.PathOf("out");
        FedResult first = workspace.Fed("compare", conf, "--out", folder).Succeeded();
        Assert.Contains("[8/8] alone seed-2:", first.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("made before", first.Out, StringComparison.Ordinal);
        Assert.Contains("rounds to 0.9", first.Out, StringComparison.Ordinal);
        Assert.Contains("learning-rate 0.5", first.Out, StringComparison.Ordinal);
        Assert.Contains("alone: no federation", first.Out, StringComparison.Ordinal);
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(folder, "compare.html")), StringComparison.Ordinal);
        JsonElement written = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "compare.json"))).RootElement;
        JsonElement again = workspace.Fed("compare", conf, "--json").Succeeded().Json();
        Assert.All(Seeds(again), static seed => Assert.True(seed.GetProperty("wasKnown").GetBoolean()));
        Assert.Equal(Seeds(written).Select(static seed => seed.GetProperty("modelSha256").GetString()), Seeds(again).Select(static seed => seed.GetProperty("modelSha256").GetString()));
        Assert.Equal(3, Seeds(again)[0].GetProperty("rounds").GetArrayLength());
        Assert.NotEqual(Seeds(again)[0].GetProperty("modelSha256").GetString(), Seeds(again)[2].GetProperty("modelSha256").GetString());
    }

    [Fact]
    public void A_run_of_a_comparison_is_the_simulation_of_the_same_settings()
    {
        using Workspace workspace = new();
        JsonElement comparison = workspace.Fed("compare", workspace.Conf(Repository.Quickstart, "job.rounds = 2", "compare { seeds = [5], runs = [ { name = plain } ] }"), "--json").Succeeded().Json();
        using Workspace other = new();
        JsonElement alone = other.Fed("simulate", other.Conf(Repository.Quickstart, "job { rounds = 2, seed = 5 }"), "--json").Succeeded().Json();
        Assert.Equal(alone.GetProperty("final").GetProperty("modelSha256").GetString(), comparison.GetProperty("runs")[0].GetProperty("modelSha256").GetString());
        string folder = comparison.GetProperty("runs")[0].GetProperty("seeds")[0].GetProperty("folder").GetString()!;
        Assert.Contains("all verified", FedHere.Run("audit", "verify", "--data", Path.GetFullPath(folder, Repository.Root)).Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void A_comparison_killed_in_the_middle_goes_on_where_it_was_and_ends_the_same()
    {
        using Workspace disturbed = new(), undisturbed = new();
        const string Runs = "job.rounds = 40\ncompare { seeds = [1, 2, 3], runs = [ { name = fedavg } ] }";
        string conf = disturbed.Conf(Repository.Quickstart, Runs);
        using (FedProcess run = disturbed.Start("compare", conf))
        {
            Assert.True(run.WaitForLines(1));
            Assert.True(run.Kill());
        }

        FedResult resumed = disturbed.Fed("compare", conf).Succeeded();
        Assert.Contains("[1/3] fedavg seed-1:", resumed.Out, StringComparison.Ordinal);
        Assert.Contains("(made before)", resumed.Out.Split('\n')[0], StringComparison.Ordinal);
        JsonElement expected = undisturbed.Fed("compare", undisturbed.Conf(Repository.Quickstart, Runs), "--json").Succeeded().Json();
        JsonElement actual = disturbed.Fed("compare", conf, "--json").Succeeded().Json();
        Assert.Equal(Seeds(expected).Select(static seed => seed.GetProperty("modelSha256").GetString()), Seeds(actual).Select(static seed => seed.GetProperty("modelSha256").GetString()));
    }

    [Theory]
    [InlineData("", "lists no runs to compare")]
    [InlineData("compare { seeds = [], runs = [ { name = a } ] }", "compare.seeds is empty")]
    [InlineData("compare { target-accuracy = 2, runs = [ { name = a } ] }", "target-accuracy to be at most 1")]
    [InlineData("compare { runs = [ { name = a }, { name = a } ] }", "the run 'a' is listed twice")]
    [InlineData("compare { runs = [ { name = a }, { name = b, job { fedprox.muu = 1 } } ] }", "unknown key 'job.fedprox.muu'; did you mean 'mu'?")]
    [InlineData("compare { runs = [ { name = a }, { name = b, job { data.target = absent } } ] }", "run 'b': ")]
    [InlineData("compare { runs = [ { name = a }, { name = b, job { quorum = 9 } } ] }", "job.quorum = 9 can never be reached")]
    public void A_comparison_with_a_mistake_is_refused_before_its_first_run(string block, string part)
    {
        using Workspace workspace = new();
        workspace.Fed("compare", workspace.Conf(Repository.Quickstart, block)).Refused(2, part);
        Assert.False(Directory.Exists(Path.Combine(workspace.Data, "compare")), "something was written");
    }

    [Fact]
    public void A_run_that_fails_is_told_and_the_others_are_made()
    {
        using Workspace workspace = new();
        string conf = workspace.Conf(
            Repository.Quickstart,
            "job { rounds = 2, max-attempts = 1 }",
            "compare { seeds = [1], runs = [ { name = diverging, job { fedavg.learning-rate = 1e200 } }, { name = calm } ] }");
        FedResult run = workspace.Fed("compare", conf);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("diverging seed-1: failed", run.Out, StringComparison.Ordinal);
        Assert.Contains("calm seed-1: loss", run.Out, StringComparison.Ordinal);
        Assert.Contains("1 of 2 runs failed", run.Error, StringComparison.Ordinal);
    }

    private static JsonElement[] Seeds(JsonElement comparison) => [.. comparison.GetProperty("runs").EnumerateArray().SelectMany(static run => run.GetProperty("seeds").EnumerateArray())];
}
