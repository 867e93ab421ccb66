using System.Collections.Immutable;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.Simulation;
using Fed.Host.Trainers;
using Fed.Learning.Data;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Fed.Host.Cluster;

/// <summary>The body of <c>fed node</c>: a node of a federation on several machines, from its configuration to its orderly end.</summary>
internal sealed class NodeRun : IDisposable
{
    private readonly ILoggerFactory _logs;
    private readonly NodeRuntime _runtime;
    private readonly PostgresDatabase? _database;
    private readonly ServerPart? _server;
    private readonly SitePart? _site;
    private readonly ControlServer _control;
    private readonly NodePresence? _presence;

    private NodeRun(NodeConfig config)
    {
        (SiteData Rows, ImmutableSortedDictionary<string, TrainerOptions> Trainers)? own = config.Role == NodeRole.Silo ? SiteOf(config) : null;   // what is wrong with the data is said before anything is opened
        _logs = LogLines.Create(config.Node.LogLevel);
        NodeKit kit = NodeKit.Open(config, TimeProvider.System, _logs.CreateLogger<NodeKit>());
        _runtime = new NodeRuntime(config, kit, _logs);
        try
        {
            if (config.Role != NodeRole.Silo) _database = OpenDatabase(config);
            CoordinatorPart? coordinator = config.Role == NodeRole.Coordinator ? new CoordinatorPart(_runtime, _database!, config.Member.JobsAtOnce) : null;
            _server = config.Role == NodeRole.Aggregator ? new AggregatorPart(_runtime, _database!, config.DataDirectory, config.Member.Part) : coordinator;
            _site = own is var (rows, trainers) ? new SitePart(_runtime, config.DataDirectory, rows, trainers, config.Member.Policy) : null;
            ControlAnswers answers = new(_runtime, Kebab.From(config.Role.ToString()), config.Member.Part, coordinator);
            _control = new ControlServer(config.Member.HealthPort, config.ControlFile, answers, _logs.CreateLogger<ControlServer>());
            if (_database is not null) _presence = new NodePresence(_runtime, _database, config.Role, answers.Status);
            _server?.Stand(config.Member.Silence);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Runs nodes until they are told to end, or one cannot go on.</summary>
    /// <param name="files">Their configurations.</param>
    /// <param name="context">Of the command.</param>
    public static int Run(IReadOnlyList<string> files, CommandContext context)
    {
        NodeConfig[] configs = [.. files.Select(NodeConfig.Load)];
        if (configs.GroupBy(static config => config.Kit, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } shared)
            throw new UserException($"two of the configurations have the kit '{shared.Key}'; each node has a kit of its own");
        List<NodeRun> nodes = [];
        try
        {
            foreach (NodeConfig config in configs)
            {
                nodes.Add(new NodeRun(config));
                context.Error.WriteLine($"{config.Name} is up as {Kebab.From(config.Role.ToString())}");
            }

            Task<string> fault = Task.WhenAny(nodes.Select(static node => node._runtime.Observer.Faulted)).Unwrap();
            try
            {
                throw new IOException($"{fault.WaitAsync(context.Cancel).GetAwaiter().GetResult()}; mend the cause and start the node again, it goes on where it was");
            }
            catch (OperationCanceledException) when (context.Cancel.IsCancellationRequested)
            {
                return ExitCodes.Success;   // SIGTERM: what is under way is on disk, a lease is given back, and others go on
            }
        }
        finally
        {
            foreach (NodeRun node in nodes) node.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _presence?.Dispose();
        _control?.Dispose();
        _runtime.Dispose();   // ends the actors, and with the candidate its lease
        _site?.Dispose();
        _server?.Dispose();
        _database?.Dispose();
        _logs.Dispose();
    }

    /// <summary>The database, as a node's role reaches it.</summary>
    public static PostgresDatabase OpenDatabase(NodeConfig config) => PostgresDatabase.Open(new PostgresOptions { Connection = ConnectionOf(config) });

    /// <summary>How a node's role reaches the database.</summary>
    /// <exception cref="UserException">Its password is missing, or readable by others.</exception>
    public static string ConnectionOf(NodeConfig config)
    {
        MemberOptions member = config.Member;
        return new NpgsqlConnectionStringBuilder
        {
            Host = member.Journal.Host, Port = member.Journal.Port, Database = member.Database, Username = member.DatabaseUser, Password = config.DatabasePassword(),
            SslMode = member.Journal.Tls ? SslMode.VerifyFull : SslMode.Disable, RootCertificate = member.Journal.Tls ? Path.Combine(config.Kit, "ca.crt") : null,
        }.ConnectionString;
    }

    /// <summary>A site's rows, and how it starts its trainers.</summary>
    private static (SiteData Rows, ImmutableSortedDictionary<string, TrainerOptions> Trainers) SiteOf(NodeConfig config)
    {
        FedConfig data = FedConfig.Load(config.File);
        SiteData[] sites = [.. SimulatedFederation.ReadSites(data)];
        SiteData rows = sites.FirstOrDefault(site => site.Site == config.Name)
            ?? throw new UserException($"{config.File}: no rows of {data.Simulation.DataFile} are of site {config.Name}; the sites that simulation.partition gives are {string.Join(", ", sites.Select(static site => site.Site))}");
        if (rows.Train.Rows == 0) throw new UserException($"{config.File}: site {config.Name} has no training rows in {data.Simulation.DataFile}");
        return (rows, data.Trainers);
    }
}
