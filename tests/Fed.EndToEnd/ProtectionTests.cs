using System.Text.Json;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.EndToEnd.Running;
using Fed.Host.History;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Protection changes what others see, and no bit of the model.</summary>
public sealed class ProtectionTests(FinishedRuns finished)
{
    private static readonly string[] SecAgg = [$"job.rounds = {FinishedRuns.ShortRounds}", "job.protection { mode = secagg, colluding = 1 }"];

    [Fact]
    public void Secure_aggregation_gives_every_rounds_model_of_the_plain_run_and_leaves_no_secret_and_no_update()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, SecAgg)).Succeeded();
        Assert.Equal(new Report(finished.Short).RoundSha256, new Report(workspace.Data).RoundSha256);
        string[] secrets = [.. Directory.EnumerateDirectories(Path.Combine(workspace.Data, "sites")).SelectMany(static site => Directory.EnumerateFiles(Path.Combine(site, "secrets")))];
        Assert.NotEmpty(secrets);
        Assert.All(secrets, static file => Assert.Equal(0, new FileInfo(file).Length));   // tombstones
        workspace.Fed("audit", "verify").Succeeded();
    }

    [Theory]
    [InlineData(2, "plain")]
    [InlineData(3, "secagg")]
    public void A_tree_of_aggregators_gives_every_rounds_model_of_one(int aggregators, string protection)
    {
        using Workspace workspace = new();
        string[] settings = [$"job.rounds = {FinishedRuns.ShortRounds}", $"job.protection = {protection}", $"job.aggregators = {aggregators}"];
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, settings)).Succeeded();
        Assert.Equal(new Report(finished.Short).RoundSha256, new Report(workspace.Data).RoundSha256);
        workspace.Fed("audit", "verify").Succeeded();
        Assert.Contains(protection == "plain" ? "bit-identical" : "server step identical", workspace.Fed("rounds", "replay", "1").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Encryption_under_a_common_key_gives_every_rounds_model_of_the_plain_run_and_leaves_no_ciphertext_and_no_key()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.PathOf("hocon/quickstart-ckks.conf"), $"job.rounds = {FinishedRuns.ShortRounds}")).Succeeded();
        Assert.Equal(new Report(finished.Short).RoundSha256, new Report(workspace.Data, "quickstart-ckks-1").RoundSha256);
        string[] keys = [.. Directory.EnumerateDirectories(Path.Combine(workspace.Data, "sites")).SelectMany(static site => Directory.EnumerateFiles(Path.Combine(site, "secrets"), "*~key~*"))];
        Assert.NotEmpty(keys);
        Assert.All(keys, static file => Assert.Equal(0, new FileInfo(file).Length));   // tombstones
        Assert.All(Directory.EnumerateDirectories(Path.Combine(workspace.Data, "sites")), static folder =>
        {
            using SiteJournal site = SiteJournal.Open(folder);
            JobModels models = JobHistory.EventsOf(site.Journal, site.Find("quickstart-ckks-1").Log, ProtocolSerializers.Silo).OfType<SiloEvent.ModelsKept>().Single().Models;
            Assert.Equal(models.Blobs().Select(static blob => blob.ToString()).Order(), Directory.EnumerateFiles(site.Blobs, "*", SearchOption.AllDirectories).Select(Path.GetFileName).Order());   // and nothing else
        });
        workspace.Fed("audit", "verify").Succeeded();
    }

    /// <summary>Each way to verify a sum that the test above does not take, from the making of the key to the end; and a key that lasts for one round, where another would have lasted for all.</summary>
    [Theory]
    [InlineData(0, "fingerprint", 4, 4)]
    [InlineData(1, "full", 1_048_576, 1)]
    public void Each_verification_opens_the_same_sums_and_a_used_up_key_is_made_anew_between_rounds(int colluding, string verification, int openings, int keys)
    {
        using Workspace workspace = new();
        string protection = $"job.protection {{ mode = ckks, colluding = {colluding}, verification = {verification}, openings-per-key = {openings} }}";
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, "job.rounds = 3", "job.max-attempts = 1", protection)).Succeeded();
        Assert.Equal(new Report(finished.Short).RoundSha256[..3], new Report(workspace.Data).RoundSha256);
        string[] made = [.. Directory.EnumerateFiles(Path.Combine(workspace.Data, "sites", "site-0", "secrets"), "*~key~*")];
        Assert.Equal(keys, made.Length);
        Assert.All(made, static file => Assert.Equal(0, new FileInfo(file).Length));   // the older ones, too
        FileInfo[] left = [.. Directory.EnumerateFiles(Path.Combine(workspace.Data, "node", "blobs"), "*", SearchOption.AllDirectories).Select(static file => new FileInfo(file))];
        Assert.All(left, static file => Assert.InRange(file.Length, 0, 64 * 1024));   // of a ciphertext each polynomial alone has more
        Assert.Contains("server step identical", workspace.Fed("rounds", "replay", "2").Succeeded().Out, StringComparison.Ordinal);   // which reads the opened sum and the state before it
    }

    [Fact]
    public void A_comparison_of_protections_says_that_their_models_are_equal_and_what_each_costs_a_site()
    {
        using Workspace workspace = new();
        JsonElement report = workspace.Fed("compare", workspace.Conf(Repository.PathOf("hocon/protection.conf"), ["job.rounds = 2", "compare.seeds = [1]"]), "--json").Succeeded().Json();
        JsonElement[] runs = [.. report.GetProperty("runs").EnumerateArray()];
        Assert.Equal(runs.Length, runs.Select(static run => run.GetProperty("protection").GetString()).Distinct().Count());
        Assert.Single(runs.Select(static run => run.GetProperty("modelSha256").GetString()).Distinct());
        Assert.True(Assert.Single(report.GetProperty("protections").EnumerateArray()).GetProperty("equal").GetBoolean());
        Dictionary<string, JsonElement> traffic = runs.ToDictionary(static run => run.GetProperty("protection").GetString()!, static run => run.GetProperty("seeds")[0].GetProperty("traffic"));
        Assert.True(traffic["secagg"].GetProperty("upPerSite").GetInt64() > traffic["plain"].GetProperty("upPerSite").GetInt64());
        Assert.Contains("share keys", traffic["secagg"].GetProperty("phases").EnumerateArray().Select(static phase => phase.GetProperty("phase").GetString()));
    }

    [Fact]
    public void A_round_shows_who_opened_it_who_was_there_and_bytes_by_phase()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, SecAgg)).Succeeded();
        JsonElement shown = workspace.Fed("rounds", "show", "1", "--json").Succeeded().Json();
        JsonElement sum = shown.GetProperty("sums")[0];
        Assert.Equal("secagg, c = 1", sum.GetProperty("protection").GetString());
        Assert.Equal(5, sum.GetProperty("contributors").GetArrayLength());
        Assert.InRange(sum.GetProperty("openedBy").GetArrayLength(), 4, 5);
        Assert.Equal(["invited", "advertise keys", "share keys", "upload", "confirm"], shown.GetProperty("phases").EnumerateArray().Take(5).Select(static phase => phase.GetProperty("phase").GetString()));
        JsonElement[] bytes = [.. shown.GetProperty("bytes").EnumerateArray()];
        Assert.Equal(["compute", "advertise keys", "share keys", "upload", "confirm", "release shares", "close"], bytes.Select(static phase => phase.GetProperty("phase").GetString()));
        Assert.All(bytes, static phase => Assert.True(phase.GetProperty("bytesUp").GetInt64() > 0));
        Assert.NotEmpty(shown.GetProperty("events").EnumerateArray());
        JsonElement[] atStart = [.. workspace.Fed("rounds", "show", "0", "--json").Succeeded().Json().GetProperty("sums").EnumerateArray()];
        Assert.Equal(["counts", "moments"], atStart.Select(static opened => opened.GetProperty("sum").GetString()));
        Assert.All(atStart, static opened => Assert.InRange(opened.GetProperty("openedBy").GetArrayLength(), 4, 5));
    }

    [Fact]
    public void A_plan_whose_protection_cannot_hold_is_refused_with_the_nearest_that_does()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, [.. SecAgg, "job.protection.colluding = 4", "job.protection.minimum-contributors = 6"])).Refused(2, "4 of 5 sites are assumed to collude", "set job.protection.colluding = 3, job.protection.minimum-contributors = 5");
    }
}
