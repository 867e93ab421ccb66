using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Messaging;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Host.Protection;
using Fed.Host.Telemetry;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>What every node of a federation on several machines stands on, whatever its role: actors, the broker, threads, keys.</summary>
internal sealed class NodeRuntime : IDisposable
{
    private const int DiskThreads = 2;
    private static readonly TimeSpan ResendInterval = TimeSpan.FromSeconds(1), BeatInterval = TimeSpan.FromSeconds(2);

    private readonly NodeConfig _config;
    private readonly RabbitTransport _transport;

    /// <summary>Starts to connect.</summary>
    /// <param name="config">The node's configuration.</param>
    /// <param name="kit">Its keys; owned by the runtime from here on.</param>
    /// <param name="logs">The process's log.</param>
    public NodeRuntime(NodeConfig config, NodeKit kit, ILoggerFactory logs)
    {
        (_config, Kit, Logs) = (config, kit, logs);
        Observer = new NodeObserver(logs.CreateLogger<NodeObserver>());
        System = new ActorSystem("fed", new ActorSystemOptions { MailboxCapacity = config.Node.MailboxCapacity, DefaultStashCapacity = config.Node.StashCapacity, LoggerFactory = logs });
        Disk = new ThreadWorkerPool(DiskThreads);
        RabbitOptions broker = config.BrokerOptions(kit.BrokerPassword, kit.Authority);
        if (config.Role != NodeRole.Silo) broker = broker with { Heartbeat = Heartbeat(config.Member.Silence) };
        Connection = new RabbitNode(kit.Identity, kit.Keys, kit.Members, broker, TimeProvider.System, logs.CreateLogger<RabbitNode>(), earlier: kit.EncryptionKeys);
        _transport = new RabbitTransport(Connection);
        Switchboard = new Switchboard(_transport);
        Bulk = new RabbitBulk(Connection, Disk, new BulkOptions());
        Telemetry = config.Member.Telemetry is { } telemetry ? new NodeTelemetry(telemetry, kit.Identity) : null;
        Telemetry?.Watch(this);
    }

    /// <summary>
    /// The broker goes on giving a role's messages to a leader that was stopped, until its connection is taken for lost, after two heartbeats or so: and that is little longer than it may be silent.
    /// </summary>
    private static TimeSpan Heartbeat(TimeSpan silence) => TimeSpan.FromSeconds(Math.Clamp(Math.Ceiling(silence.TotalSeconds / 2), 1, 10));

    /// <summary>Keys and members.</summary>
    public NodeKit Kit { get; }

    /// <summary>The process's log.</summary>
    public ILoggerFactory Logs { get; }

    /// <summary>Sees what happens.</summary>
    public NodeObserver Observer { get; }

    /// <summary>The node's actors.</summary>
    public ActorSystem System { get; }

    /// <summary>Threads for transfers, sums and server steps.</summary>
    public ThreadWorkerPool Disk { get; }

    /// <summary>The connection to the broker.</summary>
    public RabbitNode Connection { get; }

    /// <summary>Control messages.</summary>
    public Switchboard Switchboard { get; }

    /// <summary>Blobs of other nodes.</summary>
    public RabbitBulk Bulk { get; }

    /// <summary>Control messages that wait for the broker.</summary>
    public int WaitingMessages => _transport.WaitingCount;

    /// <summary>Metrics and traces; null where nobody wants them.</summary>
    public NodeTelemetry? Telemetry { get; }

    /// <summary>What a node touches the world through.</summary>
    /// <param name="address">The node's address.</param>
    /// <param name="journal">Its journal.</param>
    /// <param name="blobs">Its blobs.</param>
    /// <param name="workers">Its threads.</param>
    /// <param name="keys">The signing keys of its job.</param>
    public NodeServices Services(NodeAddress address, IEventJournal journal, IBlobStore blobs, IWorkerPool workers, PlannedKeys keys) => new()
    {
        System = System,
        Journal = Telemetry?.Timing(journal) ?? journal,
        Blobs = blobs,
        Switchboard = Switchboard,
        Bulk = Bulk.As(address),
        Workers = workers,
        Signer = keys,
        PublicKeys = keys.Of,
        CertifiedKeys = Kit.PublicKeys,
        Protection = new PlainProtection(),
        SecureAggregation = new SecAggSteps(keys, keys.Of),
        CollectiveEncryption = new CkksSteps(keys, keys.Of),
        AllowsSingleContributor = true,   // each site's policy has the last word: by its defaults no sum of fewer than three sites is opened
        Observer = Observer,
        ResendInterval = ResendInterval,
        BeatInterval = BeatInterval,
    };

    /// <summary>Ends the actors, in order, and leaves the broker. What they had promised is on disk.</summary>
    public void Dispose()
    {
        try
        {
            System.TerminateAsync(_config.Node.ShutdownLimit).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            // The journal makes it safe to go on: what was answered is on disk.
        }

        Telemetry?.Dispose();
        Bulk.Dispose();
        _transport.Dispose();
        Connection.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Disk.Dispose();
        Kit.Dispose();
    }
}
