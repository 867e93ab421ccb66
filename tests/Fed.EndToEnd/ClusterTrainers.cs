using System.Collections.Immutable;
using Fed.EndToEnd.Running;
using Fed.Host.Cluster;
using Fed.Host.Cluster.Local;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Trainers of the sites' own on the cluster of <see cref="ClusterTests"/>, whose sites know the one of hocon/trainer.conf: it is started with a job, killed in the middle, ends with the job, and is refused when it was altered.</summary>
internal sealed class ClusterTrainers(Workspace workspace, LocalFolder folder)
{
    private const string Script = "examples/numpy_logistic/train.py", Sdk = "sdk/python/fedactors";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly string Example = Repository.PathOf("hocon/trainer.conf");

    /// <summary>What the configuration of the cluster's sites has beside their rows; the script is a copy, which a test may alter.</summary>
    public static string Settings(Workspace workspace)
    {
        workspace.Write("train.py", File.ReadAllText(Repository.PathOf(Script)));
        return $"simulation.trainer.numpy-logistic {{ command = [\"{NumpyHere.Python}\", \"train.py\"], files = [\"train.py\", \"{Repository.PathOf(Sdk)}\"] }}";
    }

    /// <summary>Runs all of it, where numpy is installed.</summary>
    public void Check()
    {
        if (!NumpyHere.IsInstalled) return;
        string[] settings = ["job.rounds = 8"], sites = [.. LocalState.Read(folder.State)!.Processes.Where(static process => process.Role == "silo").Select(process => folder.Node(process.Name).Root)];
        ImmutableArray<string> expected = RunHere.Hashes(Example, settings);
        string conf = workspace.Conf(Example, settings);
        using (FedProcess submit = workspace.Start("submit", conf, "--watch"))
        {
            if (!submit.WaitForLines(2)) Assert.Fail(submit.Result().ToString());   // the job, and a round
            Assert.True(SpinWait.SpinUntil(() => sites.SelectMany(NumpyHere.Below).Any(), Patience), "no trainer was started");
            LocalProcess aggregator = LocalState.Read(folder.State)!.Processes.Single(static process => process.Name == LocalFolder.Aggregator);
            ProcessTable.Signal(aggregator, "-STOP");   // its trainers end with the job, and must be there to be killed: no round ends now
            using ClusterReader cluster = ClusterReader.Open(workspace.Data);
            string job = JobStates.Read(cluster.Journal)[^1].Planned!.Plan.Job.Value;
            try
            {
                Ask(cluster, RequestKind.Pause, job);
            }
            finally
            {
                ProcessTable.Signal(aggregator, "-CONT");
            }

            Assert.NotEqual(0, sites.Sum(NumpyHere.KillBelow));
            Ask(cluster, RequestKind.Resume, job);
            FedResult watched = submit.Result().Succeeded();
            Assert.Equal(expected, new Report(folder.Root, watched.Out.Split(' ')[1].TrimEnd(':')).RoundSha256);
        }

        Assert.True(SpinWait.SpinUntil(() => !sites.SelectMany(NumpyHere.Below).Any(), Patience), "a trainer outlives its job");

        File.AppendAllText(workspace.PathOf("train.py"), "\n");
        workspace.Fed("submit", conf).Refused(2, "trainer 'numpy-logistic': its files (", "; nothing was started");   // by whoever submits, whose kit names the same files
        foreach (string coordinator in (string[])[LocalFolder.Coordinator, LocalFolder.Standby])
        {
            string kit = folder.Node(coordinator).Configuration;
            File.WriteAllText(kit, File.ReadAllText(kit).Replace(workspace.PathOf("train.py"), Repository.PathOf(Script), StringComparison.Ordinal));
        }

        workspace.Fed("submit", conf, "--watch").Refused(2, "refused the plan: the files of trainer 'numpy-logistic' have the SHA-256 ", "(rule 'trainer' of the site's policy)");
        Assert.Empty(sites.SelectMany(NumpyHere.Below));
    }

    private static void Ask(ClusterReader cluster, RequestKind kind, string job) => cluster.Ask(kind, request => request with { Job = job }, TestContext.Current.CancellationToken);
}
