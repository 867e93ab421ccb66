using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Cluster.Messaging.Envelopes;
using Fed.Host.Cluster;
using Fed.Host.Configuration;
using Fed.Host.Simulation;
using Fed.Host.Tests.Configuration;
using Fed.TestKit;
using Fed.TestKit.Servers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Xunit;

namespace Fed.Host.Tests.Cluster;

/// <summary>A database of a real server, and a federation of two coordinators, an aggregator and a site.</summary>
public sealed class DeskFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly PostgresServer? _server = PostgresServer.IsInstalled ? new PostgresServer() : null;
    private readonly CertificateAuthority _authority;
    private readonly Membership _members;
    private readonly Dictionary<string, NodeKeys> _keys = [];
    private readonly PostgresDatabase? _database;

    public DeskFixture()
    {
        _authority = CertificateAuthority.Create("lung", Path.Combine(_folder.Path, "ca"), Clock);
        _members = new Membership(new CertificateValidator(X509CertificateLoader.LoadCertificate(_authority.Certificate.RawData), Clock));
        foreach ((NodeRole role, string name) in ((NodeRole, string)[])[(NodeRole.Coordinator, "node-1"), (NodeRole.Coordinator, "node-2"), (NodeRole.Aggregator, "sums"), (NodeRole.Silo, "north")]) Enrol(role, name);
        if (_server is null) return;
        Execute("CREATE ROLE fed_owner LOGIN PASSWORD 'secret'; CREATE ROLE fed_node LOGIN PASSWORD 'secret'", "postgres");
        Execute("CREATE DATABASE federation OWNER fed_owner TEMPLATE template0 ENCODING 'UTF8'", "postgres");
        _database = PostgresDatabase.Open(new PostgresOptions { Connection = Connection("fed_node"), OwnerConnection = Connection("fed_owner") });
    }

    internal ManualTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    internal static JobPlan Plan { get; } = new Lazy<JobPlan>(static () =>
    {
        SimulatedFederation federation = SimulatedFederation.Load(FedConfig.Load(Repository.File("hocon/quickstart.conf")));
        return federation.ToPlan(new JobId("new"), [.. federation.Sites.Select(static site => new RosterEntry(new SiloId(site.Site), Digest.Of(Encoding.UTF8.GetBytes(site.Site))))]);
    }).Value;

    internal PostgresRequests Requests => new(Database);

    internal PostgresDatabase Database
    {
        get
        {
            if (_database is null) Assert.Skip("PostgreSQL is not installed (apt-get install postgresql)");
            return _database;
        }
    }

    /// <summary>The coordinator's blobs, as the leader of a term has them.</summary>
    internal PostgresBlobStore Blobs(long epoch)
    {
        _ = Requests;
        return new PostgresBlobStore(_database!, NodeAddress.Coordinator, new Term(epoch, "node-1"), new BlobReaders(_members, [_keys["node-1"].Encryption]));
    }

    /// <summary>First parameters on their way, as a node has them while another or it leads.</summary>
    internal InitialParameters Initial(string node, long epoch)
    {
        _ = Requests;
        return new InitialParameters(_database!, epoch, new BlobReaders(_members, [_keys[node].Encryption]));
    }

    /// <summary>The database with no events, requests, leases and blobs in it.</summary>
    internal void Empty()
    {
        if (_server is not null) Execute("TRUNCATE fed.logs, fed.events, fed.snapshots, fed.requests, fed.leases, fed.uploads, fed.pieces, fed.blobs, fed.blob_keys, fed.blob_key_wraps");
    }

    /// <summary>What a node says as a coordinator, whatever its own part.</summary>
    internal CoordinatorNotes Notes(string node) => new(_keys[node], [_keys[node].Encryption], _members, NodeAddress.Coordinator);

    /// <summary>The same of a node whose certificate nobody gave it.</summary>
    internal CoordinatorNotes Stranger() => new(NodeKeys.LoadOrCreate(Path.Combine(_folder.Path, "stranger")), [], _members, NodeAddress.Coordinator);

    internal RequestDesk Desk(IJobDesk jobs, long epoch = 1, int atOnce = 1) => new(jobs, Requests, Notes("node-1"), epoch, atOnce, Clock, NullLogger.Instance);

    /// <summary>Seals a request and puts it down under its own name.</summary>
    internal NodeRequest Ask(RequestKind kind, string id, string? job = null, string? plan = null, string by = "node-2")
    {
        NodeRequest request = new(id, kind, Clock.GetUtcNow()) { Job = job, Plan = plan };
        Requests.Ask(id, Notes(by).SealRequest(request.ToJson()));
        return request;
    }

    /// <summary>A connection of the server's owner.</summary>
    internal NpgsqlConnection Connect(string database = "federation")
    {
        NpgsqlConnection connection = new($"{_server!.ConnectionString};Database={database};Pooling=false");
        connection.Open();
        return connection;
    }

    internal void Execute(string sql, string database = "federation")
    {
        using NpgsqlConnection connection = Connect(database);
        using NpgsqlCommand command = new(sql, connection);
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _database?.Dispose();
        _server?.Dispose();
        foreach (NodeKeys keys in _keys.Values) keys.Dispose();
        _authority.Dispose();
        _folder.Dispose();
    }

    private void Enrol(NodeRole role, string name)
    {
        NodeKeys keys = _keys[name] = NodeKeys.LoadOrCreate(Path.Combine(_folder.Path, name));
        NodeCertificates certificates = _authority.Approve(EnrolmentRequest.Parse(EnrolmentRequest.Create(new NodeIdentity("lung", role, name), keys).Text), CertificateAuthority.NodeLifetime);
        _members.Add(certificates.Signing);
        _members.Add(certificates.Encryption);
    }

    private string Connection(string user) => new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = _server!.Port, Database = "federation", Username = user, Password = "secret", SslMode = SslMode.Disable }.ConnectionString;
}

/// <summary>Jobs by their own decider, without nodes: what is told is on record at once, or when the test lets it.</summary>
internal sealed class DecidedJobs(TimeProvider clock) : IJobDesk
{
    private readonly SortedDictionary<JobId, JobState> _states = [];
    private readonly List<(JobId Job, JobCommand Command)> _held = [];

    /// <summary>Every command, in order.</summary>
    public List<(JobId Job, JobCommand Command)> Told { get; } = [];

    /// <summary>Thrown by whatever acts.</summary>
    public Func<JobId, Exception?> Failure { get; set; } = static _ => null;

    /// <summary>Called before a job begins.</summary>
    public Action Beginning { get; set; } = static () => { };

    /// <summary>True where nothing reaches the journal before <see cref="Release"/>.</summary>
    public bool IsSlow { get; set; }

    public string? ObjectionToAll { get; set; }

    public string? LackOfAll { get; set; }

    /// <summary>Jobs on record whose nodes were to run.</summary>
    public List<JobId> Carried { get; } = [];

    /// <summary>What whoever asked remembers of jobs that are over.</summary>
    public HashSet<object> Memories { get; } = [];

    public ImmutableArray<JobState> Jobs(Dictionary<string, JobState> over)
    {
        Memories.Add(over);
        return [.. _states.Values.Where(static state => state.Planned is not null)];
    }

    public JobId? QueuedBy(string request) => _states.Where(pair => pair.Value is { Planned: null, IsOver: false, Queued: { } queued } && queued.Request.Id == request).Select(static pair => (JobId?)pair.Key).FirstOrDefault();

    public void Carry(JobPlan plan) => Carried.Add(plan.Job);

    public JobState JobOf(JobId job) => _states.GetValueOrDefault(job, JobDecider.Initial);

    public string? Objection(JobPlan plan) => ObjectionToAll;

    public string? Lack(JobPlan plan) => LackOfAll;

    public void Begin(JobPlan plan)
    {
        Tell(plan.Job, new JobCommand.Submit(plan, default, new byte[] { 1 }, new byte[] { 2 }));
        Beginning();
    }

    public void Tell(JobId job, JobCommand command)
    {
        if (Failure(job) is { } failure) throw failure;
        Told.Add((job, command));
        if (IsSlow) _held.Add((job, command));
        else Decide(job, command);
    }

    public void Release()
    {
        foreach ((JobId job, JobCommand command) in _held) Decide(job, command);
        _held.Clear();
    }

    public void End(JobId job) => _states[job] = _states[job] with { Phase = JobPhase.Completed };

    private void Decide(JobId job, JobCommand command) => _states[job] = JobDecider.Decide(JobOf(job), command, clock.GetUtcNow()).Events.Aggregate(JobOf(job), JobDecider.Evolve);
}
