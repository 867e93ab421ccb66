using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Servers;
using Fed.Cluster.Stores;
using Fed.EndToEnd.Running;
using Fed.Host.Cluster;
using Fed.Host.Cluster.Local;
using Fed.Host.Commands;
using Fed.Host.History;
using Fed.TestKit.Servers;
using Xunit;

namespace Fed.EndToEnd.Faults;

/// <summary>
/// A federation as <c>fed cluster up</c> starts it, whose nodes can be killed, stopped and cut off, and whose servers can be restarted: each node reaches broker and database through a network of its own. It comes to nothing
/// where RabbitMQ or PostgreSQL are not installed: the test is skipped.
/// </summary>
internal sealed partial class FaultyCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Moment = TimeSpan.FromMilliseconds(50);

    private readonly Workspace _workspace = new();
    private readonly LastWill _will;
    private readonly string _conf;
    private int _brokerPort, _databasePort, _otherBroker;
    private readonly Dictionary<string, (FaultyLink Broker, FaultyLink Database)> _links = [];
    private readonly Dictionary<string, int> _kills = [];

    /// <summary>Starts the federation, and waits until all of it is there.</summary>
    /// <param name="settings">Settings of the job beside those of the quickstart.</param>
    public FaultyCluster(params string[] settings)
    {
        if (!RabbitProgram.IsInstalled || !PostgresProgram.IsInstalled) Assert.Skip("RabbitMQ and PostgreSQL are not installed (apt-get install rabbitmq-server postgresql)");
        _conf = _workspace.Conf(Repository.Quickstart, settings);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.GetDirectoryName(_workspace.Data)!, (UnixFileMode)0b111_001_001);   // the servers' users pass through it
        Folder = new LocalFolder(_workspace.Data);
        _will = _workspace.WillOfCluster();
        try
        {
            using StringWriter output = new();
            CommandContext context = new(output, output, _workspace.Data, Json: false, Verbose: false, TestContext.Current.CancellationToken);
            LocalCluster.Up(new ClusterUpOptions(Sites: 5, _conf, Tls: true, StandbyAggregator: true), context, Link);
            Journal = ClusterJournal.Open(Folder, _databasePort);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Where it lies.</summary>
    public LocalFolder Folder { get; }

    /// <summary>What the servers have on record.</summary>
    public ClusterJournal Journal { get; } = null!;

    /// <summary>The sites' names.</summary>
    public ImmutableArray<string> Sites => [.. State.Processes.Where(static process => process.Role == "silo").Select(static process => process.Name)];

    private LocalState State => LocalState.Read(Folder.State) ?? throw new InvalidOperationException($"no cluster runs in {Folder.Root}");

    /// <summary>The broker's own port.</summary>
    public int BrokerPort => _brokerPort;

    /// <summary>The database's own port.</summary>
    public int DatabasePort => _databasePort;

    /// <summary>A node's network to the broker.</summary>
    public FaultyLink ToBroker(string node) => _links[node].Broker;

    /// <summary>A node's network to the database; of a site, one that nobody uses.</summary>
    public FaultyLink ToDatabase(string node) => _links[node].Database;

    /// <summary>Runs a command on this cluster.</summary>
    public FedResult Fed(params ReadOnlySpan<string> arguments) => _workspace.Fed(arguments);

    /// <summary>Submits the job.</summary>
    public JobId Submit() => SubmitFile(_conf);

    /// <summary>Submits another job over the same rows.</summary>
    public JobId Submit(params string[] settings) => SubmitFile(_workspace.Conf(Repository.Quickstart, settings));

    private JobId SubmitFile(string conf) => new(JobName().Match(Fed("submit", conf).Succeeded().Out) is { Success: true } match ? match.Value : throw new InvalidOperationException("no job's name was printed"));

    /// <summary>The coordinator that leads by its own word, or the aggregator that does.</summary>
    public string Leader(string role = "coordinator") =>
        Await($"a leading {role}", () => State.Processes.FirstOrDefault(process => process.Role == role && LocalFolder.PartOf(process.Name) is null && ProcessTable.IsAlive(process) && Status(process.Name) is { Epoch: not null })?.Name);

    /// <summary>A node of a role that does not lead.</summary>
    public string Standby(string role = "coordinator")
    {
        string leader = Leader(role);
        return Await("a standby", () => State.Processes.FirstOrDefault(process => process.Role == role && LocalFolder.PartOf(process.Name) is null && process.Name != leader && ProcessTable.IsAlive(process))?.Name);
    }

    /// <summary>Waits until a node says something of itself.</summary>
    public void AwaitStatus(string node, string what, Func<NodeStatus, bool> isIt) => Await($"{node} {what}", () => Status(node) is { } status && isIt(status) ? node : null);

    /// <summary>The length of a fault.</summary>
    public static void Last(TimeSpan time) => TestContext.Current.CancellationToken.WaitHandle.WaitOne(time);

    /// <summary>What a node says of itself; null where it does not answer.</summary>
    public NodeStatus? Status(string node) => NodeClient.TryStatus(Folder.Node(node).Root);

    /// <summary>SIGKILL.</summary>
    public void Kill(string node)
    {
        LocalProcess process = Process(node);
        _kills[node] = _kills.GetValueOrDefault(node) + 1;
        ProcessTable.Signal(process, "-KILL");
        Assert.Empty(ProcessTable.WaitForEnd([process], Patience));
    }

    /// <summary>SIGSTOP: it stands, in the middle of whatever it does, until <see cref="Continue"/>.</summary>
    public void Stop(string node) => ProcessTable.Signal(Process(node), "-STOP");

    /// <summary>SIGCONT.</summary>
    public void Continue(string node) => ProcessTable.Signal(Process(node), "-CONT");

    /// <summary>Processor time that a node has had.</summary>
    public TimeSpan Worked(string node)
    {
        using Process process = System.Diagnostics.Process.GetProcessById(Process(node).Id);
        return process.TotalProcessorTime;
    }

    /// <summary>Starts a node that was killed, and waits until it hears and speaks.</summary>
    public void Start(params ReadOnlySpan<string> nodes)
    {
        string[] names = [.. nodes];
        Launch(names);
        foreach (string name in names) Await($"{name} to be ready", () => Status(name) is { IsReady: true } ? name : null);
    }

    /// <summary>Kills the broker, as a power failure does, and starts it again on what it has on disk.</summary>
    public void CrashBroker() => CrashBroker(null);

    /// <summary>Kills the broker and starts it again.</summary>
    /// <param name="consumerTimeout">From now on a channel that holds a delivery for so long is closed; null for the server's own limit.</param>
    public void CrashBroker(TimeSpan? consumerTimeout)
    {
        KillBroker();
        RabbitProgram.Prepare(Folder.Broker, Cookie, consumerTimeout);
        ServerAccount.Own(RabbitProgram.Account, Folder.Broker);
        StartBroker("rabbitmq", Folder.Broker, "fed");
    }

    /// <summary>Adds two brokers to the one that there is. Each has all queues.</summary>
    public void AddBrokers()
    {
        foreach (string name in (string[])["fed-b", "fed-c"])
        {
            string folder = Path.Combine(Folder.Root, name);
            Directory.CreateDirectory(folder);
            foreach (string file in (string[])["server.crt", "server.key", "ca.crt"]) File.Copy(Path.Combine(Folder.Broker, file), Path.Combine(folder, file));
            RabbitProgram.Prepare(folder, Cookie);
            JsonObject definitions = JsonNode.Parse(File.ReadAllText(RabbitProgram.DefinitionsOf(Folder.Broker)))!.AsObject();
            definitions["policies"] = new JsonArray(new JsonObject
            {
                ["vhost"] = LocalFolder.Federation, ["name"] = "everywhere", ["pattern"] = ".*", ["apply-to"] = "queues", ["priority"] = 0, ["definition"] = new JsonObject { ["ha-mode"] = "all", ["ha-sync-mode"] = "automatic" },
            });
            File.WriteAllText(RabbitProgram.DefinitionsOf(folder), definitions.ToJsonString());
            int port = ServerAccount.FreePort();
            RabbitProgram.Configure(folder, port, hasTls: true);
            File.AppendAllText(Path.Combine(folder, "rabbitmq.conf"), $"cluster_formation.peer_discovery_backend = classic_config\ncluster_formation.classic_config.nodes.1 = fed@localhost\ncluster_formation.classic_config.nodes.2 = {name}@localhost\n");
            ServerAccount.Own(RabbitProgram.Account, folder);
            StartBroker(name, folder, name);
            _otherBroker = port;
        }
    }

    /// <summary>Kills the first of several brokers; nodes find the last one in its place, as behind a load balancer.</summary>
    public void LoseBroker()
    {
        foreach ((FaultyLink broker, _) in _links.Values) broker.TargetPort = _otherBroker;
        KillBroker();
    }

    /// <summary>Stops the database as a power failure does, and starts it again.</summary>
    public void CrashDatabase() => CrashDatabase(static () => { });

    /// <summary>Stops the database as a power failure does, and starts it again.</summary>
    /// <param name="meanwhile">What is done to its data while it is down.</param>
    public void CrashDatabase(Action meanwhile)
    {
        LocalProcess database = Process("postgresql");
        ProcessTable.Signal(database, "-QUIT");
        Assert.Empty(ProcessTable.WaitForEnd([database], Patience));
        meanwhile();
        string At(string file) => Path.Combine(Folder.Database, file);
        new LocalStarter(Folder, State).Start(
            "postgresql", "database", PostgresProgram.Command(Folder.Database, _databasePort, "ssl=on", $"ssl_cert_file={At("server.crt")}", $"ssl_key_file={At("server.key")}"), PostgresProgram.Ready, Patience);
        Journal.Reconnect();
    }

    /// <summary>A copy of the database's data, as a backup has them, taken while it is down.</summary>
    public void CopyDatabase() => ServerAccount.Run(new ProcessStartInfo("cp", ["-a", PostgresProgram.DataOf(Folder.Database), Path.Combine(Folder.Database, "copy")]));

    /// <summary>Puts the copy in the data's place.</summary>
    public void RestoreDatabase()
    {
        Directory.Delete(PostgresProgram.DataOf(Folder.Database), recursive: true);
        Directory.Move(Path.Combine(Folder.Database, "copy"), PostgresProgram.DataOf(Folder.Database));
    }

    /// <summary>The last that a node has said, for messages.</summary>
    public string Tail(string node) => LocalStarter.Tail(Folder.Log(node));

    /// <summary>
    /// What every fault must leave as it was: each round's model is that of a run without faults, no site has trained twice for one key, nothing was counted twice, no log has an event of a leader behind one of its successor, and servers' and sites' journals agree.
    /// </summary>
    public void AssertUndisturbed(JobId job, ImmutableArray<string> expected)
    {
        StoredEvent end = Journal.AwaitEnd(job);
        Assert.True(end.Tag == "job-completed", $"{end.Payload}\n{string.Join('\n', State.Processes.Where(static process => process.Role is not ("broker" or "database")).Select(process => $"{process.Name}: {Tail(process.Name)}"))}");
        Assert.Equal(expected, Journal.Models(job));
        AssertTrainedOnce(job);
        foreach (string log in (string[])[FederationNodes.JobLog(job), FederationNodes.RoundLog(job), FederationNodes.AggregationLog(job)])
        {
            ImmutableArray<StoredEvent> events = Journal.Read(log);
            Assert.Equal(events.Select(static stored => stored.Epoch).Order(), events.Select(static stored => stored.Epoch));
        }

        Assert.All(
            Journal.Read(FederationNodes.AggregationLog(job)).Where(static stored => stored.Tag == "update-accepted").GroupBy(static stored => stored.Payload),
            static accepted => Assert.True(accepted.Count() == 1, $"accepted {accepted.Count()} times: {accepted.Key}"));
        Assert.Contains("all verified", _workspace.Fed("audit", "verify").Succeeded().Out, StringComparison.Ordinal);
    }

    /// <summary>No site has computed twice for one key, but where it was killed on the way, and none has stored a contribution twice.</summary>
    public void AssertTrainedOnce(JobId job)
    {
        foreach (string site in Sites)
        {
            Assert.All(Trainings(job, site), static training => Assert.True(training.Count == 1, $"{training.Key}: stored {training.Count} times"));
            (string Key, int Count)[] computed = [.. SiteLog.Computed(Folder.Log(site)).Where(key => key.Key.StartsWith($"{job}:", StringComparison.Ordinal))];
            int again = computed.Sum(static key => key.Count - 1), kills = _kills.GetValueOrDefault(site);
            Assert.NotEmpty(computed);
            Assert.True(again <= kills, $"{site} has computed {again} times again, and was killed {kills} times: {string.Join(", ", computed.Where(static key => key.Count > 1))}");
        }
    }

    public void Dispose()
    {
        if (LocalState.Read(Folder.State) is { } state)
        {
            foreach ((FaultyLink broker, FaultyLink database) in _links.Values)
            {
                broker.Heal();
                database.Heal();
            }

            _workspace.Fed("cluster", "down").Succeeded();
            Assert.DoesNotContain(state.Processes, ProcessTable.IsAlive);
        }

        _will.Dispose();
        Journal?.Dispose();
        foreach ((FaultyLink broker, FaultyLink database) in _links.Values)
        {
            broker.Dispose();
            database.Dispose();
        }

        _workspace.Dispose();
    }

    [GeneratedRegex("quickstart-[0-9a-f]+")]
    private static partial Regex JobName();

    /// <summary>Waits until something is there, looking again and again.</summary>
    private static T Await<T>(string what, Func<T?> look)
        where T : class
    {
        for (long since = Stopwatch.GetTimestamp(); ; TestContext.Current.CancellationToken.WaitHandle.WaitOne(Moment))
        {
            if (look() is { } found) return found;
            if (Stopwatch.GetElapsedTime(since) > Patience) throw new TimeoutException($"waited for {what} for {Patience}");
        }
    }

    private LocalProcess Process(string name) => State.Processes.Single(process => process.Name == name);

    private string Cookie => File.ReadAllText(Path.Combine(Folder.Broker, ".erlang.cookie"));

    private void KillBroker()
    {
        LocalProcess[] broker = [Process("rabbitmq-beam"), Process("rabbitmq")];
        ProcessTable.Signal(broker[0], "-KILL");
        Assert.Empty(ProcessTable.WaitForEnd(broker, Patience));
        File.Delete(RabbitProgram.ProcessIdOf(Folder.Broker));
    }

    private void StartBroker(string process, string folder, string node)
    {
        LocalStarter starter = new(Folder, State);
        starter.Start(process, "broker", RabbitProgram.Command(folder, node, ServerAccount.FreePort(), int.Parse(Argument("epmd", "-port"), CultureInfo.InvariantCulture)), RabbitProgram.Ready, Patience);
        starter.Note($"{process}-beam", "broker", int.Parse(File.ReadAllText(RabbitProgram.ProcessIdOf(folder)), CultureInfo.InvariantCulture));
    }

    private string Argument(string process, string option)
    {
        string[] line = File.ReadAllText($"/proc/{Process(process).Id}/cmdline").Split('\0');
        return line[Array.IndexOf(line, option) + 1];
    }

    /// <summary>Gives a node a network of its own.</summary>
    private ServerPorts Link(NodeIdentity node, ServerPorts servers)
    {
        (_brokerPort, _databasePort) = (servers.Broker, servers.Database);
        (FaultyLink broker, FaultyLink database) = _links[node.Name] = (new FaultyLink(servers.Broker), new FaultyLink(servers.Database));
        return new ServerPorts(broker.Port, database.Port);
    }

    private void Launch(IEnumerable<string> names)
    {
        LocalStarter starter = new(Folder, State);
        foreach (string name in names)
        {
            string role = Process(name).Role;
            File.Delete(Path.Combine(Folder.Node(name).Root, "control.json"));
            starter.Start(name, role, FedProcess.CommandLine("node", "--config", Folder.Node(name).Configuration)).Dispose();
        }
    }

    /// <summary>How often a site stored a contribution, for each key.</summary>
    private IEnumerable<(string Key, int Count)> Trainings(JobId job, string site)
    {
        using SqliteJournalReader journal = SqliteJournal.OpenReadOnly(new DataDirectory(Folder.Node(site).Data).Node.Journal);
        return
        [
            .. JobHistory.EventsOf(journal, FederationNodes.SiloLog(job, new SiloId(site)), ProtocolSerializers.Silo).OfType<SiloEvent.ContributionStored>()
                .GroupBy(stored => $"{site}, round {stored.Collection.Round}, {stored.Collection.Sum}").Select(static group => (group.Key, group.Count())),
        ];
    }
}
