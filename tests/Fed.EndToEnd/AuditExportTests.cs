using System.Text.Json;
using Fed.Actors.Protocol.Aggregation;
using Fed.EndToEnd.Journals;
using Fed.EndToEnd.Running;
using Fed.Host.Commands;
using Fed.Host.History;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>What a site's auditor sees, held against what the coordinator has.</summary>
public sealed class AuditExportTests
{
    private const string Job = "quickstart-1", Site = "site-3";

    [Theory]
    [InlineData("job.protection = plain", "contribution")]
    [InlineData("job.protection { mode = secagg, colluding = 1 }", "masked contribution")]
    [InlineData("job.protection { mode = ckks, colluding = 1 }", "encrypted contribution")]
    public void Export_names_every_contribution_that_the_coordinator_counted_and_no_other(string protection, string what)
    {
        using Workspace workspace = new();
        new RunHere().Run(workspace, workspace.Conf(Repository.Quickstart, "job.rounds = 2", "simulation.baselines = false", protection));
        (int Round, string Sum, string Hash, long Length)[] counted;
        using (NodeReader reader = NodeReader.Open(new CommandContext(TextWriter.Null, TextWriter.Null, workspace.Data, Json: false, Verbose: false, CancellationToken.None)))
        {
            UpdateManifest[] manifests = [.. reader.Job(Job).Rounds.SelectMany(static round => round.Committed.Sums).SelectMany(static sum => sum.Contributions).Where(static manifest => manifest.Silo.Value == Site)];
            counted = [.. manifests.Select(static manifest => (manifest.Round, manifest.Sum, manifest.Hash.ToString(), manifest.Length))];
        }

        JsonElement export = Export(workspace, "--json").Succeeded().Json();
        JsonElement[] contributions = [.. export.GetProperty("departures").EnumerateArray().Where(row => row.GetProperty("what").GetString() == what)];
        Assert.Equal(counted, contributions.Select(static row => (row.GetProperty("round").GetInt32(), row.GetProperty("purpose").GetString()!, row.GetProperty("sha256").GetString()!, row.GetProperty("bytes").GetInt64())));
        Assert.Equal(contributions.Length, export.GetProperty("departures").EnumerateArray().Count(static row => row.GetProperty("bytes").ValueKind != JsonValueKind.Null));
        Assert.All(contributions, static row => Assert.True(row.GetProperty("tookPart").GetBoolean()));
        Assert.Equal([0, 1, 2], export.GetProperty("receipts").EnumerateArray().Select(static row => row.GetProperty("round").GetInt32()));
        Assert.All(export.GetProperty("receipts").EnumerateArray(), static row => Assert.Equal("the simulation's coordinator", row.GetProperty("signedBy").GetString()));
        Assert.Equal(
            export.GetProperty("receipts")[2].GetProperty("head").GetString(),
            workspace.Fed("audit", "verify", "--json").Succeeded().Json().GetProperty("receipts").EnumerateArray().Single(static row => row.GetProperty("site").GetString() == Site).GetProperty("head").GetString());

        string[] csv = Export(workspace, "--csv").Succeeded().Out.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.Equal(export.GetProperty("departures").GetArrayLength() + 1, csv.Length);
        Assert.Equal("at,round,attempt,purpose,what,bytes,took part,sha256,base,schema,sites", csv[0]);
    }

    [Fact]
    public void Changed_journal_and_forged_receipts_are_told()
    {
        using Workspace workspace = new();
        new RunHere().Run(workspace, workspace.Conf(Repository.Quickstart, "job.rounds = 1", "simulation.baselines = false"));
        File.Delete(workspace.Layout.Node.PublicKey);
        Assert.All(Export(workspace, "--json").Succeeded().Json().GetProperty("receipts").EnumerateArray(), static row => Assert.Equal("a key that is not known here", row.GetProperty("signedBy").GetString()));
        workspace.Fed("audit", "export", "trial-9", "--site", workspace.Layout.Site(Site).Root).Refused(ExitCodes.User, $"no job 'trial-9'; it knows {Job}");
        workspace.Fed("audit", "export", Job, "--site", workspace.PathOf("data/jobs")).Refused(ExitCodes.User, "no site's journal");

        JournalEdit.Sql(workspace.Layout.Site(Site).Journal, "UPDATE events SET payload = payload || ' ' WHERE sequence = 2");
        FedResult changed = Export(workspace);
        Assert.Equal(ExitCodes.Environment, changed.ExitCode);
        Assert.Contains("the site's journal is damaged", changed.Error, StringComparison.Ordinal);
    }

    private static FedResult Export(Workspace workspace, params string[] options) => workspace.Fed(["audit", "export", Job, "--site", workspace.Layout.Site(Site).Root, .. options]);
}
