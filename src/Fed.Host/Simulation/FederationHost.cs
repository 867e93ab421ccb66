using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Identity;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Messaging;
using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.History;
using Fed.Host.Protection;
using Fed.Host.Traffic;
using Fed.Host.Trainers;
using Fed.Learning.Kernels;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Simulation;

/// <summary>
/// A whole federation in one process: node and sites as they would be apart, each with its own journal, blobs and key, joined by the in-process transport.
/// Disposing stops it in order; killing it loses nothing that was answered.
/// </summary>
internal sealed class FederationHost : IDisposable
{
    private const int DiskThreads = 2;   // for transfers, sums and server steps, apart from the threads for local work: they mostly wait for the disk

    private readonly NodeOptions _options;
    private readonly RunHooks _hooks;
    private readonly ILoggerFactory _logs;
    private readonly ActorSystem _system;
    private readonly ThreadWorkerPool _training;
    private readonly ThreadWorkerPool _disk;
    private readonly Switchboard _switchboard;
    private readonly InProcessBulk _bulk;
    private readonly NodeDirectory _directory;
    private readonly SqliteJournal _journal;
    private readonly FileBlobStore _blobs;
    private readonly LocalSigner _signer;
    private readonly Dictionary<NodeAddress, ReadOnlyMemory<byte>> _keys = [];
    private readonly SortedDictionary<string, SiteNode> _sites = new(StringComparer.Ordinal);
    private readonly TimingOptions _timing;
    private readonly ImmutableArray<(int Part, FileBlobStore Blobs, FileInbox Inbox)> _parts;
    private ImmutableHashSet<Digest> _namedElsewhere = [];
    private ImmutableSortedDictionary<string, SiteTrainer> _trainers = ImmutableSortedDictionary<string, SiteTrainer>.Empty;

    private sealed record SiteNode(SqliteJournal Journal, FileBlobStore Blobs, LocalSigner Signer, FileSecretStore Secrets);

    /// <summary>Opens the node and its sites; creates what is missing.</summary>
    /// <param name="data">The folder, which the caller has locked.</param>
    /// <param name="sites">The sites' names.</param>
    /// <param name="config">The node's options, limits of threads, times of resending.</param>
    /// <param name="hooks">Where a test takes hold; null in use.</param>
    /// <exception cref="IOException">A store cannot be opened.</exception>
    /// <exception cref="JournalFormatException">A journal is damaged or of a newer version.</exception>
    public FederationHost(DataDirectory data, ImmutableArray<string> sites, FedConfig config, RunHooks? hooks = null)
    {
        _hooks = hooks ?? RunHooks.None;
        _options = config.Node;
        _timing = config.Job.Timing;
        _directory = data.Node;
        _directory.Create();
        _journal = SqliteJournal.Open(_directory.Journal);
        _blobs = new FileBlobStore(_directory.Blobs);
        _signer = LocalSigner.LoadOrCreate(_directory.PrivateKey);
        KeyFiles.WritePublic(_directory.PublicKey, _signer.PublicKey.Span);
        foreach (NodeAddress role in new[] { NodeAddress.Job, NodeAddress.Coordinator, NodeAddress.Aggregator }) _keys[role] = _signer.PublicKey;
        _parts = [.. Enumerable.Range(1, config.Job.Aggregators ?? 0).Select(part => (part, new FileBlobStore(data.Aggregator(part).Blobs), new FileInbox(data.Aggregator(part).Inbox)))];
        foreach ((int part, _, _) in _parts) _keys[NodeAddress.SubAggregator(part)] = _signer.PublicKey;
        foreach (string site in sites)
        {
            NodeDirectory directory = data.Site(site);
            directory.Create();
            SiteNode node = new(SqliteJournal.Open(directory.Journal), new FileBlobStore(directory.Blobs), LocalSigner.LoadOrCreate(directory.PrivateKey), new FileSecretStore(directory.Secrets));
            KeyFiles.WritePublic(directory.PublicKey, node.Signer.PublicKey.Span);
            _sites.Add(site, node);
            _keys[NodeAddress.Silo(site)] = node.Signer.PublicKey;
        }

        _logs = LogLines.Create(_options.LogLevel);
        _system = new ActorSystem("fed", new ActorSystemOptions { MailboxCapacity = _options.MailboxCapacity, DefaultStashCapacity = _options.StashCapacity, LoggerFactory = _logs });
        ComputeThreads.Max = config.Simulation.Workers;   // silos side by side, and kernels on the cores that they leave
        _training = new ThreadWorkerPool(config.Simulation.Workers);
        _disk = new ThreadWorkerPool(DiskThreads);
        MeteredTransport transport = new(_hooks.Transport(new InProcessTransport()), Traffic);
        _switchboard = new Switchboard(config.Simulation.ArrivalShuffleSeed is { } seed ? new ArrivalShuffle(transport, seed) : transport);
        _bulk = new InProcessBulk(_disk);
    }

    /// <summary>The node's journal, for reading.</summary>
    public IJournalReader Journal => _journal;

    /// <summary>Counts what passes between sites and servers.</summary>
    public TrafficMeter Traffic { get; } = new();

    /// <summary>The node's blobs.</summary>
    public IBlobStore Blobs => _blobs;

    /// <summary>The process's log.</summary>
    public ILoggerFactory Logs => _logs;

    /// <summary>The key ids that a plan's roster names.</summary>
    public ImmutableArray<RosterEntry> Roster => [.. _sites.Select(static site => new RosterEntry(new SiloId(site.Key), site.Value.Signer.KeyId))];

    /// <summary>The signed ends of all logs of a job, each signed by the node that wrote it.</summary>
    public ImmutableArray<SignedHead> SignHeads(JobId job) =>
    [
        .. JobHistory.NodeLogs(_journal, job).Select(log => SignHead(_journal, _signer, log)),
        .. _sites.Select(site => SignHead(site.Value.Journal, site.Value.Signer, FederationNodes.SiloLog(job, new SiloId(site.Key)))),
    ];

    private static SignedHead SignHead(SqliteJournal journal, LocalSigner signer, string log)
    {
        JournalEvent last = journal.Read(log).Last();
        return SignedHead.Sign(signer, log, last.Sequence, last.Hash);
    }

    /// <summary>Deletes blobs that no retained event of any job names. Before the nodes start.</summary>
    /// <param name="unfinished">The job that will be carried on, or null.</param>
    public void CollectGarbage(JobId? unfinished)
    {
        ImmutableArray<JobHistory> jobs = JobHistory.ReadAll(_journal);
        _namedElsewhere = [.. jobs.Where(job => job.Id != unfinished).SelectMany(job => BlobCollector.NamedByNode(job, _journal))];
        BlobCollector.Collect(_blobs, _namedElsewhere.Union(jobs.Where(job => job.Id == unfinished).SelectMany(job => BlobCollector.NamedByNode(job, _journal))));
        foreach ((int part, FileBlobStore blobs, _) in _parts) BlobCollector.Collect(blobs, jobs.SelectMany(job => BlobCollector.NamedByPart(job, _journal, part)).ToImmutableHashSet());
        foreach ((string site, SiteNode own) in _sites)
            BlobCollector.Collect(own.Blobs, (ImmutableHashSet<Digest>)[.. unfinished is { } job ? BlobCollector.NamedBySite(own.Journal, job, new SiloId(site)) : [], .. BlobCollector.ModelsOfSite(own.Journal, new SiloId(site))]);
    }

    /// <summary>Starts every node of a job; each recovers from its journal and goes on where it was.</summary>
    /// <returns>How to submit the plan; submitting a job that exists changes nothing.</returns>
    /// <param name="job">The job.</param>
    /// <param name="program">The server's half of its program.</param>
    /// <param name="computations">A site's half.</param>
    /// <param name="trainers">Trainers by site, which this host then owns; a site without one trains by itself.</param>
    /// <param name="observer">Sees what happens.</param>
    public Action<JobPlan, Digest> Start(
        JobId job, IServerProgram program, Func<string, ILocalComputation> computations, ImmutableSortedDictionary<string, SiteTrainer> trainers, IFederationObserver observer)
    {
        _trainers = trainers;
        NodeServices Node(NodeAddress address, FileBlobStore blobs) =>
            _hooks.Services(address, Services(_journal, blobs, _signer, _disk, observer) with { IsNamedElsewhere = ReferenceEquals(blobs, _blobs) ? _namedElsewhere.Contains : static _ => false });
        foreach (NodeAddress role in new[] { NodeAddress.Job, NodeAddress.Coordinator, NodeAddress.Aggregator }) _bulk.Register(role, _blobs);
        foreach ((string site, SiteNode own) in _sites)
        {
            _bulk.Register(NodeAddress.Silo(site), own.Blobs);
            NodeServices services = _hooks.Services(
                NodeAddress.Silo(site), Services(own.Journal, own.Blobs, own.Signer, _training, observer) with { Secrets = own.Secrets, Bulk = new MeteredBulk(_bulk, site, Traffic) });
            FederationNodes.StartSilo(services, job, new SiloId(site), _hooks.Computation(site, computations(site)), trainers.GetValueOrDefault(site)?.Companion);
        }

        FederationNodes.StartAggregator(Node(NodeAddress.Aggregator, _blobs), job, new FileInbox(_directory.Inbox));
        foreach ((int part, FileBlobStore blobs, FileInbox inbox) in _parts)
        {
            _bulk.Register(NodeAddress.SubAggregator(part), blobs);
            FederationNodes.StartAggregator(Node(NodeAddress.SubAggregator(part), blobs), job, inbox, part);
        }

        FederationNodes.StartCoordinator(Node(NodeAddress.Coordinator, _blobs), job, program);
        (_, Action<JobCommand.Submit> submit) = FederationNodes.StartJob(Node(NodeAddress.Job, _blobs), job);
        return (plan, initialState) =>
        {
            byte[] hash = new byte[Digest.Size];
            plan.ComputeHash().CopyTo(hash);
            submit(new JobCommand.Submit(plan, initialState, _signer.Sign(ProtocolMessage.ProposePlan.Purpose, hash), _signer.PublicKey));
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _system.TerminateAsync(_options.ShutdownLimit).GetAwaiter().GetResult();
        }
        catch (TimeoutException)
        {
            // The journal makes it safe to go on: what was answered is on disk.
        }

        foreach (SiteTrainer trainer in _trainers.Values) trainer.Dispose();
        _training.Dispose();
        _disk.Dispose();
        foreach (SiteNode site in _sites.Values)
        {
            site.Journal.Dispose();
            site.Signer.Dispose();
        }

        _journal.Dispose();
        _signer.Dispose();
        _logs.Dispose();
    }

    private ReadOnlyMemory<byte>? PublicKey(NodeAddress address) => _keys.TryGetValue(address, out ReadOnlyMemory<byte> key) ? key : null;

    private NodeServices Services(SqliteJournal journal, FileBlobStore blobs, LocalSigner signer, IWorkerPool workers, IFederationObserver observer) => new()
    {
        System = _system,
        Journal = journal,
        Blobs = blobs,
        Switchboard = _switchboard,
        Bulk = new MeteredBulk(_bulk, null, Traffic),
        Workers = workers,
        Signer = signer,
        PublicKeys = PublicKey,
        Protection = new PlainProtection(),
        SecureAggregation = new SecAggSteps(signer, PublicKey),
        CollectiveEncryption = new CkksSteps(signer, PublicKey),
        AllowsSingleContributor = true,
        Observer = observer,
        ResendInterval = _timing.ResendInterval,
        BeatInterval = _timing.BeatInterval,
    };
}
