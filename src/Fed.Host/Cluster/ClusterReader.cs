using System.Collections.Immutable;
using System.Text.Json;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Cluster.Identity;
using Fed.Cluster.Identity.Enrolment;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Messaging.Envelopes;
using Fed.Cluster.Stores;
using Fed.Host.Cluster.Local;
using Fed.Host.History;
using Fed.Host.Trainers;

namespace Fed.Host.Cluster;

/// <summary>A running cluster as its operator sees it, who has a coordinator's kit: the database to read, and the nodes to ask.</summary>
internal sealed class ClusterReader : IDisposable
{
    private static readonly TimeSpan LeaderWait = TimeSpan.FromSeconds(15), SitesWait = TimeSpan.FromSeconds(8), Look = TimeSpan.FromMilliseconds(250);

    private readonly ImmutableArray<NodeConfig> _coordinators;
    private readonly PostgresDatabase _database;
    private PostgresRequests? _requests;
    private NodeCredentials? _credentials;
    private CoordinatorNotes? _notes;
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

    /// <summary>Whether contributions that a plan retains can be read here: they are for aggregators alone.</summary>
    public bool HasAggregatorsKeys => Directory.Exists(Folder.Node(LocalFolder.Aggregator).Keys);

    /// <summary>Signing keys of the federation's nodes, as the coordinator's kit knows them.</summary>
    public ImmutableDictionary<Digest, KnownKey> SigningKeys => SiteJournal.MembersOf(new NodeFolder(_coordinators[0].Kit));

    /// <summary>The sites of a cluster on this machine, with their journals; none of a federation on several.</summary>
    public ImmutableArray<(string Site, string Journal)> SitesHere() =>
        [.. (LocalState.Read(Folder.State)?.Processes ?? []).Where(static process => process.Role == "silo").Select(process => (process.Name, new DataDirectory(NodeConfig.Load(Folder.Node(process.Name).Configuration).DataDirectory).Node.Journal))];

    /// <summary>How a coordinator's own configuration here starts trainers, which tell who submits a plan what their models are.</summary>
    public ImmutableSortedDictionary<string, TrainerOptions> Trainers => _coordinators[0].Node.Trainers;

    /// <summary>The first parameters of models, for who submits a plan while a coordinator leads.</summary>
    public InitialParameters Initial(long epoch) => new(_database, epoch, new BlobReaders(Credentials.Members, Keys(new NodeFolder(_coordinators[0].Kit))));

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
        return config.Role == NodeRole.Coordinator ? new ClusterReader(folder, [config], NodeRun.OpenDatabase(config)) : null;
    }

    /// <summary>Opens the cluster of a data folder.</summary>
    /// <exception cref="UserException">None runs there.</exception>
    public static ClusterReader Open(string data) => TryOpen(data) ?? throw new UserException($"no cluster runs in '{new LocalFolder(data).Root}'; start one with './fed cluster up --sites 5', or name its folder, or a coordinator's kit, with --data");

    /// <summary>Requests to whoever leads, and what servers say of themselves.</summary>
    public PostgresRequests Requests => _requests ??= new PostgresRequests(_database);

    /// <summary>The coordinators that are enrolled, as the kit knows them.</summary>
    public ImmutableArray<string> Coordinators => [.. Credentials.Members.Nodes().Where(static node => node.Role == NodeRole.Coordinator).Select(static node => node.Name)];

    /// <summary>Asks whoever leads.</summary>
    /// <exception cref="UserException">It is refused.</exception>
    /// <exception cref="IOException">Nobody answers.</exception>
    public string Ask(RequestKind kind, Func<NodeRequest, NodeRequest> fill, CancellationToken cancel) => new RequestClient(Requests, Notes).Ask(kind, fill, cancel);

    /// <summary>Jobs that are accepted and wait for their turn, the next one first.</summary>
    public ImmutableArray<JobId> Queued() => JobStates.Queued(Journal);

    /// <summary>What each server has said of itself last, and how long ago; what is not signed by it is left out.</summary>
    public ImmutableArray<(NodeStatus Status, TimeSpan Age)> Said()
    {
        ImmutableArray<(NodeStatus, TimeSpan)>.Builder said = ImmutableArray.CreateBuilder<(NodeStatus, TimeSpan)>();
        foreach (StoredPresence presence in Requests.Said())
        {
            try
            {
                (NodeIdentity by, ReadOnlyMemory<byte> body) = Notes.OpenPresence(presence.Envelope);
                if (by.Name == presence.Node && JsonSerializer.Deserialize(body.Span, ClusterJson.Default.NodeStatus) is { } status && status.Name == by.Name) said.Add((status, presence.Age));
            }
            catch (Exception forged) when (forged is EnvelopeException or JsonException)
            {
                // Of a node that is no member any more, or of nobody.
            }
        }

        return said.ToImmutable();
    }

    /// <summary>What the coordinator that leads says; waits a while where nobody does, or not every site was heard of yet, since another one may be taking over.</summary>
    /// <exception cref="IOException">Nobody leads.</exception>
    public NodeStatus Leader(CancellationToken cancel)
    {
        for (TimeSpan waited = TimeSpan.Zero; ; waited += Look)
        {
            NodeStatus? leader = Requests.Leader(NodeAddress.Coordinator) is var (holder, epoch)
                ? Said().Select(static said => said.Status).FirstOrDefault(status => status.Name == holder && status.Epoch == epoch && status.Sites is not null)
                : null;
            bool isWhole = leader?.Sites?.All(site => site.Columns is { } hash && leader.Columns?.ContainsKey(hash) == true) == true;
            if (leader is not null && (isWhole || waited >= SitesWait)) return leader;
            if (waited >= LeaderWait) throw new IOException("no coordinator leads; './fed nodes' tells which of them answer, and their logs why");
            cancel.WaitHandle.WaitOne(Look);
            cancel.ThrowIfCancellationRequested();
        }
    }

    private NodeCredentials Credentials => _credentials ??= new NodeFolder(_coordinators[0].Kit).Open(TimeProvider.System);

    private CoordinatorNotes Notes => _notes ??= new CoordinatorNotes(Credentials.Keys, Keys(new NodeFolder(_coordinators[0].Kit)), Credentials.Members, NodeAddress.Coordinator);

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
        _credentials?.Dispose();
        Journal.Dispose();
        _database.Dispose();
    }
}
