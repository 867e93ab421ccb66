using Fed.EndToEnd.Running;
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

    [Fact]
    public void A_plan_whose_protection_cannot_hold_is_refused_with_the_nearest_that_does()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, [.. SecAgg, "job.protection.colluding = 4", "job.protection.minimum-contributors = 6"])).Refused(2, "4 of 5 sites are assumed to collude", "set job.protection.colluding = 3, job.protection.minimum-contributors = 5");
    }
}
