using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.Sqlite;
using Fed.Cluster.Messaging;
using Fed.Cluster.Stores;
using Fed.Host.Configuration;
using Fed.Host.History;
using Fed.Host.Policy;
using Fed.Host.Simulation;
using Fed.Host.Trainers;
using Fed.Learning.Data;
using Fed.Learning.Kernels;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>A site: its rows, its journal and its outbox on its own disk. It tells the coordinator that it is there, and starts a silo for each job that is proposed to it.</summary>
internal sealed class SitePart : IDisposable
{
    private static readonly TimeSpan PresentEvery = TimeSpan.FromSeconds(5);

    private readonly NodeRuntime _node;
    private readonly SiteData _rows;
    private readonly SiloId _site;
    private readonly NodeAddress _address;
    private readonly IDisposable _lock;
    private readonly SqliteJournal _journal;
    private readonly FileBlobStore _blobs;
    private readonly SharedBlobs _shared;
    private readonly FileSecretStore _secrets;
    private readonly ThreadWorkerPool _training = new(threads: 1);
    private readonly ConcurrentDictionary<JobId, (PlannedComputation Computation, PlannedKeys Keys)> _jobs = [];
    private readonly SiteJobs _underWay = new(TimeProvider.System);
    private readonly ImmutableHashSet<JobId> _earlier;
    private readonly Lock _gate = new();
    private readonly Digest _columns;
    private readonly SiteTrainers _trainers;
    private readonly SitePolicy _decisions;
    private readonly ISitePolicy _policy;
    private readonly IDisposable _serving, _attending;
    private readonly ITimer _timer;

    /// <summary>Opens the site's disk, carries unfinished jobs on, and listens.</summary>
    /// <param name="node">What the node stands on.</param>
    /// <param name="dataDirectory">The site's folder; nobody else may write there.</param>
    /// <param name="rows">The site's rows.</param>
    /// <param name="trainers">How it starts its trainers, by the ids that plans may name.</param>
    /// <param name="policyFile">The site's own policy; null for none, and then no job passes.</param>
    /// <exception cref="IOException">The folder cannot be opened.</exception>
    public SitePart(NodeRuntime node, string dataDirectory, SiteData rows, ImmutableSortedDictionary<string, TrainerOptions> trainers, string? policyFile)
    {
        (_node, _rows, _site) = (node, rows, new SiloId(node.Kit.Identity.Name));
        _address = NodeAddress.Silo(_site.Value);
        ComputeThreads.Max = Environment.ProcessorCount;
        DataDirectory data = new(dataDirectory);
        _lock = SimulationRun.Acquire(data);
        NodeDirectory directory = data.Node;
        directory.Create();
        _journal = NodeReader.Opened(() => SqliteJournal.Open(directory.Journal));
        _blobs = new FileBlobStore(directory.Blobs);
        _secrets = new FileSecretStore(directory.Secrets);
        _trainers = new SiteTrainers(_site.Value, trainers, EmptyFolder(Path.Combine(directory.Root, "trainer")), TimeProvider.System, node.Logs.CreateLogger<SiteTrainer>());
        JobsReader jobs = new(_journal, _site);
        _decisions = new SitePolicy(policyFile, dataDirectory, idle => jobs.Read(idle, TimeProvider.System.GetUtcNow()), () => rows.Train.Rows, TimeProvider.System);
        _policy = new PlacedPolicy(new FittingPolicy(rows, _trainers, _decisions), _underWay);
        ImmutableArray<JobId> known = Known();
        HashSet<Digest> named = [.. known.SelectMany(job => BlobCollector.NamedBySite(_journal, job, _site))];
        BlobCollector.Collect(_blobs, named);
        _shared = new SharedBlobs(_blobs, () => known.SelectMany(job => BlobCollector.NamedBySite(_journal, job, _site).Select(hash => (job, hash))).Append((ProtocolMessage.SitePresent.OfNoJob, _columns)));
        _columns = _blobs.Store(SiteColumns.Of(rows).ToJson());
        _earlier = [.. known];
        foreach (JobId job in known.Where(job => SiteJobs.IsHeld(StateOf(job)))) Start(job);   // the others when somebody asks for them
        _serving = node.Bulk.Register(_address, _blobs);
        _attending = node.Switchboard.Attend(_address, node.Observer, Meet);
        _timer = TimeProvider.System.CreateTimer(_ => Present(), null, TimeSpan.Zero, PresentEvery);
    }

    /// <summary>Stops listening; the actors must have ended before.</summary>
    public void Dispose()
    {
        _timer.Dispose();
        _attending.Dispose();
        _serving.Dispose();
        _trainers.Dispose();
        _training.Dispose();
        _journal.Dispose();
        _lock.Dispose();
    }

    /// <summary>What processes of before have left goes; nobody else writes there.</summary>
    private static string EmptyFolder(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        return path;
    }

    private ImmutableArray<JobId> Known()
    {
        string prefix = FederationNodes.SiloLog(new JobId(""), _site)[..^(_site.Value.Length + 1)], suffix = "/" + _site;
        return [.. _journal.PersistenceIds().Where(id => id.StartsWith(prefix, StringComparison.Ordinal) && id.EndsWith(suffix, StringComparison.Ordinal)).Select(id => new JobId(id[prefix.Length..^suffix.Length]))];
    }

    private SiloState StateOf(JobId job) => JobHistory.EventsOf(_journal, FederationNodes.SiloLog(job, _site), ProtocolSerializers.Silo).Aggregate(SiloDecider.Initial, SiloDecider.Evolve);

    /// <summary>Servers propose jobs, and ask for those of before.</summary>
    private bool Meet(Origin from, ProtocolMessage message)
    {
        if (!SiteJobs.MayBegin(from, message, _earlier)) return false;
        lock (_gate)
        {
            if (_jobs.ContainsKey(message.Job)) return true;
            if (message is not ProtocolMessage.EndJob && !_underWay.HasPlace) return false;   // an end makes room
            Start(message.Job);
            return true;
        }
    }

    private void Start(JobId job)
    {
        _underWay.Begin(job);
        (PlannedComputation computation, PlannedKeys keys) = _jobs.GetOrAdd(job, _ => (new PlannedComputation(_rows, plan => _trainers.Of(job, plan), job, _node.Logs.CreateLogger<PlannedComputation>()), new PlannedKeys(_node.Kit)));
        JobObserver observer = new(_node.Telemetry?.Observing(job, _node.Observer) ?? _node.Observer) { Recovered = state => Recovered(job, state), Happened = happened => Happened(job, happened) };
        NodeServices services = _node.Services(_address, _journal, _shared.Of(job), _training, keys) with { Observer = observer, Secrets = _secrets, Policy = _policy };
        FederationNodes.StartSilo(services, job, _site, _node.Telemetry?.Timing(job, computation) ?? computation, _trainers.CompanionOf(job));
    }

    private void Recovered(JobId job, object recovered)
    {
        if (recovered is not SiloState state) return;
        _underWay.Recovered(job, state);
        if (state.IsOver) End(job);
        if (state.Plan is { } plan) Take(plan);
    }

    private void Happened(JobId job, object happened)
    {
        if (happened is not SiloEvent of) return;
        if (_underWay.Happened(job, of)) End(job);
        if (of is SiloEvent.PlanApproved approved) Take(approved.Plan);
    }

    private void End(JobId job)
    {
        _trainers.End(job);
        _decisions.End(job);
    }

    private void Take(JobPlan plan)
    {
        if (_jobs.TryGetValue(plan.Job, out (PlannedComputation Computation, PlannedKeys Keys) own)) (own.Computation.Plan, own.Keys.Plan) = (plan, plan);
    }

    private void Present()
    {
        try
        {
            _node.Switchboard.Send(new Origin(_address, 0), NodeAddress.Job, new ProtocolMessage.SitePresent(ProtocolMessage.SitePresent.OfNoJob, _site, _columns, TimeProvider.System.GetUtcNow())
            {
                Jobs = _underWay.NextHeld(ProtocolMessage.SitePresent.JobsMax),
                Refused = _node.Connection.Counters.Refusals.ToImmutableSortedDictionary(static entry => Kebab.From(entry.Key.ToString()), static entry => entry.Value, StringComparer.Ordinal),
            });
        }
        catch (Exception ending) when (ending is IOException or InvalidOperationException)
        {
            // The node ends, or its disk is busy: it says so again soon.
        }
    }
}
