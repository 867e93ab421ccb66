using Fed.Actors.Persistence;
using Fed.Cluster.Stores;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Blobs go when no retained event names them, and not before.</summary>
public sealed class GarbageTests
{
    private const string Rounds = "job.rounds = 4";

    [Fact]
    public void Job_that_retains_less_takes_nothing_from_the_job_beside_it()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, Rounds)).Succeeded();
        workspace.Fed("simulate", workspace.Conf(Repository.Quickstart, Rounds, "job.retain-contributions = 1")).Succeeded();   // the same seed, so the same contributions
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
        Assert.EndsWith("round 2: bit-identical", workspace.Fed("rounds", "replay", "2", "--job", "quickstart-1").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_names_is_gone_when_the_next_process_starts()
    {
        using Workspace workspace = new();
        string conf = workspace.Conf(Repository.Quickstart, Rounds);
        workspace.Fed("simulate", conf).Succeeded();
        Digest left = Leave(workspace.Layout.Node.Blobs), atSite = Leave(workspace.Layout.Site("site-0").Blobs);
        workspace.Fed("simulate", conf).Succeeded();
        Assert.False(new FileBlobStore(workspace.Layout.Node.Blobs).Contains(left));
        Assert.False(new FileBlobStore(workspace.Layout.Site("site-0").Blobs).Contains(atSite));
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_changed_since_the_job_began_are_refused()
    {
        using Workspace workspace = new();
        string rows = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Repository.Quickstart)!, "..", "data", "breast_cancer", "data.csv"));
        string conf = workspace.Conf(Repository.Quickstart, Rounds, $"simulation.data = \"{workspace.Write("rows.csv", rows)}\"");
        using (FedProcess run = workspace.Start("simulate", conf))
        {
            Assert.True(run.WaitForLines(2));
            Assert.True(run.Kill());
        }

        workspace.Write("rows.csv", rows.Replace("17.99,", "18.99,", StringComparison.Ordinal));
        workspace.Fed("simulate", conf, "--resume").Refused(2, "have changed since job quickstart-1 began");
        workspace.Write("rows.csv", rows);
        workspace.Fed("simulate", conf, "--resume").Succeeded();
    }

    private static Digest Leave(string folder)
    {
        using Actors.Ports.IBlobWriter writer = new FileBlobStore(folder).Create();
        writer.Write("a contribution that a kill left behind"u8);
        return writer.Commit();
    }
}
