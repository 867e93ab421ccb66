using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Servers;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.Simulation;
using Fed.Host.Trainers;

namespace Fed.Host.Cluster.Local;

/// <summary>Ports on this machine by which a node reaches the servers.</summary>
internal sealed record ServerPorts(int Broker, int Database);

/// <summary>The bodies of <c>fed cluster up</c> and <c>fed cluster down</c>: a federation of real processes over real servers on this machine.</summary>
internal static class LocalCluster
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), TermPatience = TimeSpan.FromSeconds(20), KillPatience = TimeSpan.FromSeconds(10);

    /// <summary>Starts a cluster.</summary>
    /// <param name="options">What it is asked for.</param>
    /// <param name="context">Of the command.</param>
    /// <param name="through">Between a node and the ports of broker and database: those by which it is to reach them; null for the servers' own.</param>
    public static int Up(ClusterUpOptions options, CommandContext context, Func<NodeIdentity, ServerPorts, ServerPorts>? through = null)
    {
        FedConfig config = FedConfig.Load(options.From);
        ImmutableArray<string> sites = [.. SimulatedFederation.Load(config, context.Cancel).Sites.Select(static site => site.Site)];
        if (sites.Length != options.Sites) throw new UserException($"{options.From} divides its rows among {Plural(sites.Length)}, not {options.Sites}; write --sites {sites.Length}, or name another file with --from");
        foreach (string site in sites)
            if (!NodeIdentity.IsName(site) || LocalFolder.IsServer(site))
                throw new UserException($"site '{site}' cannot be a node's name, which has 1 to {NodeIdentity.NameLengthMax} characters of a to z, 0 to 9 and hyphen and is no server's; choose names with simulation.site-names");
        LocalFolder folder = new(context.DataDirectory);
        RequireDown(folder, context);
        Create(folder.Root);
        if (LocalServers.MissingPackages() is { Length: > 0 } missing) throw new IOException($"a cluster needs {string.Join(" and ", missing)} on this machine; install: apt-get install {string.Join(' ', missing)}");

        LocalStarter starter = new(folder, new LocalState(Path.GetFullPath(options.From), []));
        try
        {
            Start(folder, config, sites, options, through ?? (static (_, ports) => ports), starter, context);
            return ExitCodes.Success;
        }
        catch
        {
            End(starter.State, context.Error);
            File.Delete(folder.State);
            throw;
        }
    }

    public static int Down(CommandContext context)
    {
        LocalFolder folder = new(context.DataDirectory);
        LocalState state = LocalState.Read(folder.State) ?? throw new UserException($"no cluster runs in '{folder.Root}'; name the folder that it was started with by --data");
        End(state, context.Error);
        File.Delete(folder.State);
        context.Out.WriteLine($"the cluster is down; its data stay in {folder.Root}");
        return ExitCodes.Success;
    }

    private static void RequireDown(LocalFolder folder, CommandContext context)
    {
        if (LocalState.Read(folder.State) is not { } state) return;
        if (state.Processes.Any(ProcessTable.IsAlive)) throw new UserException($"a cluster runs in '{folder.Root}' already; end it first: ./fed cluster down{(context.Data is { } data ? $" --data {data}" : "")}");
        File.Delete(folder.State);   // of a machine that was restarted
    }

    private static void Create(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            throw new UserException($"the folder '{folder}' cannot be made; name another one with --data", refused);
        }
    }

    private static void Start(LocalFolder folder, FedConfig config, ImmutableArray<string> sites, ClusterUpOptions options, Func<NodeIdentity, ServerPorts, ServerPorts> through, LocalStarter starter, CommandContext context)
    {
        JobOptions job = config.Job;
        foreach (string account in (string[])[RabbitProgram.Account, PostgresProgram.Account])
            if (!ServerAccount.CanReach(account, folder.Root)) throw new IOException($"the user {account}, as whom a server runs here since it does not run as root, cannot reach '{folder.Root}'; name a folder with --data that others may pass through");
        using FederationFolder federation = File.Exists(Path.Combine(folder.Authority, "ca.crt")) ? FederationFolder.Open(folder.Authority, TimeProvider.System) : FederationFolder.Create(LocalFolder.Federation, folder.Authority, TimeProvider.System);
        NodeIdentity[] nodes =
        [
            new(LocalFolder.Federation, NodeRole.Coordinator, LocalFolder.Coordinator), new(LocalFolder.Federation, NodeRole.Coordinator, LocalFolder.Standby), new(LocalFolder.Federation, NodeRole.Aggregator, LocalFolder.Aggregator),
            .. options.StandbyAggregator ? [new NodeIdentity(LocalFolder.Federation, NodeRole.Aggregator, LocalFolder.AggregatorStandby)] : Array.Empty<NodeIdentity>(),
            .. Enumerable.Range(1, job.Aggregators ?? 0).Select(static part => new NodeIdentity(LocalFolder.Federation, NodeRole.Aggregator, LocalFolder.AggregatorOf(part))),
            .. sites.Select(static site => new NodeIdentity(LocalFolder.Federation, NodeRole.Silo, site)),
        ];
        ImmutableArray<EnrolledNode> known = federation.Nodes();
        if (!known.IsEmpty && !known.Select(static node => node.Identity.Name).ToHashSet().SetEquals(nodes.Select(static node => node.Name)))
            throw new UserException($"the cluster in '{folder.Root}' has other nodes; name another folder with --data, or delete that one");
        foreach (NodeIdentity node in nodes) federation.Approve(folder.Node(node.Name).Ask(node, TimeProvider.System), CertificateAuthority.NodeLifetime);
        MembersFile members = MembersFile.Parse(File.ReadAllText(federation.MembersPath));
        foreach (NodeIdentity node in nodes) folder.Node(node.Name).Import(members, TimeProvider.System, static _ => { });   // its own CA, on its own disk

        LocalServers servers = new(folder, federation, starter, job.Aggregators ?? 0, options.Tls);
        context.Error.WriteLine("starting RabbitMQ and PostgreSQL ...");
        Parallel.Invoke(new ParallelOptions { CancellationToken = context.Cancel }, servers.StartBroker, servers.StartDatabase);
        context.Error.WriteLine($"starting {nodes.Length} nodes ...");
        foreach (NodeIdentity node in nodes)
        {
            NodeFolder kit = folder.Node(node.Name);
            if (node.Role != NodeRole.Silo) LocalStarter.WriteSecret(Path.Combine(kit.Root, "database.password"), servers.NodePassword);
            if (node.Role == NodeRole.Silo && !File.Exists(PolicyOf(kit))) File.WriteAllText(PolicyOf(kit), Policy(job, sites.Length, starter.State.From));
            File.WriteAllText(kit.Configuration, Configuration(node, servers.HasTls, through(node, new ServerPorts(servers.BrokerPort, servers.DatabasePort)), starter.State.From, config));
            File.Delete(Path.Combine(kit.Root, "control.json"));
            starter.Start(node.Name, Kebab.From(node.Role.ToString()), Self("node", "--config", kit.Configuration)).Dispose();
        }

        WaitUntilReady(folder, nodes, starter, context.Cancel);
        context.Out.WriteLine($"{Plural(sites.Length)}, a coordinator, its standby and {(job.Aggregators is { } parts ? $"{parts + 1} aggregators" : "an aggregator")}{(options.StandbyAggregator ? ", with a standby of its own," : "")} are up; their data and logs are in {folder.Root}");
        context.Out.WriteLine($"next: ./fed submit {Path.GetRelativePath(".", starter.State.From)} --watch{(context.Data is { } data ? $" --data {data}" : "")}");
    }

    private static void WaitUntilReady(LocalFolder folder, NodeIdentity[] nodes, LocalStarter starter, CancellationToken cancel)
    {
        for (long since = Stopwatch.GetTimestamp(); ; cancel.WaitHandle.WaitOne(100))
        {
            cancel.ThrowIfCancellationRequested();
            if (starter.State.Processes.FirstOrDefault(static process => !ProcessTable.IsAlive(process)) is { } dead) throw new IOException($"{dead.Name} has ended: {LocalStarter.Tail(folder.Log(dead.Name))}");
            NodeStatus?[] said = [.. nodes.Select(node => NodeClient.TryStatus(folder.Node(node.Name).Root))];
            bool isLed = said.Any(static status => status?.Sites is { } sites && sites.All(static site => site.LastHeard is not null)) && nodes.Zip(said).Where(static node => node.First.Role == NodeRole.Aggregator).GroupBy(static node => LocalFolder.PartOf(node.First.Name)).All(static part => part.Any(static node => node.Second is { Epoch: not null }));
            if (isLed && said.All(static status => status is { IsReady: true })) return;
            if (Stopwatch.GetElapsedTime(since) > Patience) throw new IOException($"the nodes did not find together within {Patience.TotalSeconds:0} s; see the logs in {Path.GetDirectoryName(folder.Log("x"))}");
        }
    }

    private static string Configuration(NodeIdentity node, bool hasTls, ServerPorts ports, string from, FedConfig config)
    {
        StringBuilder text = new();
        string tls = hasTls ? "" : ", tls = false";
        if (node.Role == NodeRole.Silo) text.Append($"include \"{from}\"\n\n");
        text.Append($"node {{\n  name = {node.Name}\n  role = {Kebab.From(node.Role.ToString())}\n  log-level = information\n  broker {{ host = 127.0.0.1, port = {ports.Broker}{tls} }}\n{(node.Role == NodeRole.Silo ? "  policy = policy.conf\n" : "")}");
        if (LocalFolder.PartOf(node.Name) is { } part) text.Append(CultureInfo.InvariantCulture, $"  part = {part}\n");
        if (node.Role != NodeRole.Silo) text.Append($"  database {{ host = 127.0.0.1, port = {ports.Database}{tls} }}\n");
        if (node.Role == NodeRole.Coordinator)
            foreach (TrainerOptions trainer in config.Trainers.Values) text.Append(LocalTrainer.Text(trainer));   // who submits a plan asks it for its tensors
        if (node.Role == NodeRole.Coordinator) text.Append(CultureInfo.InvariantCulture, $"  jobs.at-once = {config.Node.Member.JobsAtOnce}\n");
        if (config.Node.Member.Telemetry is { } sent && node.Role != NodeRole.Silo) text.Append(CultureInfo.InvariantCulture, $"  telemetry {{ otlp = \"{sent.Otlp}\", interval = {sent.Interval.TotalMilliseconds:0} ms }}\n");   // sites have it by the file that they include
        return text.Append("}\n").ToString();
    }

    private static string PolicyOf(NodeFolder kit) => Path.Combine(kit.Root, "policy.conf");

    /// <summary>A policy that allows the job of a file, and any other that is as careful.</summary>
    private static string Policy(JobOptions job, int sites, string from) => $$"""
        # Written by 'fed cluster up' for the job of {{from}}; it is this site's own, and is read anew for each job.
        policy {
          allow = rules
          rules {
            algorithms = [{{job.AlgorithmName}}]
            protection-min = {{job.Protection.Name}}
            contributors-min = {{Math.Min(2, job.Participation.Quorum(job.Participation.Target(sites, everyone: false)))}}
            sites-min = 2
            contributors-stated = true
            rounds-max = {{job.Rounds}}
          }
          jobs.at-once = 10
          disk.free-min = 10 MiB
        }

        """;

    /// <summary>This program, once more.</summary>
    private static ProcessStartInfo Self(params string[] arguments)
    {
        string own = Environment.ProcessPath ?? throw new IOException("this program does not know its own file"), name = Path.GetFileNameWithoutExtension(own);
        (string program, string[] line) = name == "fed" ? (own, arguments) : (name == "dotnet" ? own : "dotnet", [Path.Combine(AppContext.BaseDirectory, "fed.dll"), .. arguments]);
        return new ProcessStartInfo(program, line) { WorkingDirectory = Environment.CurrentDirectory, UseShellExecute = false };
    }

    /// <summary>Ends what lives of a cluster, the last started first: asked to end, and killed where it does not.</summary>
    private static void End(LocalState state, TextWriter error)
    {
        ImmutableArray<LocalProcess> nodes = [.. state.Processes.Where(static process => process.Role is not ("broker" or "database"))];
        foreach (ImmutableArray<LocalProcess> group in (ImmutableArray<LocalProcess>[])[nodes, [.. state.Processes.Except(nodes).Where(static process => process.Name is not ("epmd" or "rabbitmq"))], [.. state.Processes.Where(static process => process.Name is "epmd" or "rabbitmq")]])
        {
            foreach (LocalProcess process in group)
            {
                ProcessTable.Signal(process, "-CONT");   // one that was stopped would not hear of its end
                ProcessTable.Signal(process, process.Role == "database" ? "-INT" : "-TERM");   // PostgreSQL: without waiting for whoever is connected
            }

            foreach (LocalProcess left in ProcessTable.WaitForEnd(group, TermPatience))
            {
                error.WriteLine($"{left.Name} did not end when asked to, and is killed");
                ProcessTable.Signal(left, "-KILL");
            }

            foreach (LocalProcess left in ProcessTable.WaitForEnd(group, KillPatience)) throw new IOException($"{left.Name} (process {left.Id}) cannot be ended; end it by hand");
        }
    }

    private static string Plural(int sites) => sites == 1 ? "1 site" : $"{sites} sites";
}
