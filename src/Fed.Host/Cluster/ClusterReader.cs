using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Aggregation;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.Cluster.Local;

namespace Fed.Host.Cluster;

/// <summary>A running cluster as its operator sees it, who has a coordinator's kit: the database to read, and the nodes to ask.</summary>
internal sealed class ClusterReader : IDisposable
{
    private static readonly TimeSpan LeaderWait = TimeSpan.FromSeconds(15), Look = TimeSpan.FromMilliseconds(250);

    private readonly ImmutableArray<NodeConfig> _coordinators;
    private readonly PostgresDatabase _database;
    private readonly List<EncryptionKey> _keys = [];

    private ClusterReader(LocalFolder folder, ImmutableArray<NodeConfig> coordinators, PostgresDatabase database)
    {
        (Folder, _coordinators, _database) = (folder, coordinators, database);
        Journal = new PostgresJournal(database);
    }

    /// <summary>Where the cluster lies.</summary>
    public LocalFolder Folder { get; }

    /// <summary>The servers' journal; only read here.</summary>
    public PostgresJournal Journal { get; }

    /// <summary>The coordinator's blobs, and the aggregator's where its keys are here, as they are of a cluster on this machine; only read.</summary>
    public ImmutableArray<IBlobStore> Blobs
    {
        get
        {
            ImmutableArray<IBlobStore>.Builder stores = ImmutableArray.CreateBuilder<IBlobStore>();
            stores.Add(PostgresBlobStore.OpenReadOnly(_database, NodeAddress.Coordinator, Keys(new NodeFolder(_coordinators[0].Kit))));
            for (int part = 0; part <= AggregatorTree.PartsMax; part++)
            {
                NodeFolder kit = Folder.Node(part == 0 ? LocalFolder.Aggregator : LocalFolder.AggregatorOf(part));
                if (Keys(kit) is not { IsEmpty: false } aggregators) break;
                stores.Add(PostgresBlobStore.OpenReadOnly(_database, AggregatorPart.AddressOf(part == 0 ? null : part), aggregators));
            }

            return stores.ToImmutable();
        }
    }

    /// <summary>Opens the cluster of a data folder, or the federation of a coordinator whose kit the folder is; null where none runs.</summary>
    /// <exception cref="IOException">Its database does not answer.</exception>
    public static ClusterReader? TryOpen(string data)
    {
        LocalFolder folder = new(data);
        if (LocalState.Read(folder.State) is not { } state || !state.Processes.Any(ProcessTable.IsAlive)) return OfKit(data, folder);
        ImmutableArray<NodeConfig> coordinators = [.. state.Processes.Where(static process => process.Role == "coordinator").Select(process => NodeConfig.Load(folder.Node(process.Name).Configuration))];
        return coordinators.IsEmpty ? null : new ClusterReader(folder, coordinators, NodeRun.OpenDatabase(coordinators[0]));
    }

    private static ClusterReader? OfKit(string data, LocalFolder folder)
    {
        string file = new NodeFolder(data).Configuration;
        if (!File.Exists(file)) return null;
        NodeConfig config = NodeConfig.Load(file);
        return config.Role == NodeRole.Coordinator && File.Exists(config.ControlFile) ? new ClusterReader(folder, [config], NodeRun.OpenDatabase(config)) : null;
    }

    /// <summary>Opens the cluster of a data folder.</summary>
    /// <exception cref="UserException">None runs there.</exception>
    public static ClusterReader Open(string data) => TryOpen(data) ?? throw new UserException($"no cluster runs in '{new LocalFolder(data).Root}'; start one with './fed cluster up --sites 5', or name its folder, or a coordinator's kit, with --data");

    /// <summary>The coordinators' own words; null for one that does not answer.</summary>
    public ImmutableArray<(NodeConfig Node, NodeStatus? Status)> Coordinators() => [.. _coordinators.Select(static node => (node, NodeClient.TryStatus(node.Kit)))];

    /// <summary>The coordinator that leads; waits a while where nobody does, since another one may be taking over.</summary>
    /// <exception cref="IOException">Nobody leads.</exception>
    public (NodeConfig Node, NodeStatus Status) Leader(CancellationToken cancel)
    {
        for (TimeSpan waited = TimeSpan.Zero; ; waited += Look)
        {
            foreach ((NodeConfig node, NodeStatus? status) in Coordinators())
                if (status is { Sites: not null }) return (node, status);
            if (waited >= LeaderWait) throw new IOException("no coordinator leads; './fed nodes' tells which of them answer, and their logs why");
            cancel.WaitHandle.WaitOne(Look);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private ImmutableArray<EncryptionKey> Keys(NodeFolder kit)
    {
        ImmutableArray<EncryptionKey> keys = kit.OpenEncryptionKeys();
        _keys.AddRange(keys);
        return keys;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.ForEach(static key => key.Dispose());
        Journal.Dispose();
        _database.Dispose();
    }
}
