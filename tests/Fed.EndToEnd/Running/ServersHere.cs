using System.Collections.Concurrent;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Messaging;
using Fed.Cluster.Messaging.RabbitMq;
using Fed.Host.Simulation;
using Fed.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Fed.EndToEnd.Running;

/// <summary>
/// A real RabbitMQ and a real PostgreSQL under a run in the test's process: every message between nodes is an envelope that went through the broker, every blob came in pieces, and the server's nodes append to the database. Each site,
/// the coordinator and the aggregator are nodes of their own, with keys and certificates of the federation's CA.
/// </summary>
internal sealed class ServersHere : IDisposable
{
    private const string Federation = "servers", Leader = "leader", Sums = "sums", Owner = "fed_owner", NodeRoleName = "fed_node", Secret = "not-a-secret-of-one-test";

    private readonly string _folder = Directory.CreateTempSubdirectory("fed-servers-").FullName;
    private readonly RabbitServer _broker;
    private readonly PostgresServer _server = new();
    private readonly PostgresDatabase _database;
    private readonly PostgresJournal _journal;
    private readonly Membership _members;
    private readonly ThreadWorkerPool _workers = new(threads: 2);
    private readonly List<IDisposable> _owned = [];
    private readonly ConcurrentDictionary<string, Node> _nodes = [];
    private readonly ConcurrentDictionary<NodeAddress, Present> _published = [];

    public ServersHere(IEnumerable<string> sites)
    {
        NodeIdentity[] identities = [new(Federation, NodeRole.Coordinator, Leader), new(Federation, NodeRole.Aggregator, Sums), .. sites.Select(static site => new NodeIdentity(Federation, NodeRole.Silo, site))];
        _broker = new RabbitServer(TimeSpan.FromMinutes(30), [], BrokerDefinitions.Write(Federation, identities, parts: 0, static _ => BrokerDefinitions.HashPassword(RabbitServer.Password)));
        _database = OpenDatabase();
        _journal = new PostgresJournal(_database);
        using CertificateAuthority authority = CertificateAuthority.Create(Federation, Path.Combine(_folder, "ca"), TimeProvider.System);
        CertificateValidator validator = new(System.Security.Cryptography.X509Certificates.X509CertificateLoader.LoadCertificate(authority.Certificate.RawData), TimeProvider.System);
        _members = new Membership(validator);
        _owned.Add(validator);
        foreach (NodeIdentity identity in identities) Enrol(identity, authority, _members);
    }

    public static bool AreInstalled => RabbitServer.IsInstalled && PostgresServer.IsInstalled;

    /// <summary>For a run.</summary>
    public RunHooks Hooks => new() { Transport = _ => new Between(this), Services = Services };

    /// <summary>Envelopes that were opened, over all nodes.</summary>
    public long MessagesTaken => _nodes.Values.Sum(static node => node.Connection.Counters.TakenCount);

    /// <summary>Envelopes that were refused, over all nodes.</summary>
    public long Refusals => _nodes.Values.Sum(static node => node.Connection.Counters.Refusals.Values.Sum());

    /// <summary>Pieces of blobs that were published, over all nodes.</summary>
    public long PiecesPublished => _nodes.Values.Sum(static node => node.Bulk.PiecesPublished);

    /// <summary>Logs in the database.</summary>
    public IReadOnlyList<string> Logs => _journal.PersistenceIds();

    public void Dispose()
    {
        foreach (Node node in _nodes.Values)
        {
            node.Bulk.Dispose();
            node.Transport.Dispose();
            node.Connection.DisposeAsync().AsTask().GetAwaiter().GetResult();
            node.Keys.Dispose();
        }

        foreach (IDisposable owned in _owned) owned.Dispose();
        _workers.Dispose();
        _journal.Dispose();
        _database.Dispose();
        _server.Dispose();
        _broker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Enrol(NodeIdentity identity, CertificateAuthority authority, Membership members)
    {
        NodeKeys keys = NodeKeys.LoadOrCreate(Path.Combine(_folder, identity.Name));
        NodeCertificates certificates = authority.Approve(EnrolmentRequest.Create(identity, keys), CertificateAuthority.NodeLifetime);
        members.Add(certificates.Signing);
        members.Add(certificates.Encryption);
        RabbitNode connection = new(
            identity, keys, members, new RabbitOptions { Host = "127.0.0.1", Port = _broker.Port, Password = RabbitServer.Password }, TimeProvider.System, NullLogger.Instance);
        _nodes[identity.Name] = new Node(keys, connection, new RabbitTransport(connection), new RabbitBulk(connection, _workers, new BulkOptions()));
    }

    private NodeServices Services(NodeAddress address, NodeServices services)
    {
        bool isSite = NodeIdentity.RoleOf(address) == NodeRole.Silo;
        IBlobStore blobs = address == NodeAddress.Aggregator ? new PostgresBlobStore(_database, address, services.Term, new BlobReaders(_members, [Of(address).Keys.Encryption])) : services.Blobs;
        Node node = Of(address);
        _published.GetOrAdd(address, at =>
        {
            Present present = new();
            node.Bulk.Register(at, present);
            return present;
        }).Store = blobs;
        return services with { Bulk = node.Bulk.As(address), Blobs = blobs, Journal = isSite ? services.Journal : new Copied(_journal, services.Journal) };
    }

    private Node Of(NodeAddress address) => _nodes[NodeIdentity.RoleOf(address) switch
    {
        NodeRole.Coordinator => Leader,
        NodeRole.Aggregator => Sums,
        _ => address.Value["silo/".Length..],
    }];

    private PostgresDatabase OpenDatabase()
    {
        using (NpgsqlConnection connection = new(_server.ConnectionString))
        {
            connection.Open();
            foreach (string sql in (string[])[$"CREATE ROLE {Owner} LOGIN PASSWORD '{Secret}'", $"CREATE ROLE {NodeRoleName} LOGIN PASSWORD '{Secret}'", $"CREATE DATABASE federation OWNER {Owner} TEMPLATE template0 ENCODING 'UTF8'"])
            {
                using NpgsqlCommand command = new(sql, connection);
                command.ExecuteNonQuery();
            }
        }

        string To(string user) => new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = _server.Port, Database = "federation", Username = user, Password = Secret, SslMode = SslMode.Disable }.ConnectionString;
        return PostgresDatabase.Open(new PostgresOptions { Connection = To(NodeRoleName), OwnerConnection = To(Owner) });
    }

    private sealed record Node(NodeKeys Keys, RabbitNode Connection, RabbitTransport Transport, RabbitBulk Bulk);

    /// <summary>Each address at the node that stands for it.</summary>
    private sealed class Between(ServersHere servers) : ITransport
    {
        public void Send(Origin from, NodeAddress to, object message) => servers.Of(from.Address).Transport.Send(from, to, message);

        public IDisposable Register(NodeAddress address, Action<Origin, object> receive) => servers.Of(address).Transport.Register(address, receive);
    }

    /// <summary>The database's journal. What it has stored is copied to the run's own, from which its report is made.</summary>
    private sealed class Copied(IEventJournal journal, IEventJournal copy) : IEventJournal
    {
        public void Append(AppendRequest request, Action<AppendOutcome> done) => journal.Append(request, outcome =>
        {
            if (outcome.Status == AppendStatus.Appended) copy.Append(request, _ => done(outcome));
            else done(outcome);
        });

        public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => journal.Replay(persistenceId, afterSequence, batchMax, batch);

        public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => journal.SaveSnapshot(snapshot, done);

        public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => journal.LoadSnapshot(persistenceId, maxSequence, done);
    }

    /// <summary>The blobs of whichever run is the present one.</summary>
    private sealed class Present : IBlobStore
    {
        public IBlobStore Store { get; set; } = null!;

        public IBlobWriter Create() => Store.Create();

        public Stream OpenRead(Digest hash) => Store.OpenRead(hash);

        public bool Contains(Digest hash) => Store.Contains(hash);

        public long Length(Digest hash) => Store.Length(hash);

        public void Delete(Digest hash) => Store.Delete(hash);

        public IEnumerable<Digest> List() => Store.List();
    }
}
