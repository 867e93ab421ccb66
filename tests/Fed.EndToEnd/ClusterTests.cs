using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Servers;
using Fed.Cluster.Stores;
using Fed.EndToEnd.Running;
using Fed.Host.Cluster;
using Fed.Host.Cluster.Local;
using Fed.Host.History;
using Fed.TestKit.Servers;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>A federation of real processes over RabbitMQ and PostgreSQL with TLS, as a user starts it: one cluster for all that is asserted here, since its start takes longest.</summary>
public sealed class ClusterTests
{
    private static readonly string[] Settings = ["job.rounds = 12", "simulation.baselines = false"];

    [Fact]
    public void Leader_that_is_killed_in_the_middle_is_replaced_and_the_model_is_that_of_a_simulation_while_no_site_trains_twice()
    {
        if (!RabbitProgram.IsInstalled || !PostgresProgram.IsInstalled) Assert.Skip("RabbitMQ and PostgreSQL are not installed (apt-get install rabbitmq-server postgresql)");
        using Workspace workspace = new();
        using LastWill will = workspace.WillOfCluster();
        using OtlpReceiver collector = new();
        string conf = workspace.Conf(Repository.Quickstart, [.. Settings, ClusterTrainers.Settings(workspace), "node.jobs.at-once = 2", $"node.telemetry.otlp = \"{collector.Address}\""]);
        ImmutableArray<string> expected = RunHere.Hashes(Repository.Quickstart, Settings);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.GetDirectoryName(workspace.Data)!, (UnixFileMode)0b111_001_001);   // the servers' users pass through it
        LocalFolder folder = new(workspace.Data);
        string told = "", successor = "";
        try
        {
            FedResult up = workspace.Program("cluster", "up", "--sites", "5", "--from", conf);
            Assert.True(up.ExitCode == 0, up.ToString());
            FedResult again = workspace.Program("cluster", "up", "--sites", "5", "--from", conf);
            Assert.Equal(2, again.ExitCode);
            Assert.Contains("runs in", again.Error, StringComparison.Ordinal);

            told = Sites(folder).First();

            Assert.Equal(expected, Submitted(workspace, folder, conf, out string first, out successor));

            Assert.Contains("has ended", workspace.Fed("nodes").Out, StringComparison.Ordinal);
            FedResult status = workspace.Fed("status", "--json");
            Assert.Contains("completed", status.Out, StringComparison.Ordinal);
            Assert.Contains(expected[^1], status.Out, StringComparison.Ordinal);
            foreach (string site in Sites(folder))
            {
                ImmutableArray<(string Key, int Count)> computed = SiteLog.Computed(folder.Log(site));
                Assert.NotEmpty(computed);
                Assert.All(computed, static key => Assert.Equal(1, key.Count));
            }

            CancelAndPause(folder, conf);
            TwoAtOnce(folder, first, expected);
            new ClusterTrainers(workspace, folder).Check();
            string last = "";
            foreach (string protection in (string[])["secagg", "ckks"])   // the same rows, masked or encrypted, in rounds with the contributors of the job before
                Assert.Equal(expected.Take(2), Watched(workspace, folder, workspace.Conf(Repository.Quickstart, "job.rounds = 2", $"job.protection = {protection}"), out last, "--contributors-from", $"{workspace.Data}:{first}"));
            KeepsWhatIsNamed(workspace);
            Audit(workspace, folder, last);
            DeliverModels(workspace, folder, first, last, expected[1]);
        }
        finally
        {
            LocalState? state = LocalState.Read(folder.State);
            if (state is not null && File.Exists(folder.State))
            {
                FedResult down = workspace.Program("cluster", "down");
                Assert.True(down.ExitCode == 0, down.ToString());
                Assert.DoesNotContain(state.Processes, ProcessTable.IsAlive);
            }
        }

        foreach ((string node, string span) in ((string, string)[])[(successor, "collecting"), (LocalFolder.Aggregator, "contribution"), (told, "compute"), (told, "settled")])
            Assert.True(collector.Has("/v1/traces", node, span), $"{node} told nobody of its span '{span}'");   // the leader that was killed may have told of nothing
        foreach (string node in (string[])[successor, LocalFolder.Aggregator, told])
            Assert.True(collector.Has("/v1/metrics", node, "fed.wire.bytes", "fed.messages", "fed.queue.length", "fed.journal.append.duration"), $"{node} sent no metrics");
    }

    /// <summary>Of jobs that are over the database has what their logs keep, and nothing that the rounds needed under way, whoever led then.</summary>
    private static void KeepsWhatIsNamed(Workspace workspace)
    {
        using ClusterReader cluster = ClusterReader.Open(workspace.Data);
        HashSet<Digest> named = [.. JobHistory.ReadAll(cluster.Journal).SelectMany(job => BlobCollector.NamedByNode(job, cluster.Journal))];
        IBlobStore coordinators = cluster.Blobs[0];
        Assert.True(SpinWait.SpinUntil(() => coordinators.List().All(named.Contains), TimeSpan.FromSeconds(30)), $"{coordinators.List().Count(hash => !named.Contains(hash))} of {coordinators.List().Count()} blobs are named by nothing");
    }

    /// <summary>All jobs and their sites agree: by the journals on this machine, by a coordinator's kit and what two sites export, and by a site's journal alone.</summary>
    private static void Audit(Workspace workspace, LocalFolder folder, string job)
    {
        Assert.Contains("all verified", workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
        string[] sites = [.. Sites(folder)];
        string[] exports = [.. sites.Take(2).Select(site => workspace.Write($"{site}.json", FedProcess.Run("audit", "export", job, "--site", folder.Node(site).Root, "--json").Succeeded().Out))];
        JsonElement counts = FedProcess.Run(["audit", "verify", "--json", "--data", folder.Node(LocalFolder.Standby).Root, "--receipts", .. exports]).Succeeded().Json().GetProperty("counts")[0];
        Assert.Equal((1, 2), (counts.GetProperty("journals").GetInt32(), counts.GetProperty("statements").GetInt32()));
        using (ClusterReader cluster = ClusterReader.Open(workspace.Data))
            Assert.Equal(JobHistory.ReadAll(cluster.Journal).Sum(static job => job.Plan.Silos.Length) - 2, counts.GetProperty("unheard").GetArrayLength());   // of the jobs before, and of the others in this one
        Assert.Contains("all verified", FedProcess.Run("audit", "verify", "--data", folder.Node(sites[0]).Root).Succeeded().Out, StringComparison.Ordinal);
    }

    /// <summary>Every site has the models of the last job on its own disk: with the cluster down and the servers' folders gone it writes the same file as another one.</summary>
    private static void DeliverModels(Workspace workspace, LocalFolder folder, string first, string last, string sha256)
    {
        string[] sites = [.. Sites(folder)];
        Assert.True(sites.All(site => WaitForModels(folder, site, last)), "a site did not get the models of a job that was over");
        FedResult down = workspace.Fed("cluster", "down");
        Assert.True(down.ExitCode == 0, down.ToString());
        foreach (string gone in (string[])[folder.Database, folder.Broker, folder.Node(LocalFolder.Coordinator).Root, folder.Node(LocalFolder.Standby).Root, folder.Node(LocalFolder.Aggregator).Root]) Directory.Delete(gone, recursive: true);
        string[] written = [.. sites.Select(site =>
        {
            string file = workspace.PathOf($"{site}.safetensors");
            FedResult export = workspace.Fed("model", "export", "--site", folder.Node(site).Root, "--format", "safetensors", "--out", file);
            Assert.Contains(sha256, export.Succeeded().Out, StringComparison.Ordinal);
            return Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)));
        })];
        Assert.Single(written.Distinct());
        workspace.Fed("model", "export", "--site", folder.Node(sites[0]).Root, "--job", first, "--best", "--format", "json", "--out", workspace.PathOf("best.json")).Succeeded();
    }

    private static bool WaitForModels(LocalFolder folder, string site, string job) => WaitFor<SiloEvent.ModelsKept>(folder, site, job);

    private static bool WaitFor<TEvent>(LocalFolder folder, string site, string job)
    {
        using SqliteJournalReader journal = SqliteJournal.OpenReadOnly(new DataDirectory(folder.Node(site).Data).Node.Journal);
        return SpinWait.SpinUntil(() => JobHistory.EventsOf(journal, FederationNodes.SiloLog(new JobId(job), new SiloId(site)), ProtocolSerializers.Silo).OfType<TEvent>().Any(), TimeSpan.FromSeconds(30));
    }

    /// <summary>
    /// From the standby's kit alone: a job is paused, a second one begins in its place, and both are cancelled; their sites hear of it.
    /// </summary>
    private static void CancelAndPause(LocalFolder folder, string conf)
    {
        string kit = folder.Node(LocalFolder.Standby).Root;
        using ClusterReader cluster = ClusterReader.Open(kit);   // in this process: a command takes as long to start as a job takes for its rounds
        string paused = JobOf(FedHere.Run("submit", conf, "--data", kit, "--json"));
        Assert.Contains("pause", cluster.Ask(RequestKind.Pause, request => request with { Job = paused }, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        string other = JobOf(FedHere.Run("submit", conf, "--data", kit, "--json"));
        cluster.Ask(RequestKind.Cancel, request => request with { Job = other }, TestContext.Current.CancellationToken);
        Assert.Contains(paused, FedHere.Run("status", "--data", kit).Succeeded().Out, StringComparison.Ordinal);
        FedHere.Run("jobs", "cancel", paused, "--reason", "withdrawn", "--data", kit).Succeeded();
        FedHere.Run("jobs", "cancel", paused, "--data", kit).Succeeded();   // again: answered as before
        Assert.All(Sites(folder), site => Assert.True(WaitFor<SiloEvent.JobEnded>(folder, site, paused) && WaitFor<SiloEvent.JobEnded>(folder, site, other), $"{site} has not heard that {paused} and {other} are over"));
        Assert.Contains("cancelled by standby: withdrawn", FedHere.Run("jobs", "list", "--data", kit, "--json").Succeeded().Out, StringComparison.Ordinal);
        FedHere.Run("jobs", "pause", paused, "--data", kit).Refused(2, "is over (cancelled)");
    }

    /// <summary>The same plan twice, side by side: both jobs come to the same bytes at every node, and neither takes the other's away. Both are held before their last round until the other has begun.</summary>
    private static void TwoAtOnce(LocalFolder folder, string first, ImmutableArray<string> expected)
    {
        const int Rounds = 4;
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using ClusterReader cluster = ClusterReader.Open(folder.Node(LocalFolder.Standby).Root);
        string plan = (JobStates.Of(cluster.Journal, new JobId(first)).Planned!.Plan with { Rounds = Rounds }).ToJson();
        JobId[] jobs = new JobId[2];
        for (int i = 0; i < jobs.Length; i++)
        {
            jobs[i] = new JobId(cluster.Ask(RequestKind.Submit, request => request with { Plan = plan }, cancel));
            cluster.Ask(RequestKind.Pause, request => request with { Job = jobs[i].Value }, cancel);
        }

        foreach (JobId job in jobs) Assert.Contains("goes on", cluster.Ask(RequestKind.Resume, request => request with { Job = job.Value }, cancel), StringComparison.Ordinal);
        foreach (JobId job in jobs)
        {
            Assert.True(SpinWait.SpinUntil(() => JobStates.Of(cluster.Journal, job).IsOver, TimeSpan.FromMinutes(2)), $"{job} does not end beside another");
            Assert.Equal(expected.Take(Rounds), JobHistory.Read(cluster.Journal, job)!.Rounds.Skip(1).Select(static round => round.Committed.ModelSha256!));
        }
    }

    private static string JobOf(FedResult submitted)
    {
        using JsonDocument answer = JsonDocument.Parse(submitted.Succeeded().Out);
        return answer.RootElement.GetProperty("job").GetString()!;
    }

    /// <summary>Hash of every round's model of a job that is submitted and watched, and whose leader is killed after its first round.</summary>
    private static ImmutableArray<string> Submitted(Workspace workspace, LocalFolder folder, string conf, out string job, out string successor)
    {
        using FedProcess submit = workspace.Start("submit", conf, "--watch");
        if (!submit.WaitForLines(2)) Assert.Fail(submit.Result().ToString());   // the job, and a round
        successor = KillBetweenRequestAndAnswer(workspace, folder);
        FedResult result = submit.Result();
        ImmutableArray<string> hashes = Hashes(folder, result, out job);
        long[] leaders = Leaderships(workspace, new JobId(job));
        Assert.True(leaders.Length == 2, $"committed under the epochs {string.Join(", ", leaders)}; {result}");
        return hashes;
    }

    /// <summary>Hash of every round's model of a job that is submitted and watched to its end.</summary>
    private static ImmutableArray<string> Watched(Workspace workspace, LocalFolder folder, string conf, out string job, params string[] options) => Hashes(folder, workspace.Fed(["submit", conf, "--watch", .. options]), out job);

    private static ImmutableArray<string> Hashes(LocalFolder folder, FedResult watched, out string job)
    {
        Assert.True(watched.ExitCode == 0, watched.ToString());
        job = watched.Out.Split(' ')[1].TrimEnd(':');
        Assert.True(File.Exists(Path.Combine(folder.Root, "jobs", job, "model.safetensors")));
        return new Report(folder.Root, job).RoundSha256;
    }

    /// <summary>Under which epochs leaders have committed rounds of a job.</summary>
    private static long[] Leaderships(Workspace workspace, JobId job)
    {
        using ClusterReader cluster = ClusterReader.Open(workspace.Data);
        return [.. cluster.Journal.Read(FederationNodes.RoundLog(job)).Where(static stored => stored.Tag == "round-committed").Select(static stored => stored.Epoch).Distinct()];
    }

    /// <summary>The leader is stopped, is asked to pause the job, and is killed with the request unanswered: whoever leads next takes it; its name.</summary>
    private static string KillBetweenRequestAndAnswer(Workspace workspace, LocalFolder folder)
    {
        LocalProcess leader = LocalState.Read(folder.State)!.Processes.Single(process => process.Role == "coordinator" && NodeClient.TryStatus(folder.Node(process.Name).Root) is { Epoch: not null });
        using ClusterReader cluster = ClusterReader.Open(workspace.Data);
        string job = JobStates.Read(cluster.Journal).Single().Planned!.Plan.Job.Value;
        ProcessTable.Signal(leader, "-STOP");
        Task<string> answer = Task.Run(() => cluster.Ask(RequestKind.Pause, request => request with { Job = job }, TestContext.Current.CancellationToken));
        Assert.True(SpinWait.SpinUntil(() => !cluster.Requests.Waiting().IsEmpty, TimeSpan.FromSeconds(30)), "the request is not in the database");
        ProcessTable.Signal(leader, "-KILL");
        Assert.Empty(ProcessTable.WaitForEnd([leader], TimeSpan.FromSeconds(30)));
        Assert.Contains("pause", answer.GetAwaiter().GetResult(), StringComparison.Ordinal);
        Assert.Contains("goes on", cluster.Ask(RequestKind.Resume, request => request with { Job = job }, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        return leader.Name == LocalFolder.Coordinator ? LocalFolder.Standby : LocalFolder.Coordinator;
    }

    private static IEnumerable<string> Sites(LocalFolder folder) => LocalState.Read(folder.State)!.Processes.Where(static process => process.Role == "silo").Select(static process => process.Name);
}
