using System.Collections.Immutable;
using Fed.Actors.Kernel;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Cluster.Journals.PostgreSql;
using Fed.Host.History;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>
/// A role that several nodes may lead: it stands for the lease, and while it has it runs the role's nodes, a set for each job that is not over, over the federation's database. What a term holds is given back when it ends.
/// </summary>
internal abstract class ServerPart : IDisposable
{
    private const int AsksPerLease = 12;   // a quarter of a second with the default: what a standby adds to the time without a leader

    private const int EndedMax = 20;   // older ones keep no site waiting: one that was away for so long asks another for their models

    private static readonly TimeSpan RehearseEvery = TimeSpan.FromSeconds(5);

    private readonly NodeAddress _role;
    private readonly PostgresLeadership _leadership;
    private readonly List<IDisposable> _ofTerm = [];
    private ITimer? _rehearsing;
    private int _isRehearsing;
    private PostgresBlobStore? _blobs;   // of the term
    private SharedBlobs? _shared;        // the same, as jobs use them
    private TermGarbage? _garbage;       // what of them nobody needs any more

    /// <summary>Opens journal and leases; <see cref="Stand"/> begins.</summary>
    protected ServerPart(NodeRuntime node, PostgresDatabase database, NodeAddress role)
    {
        (Node, Database, _role) = (node, database, role);
        Journal = new PostgresJournal(database);
        _leadership = new PostgresLeadership(database);
        node.Observer.SteppedDown += EndTerm;
        node.Kit.Refreshed += Share;
    }

    /// <summary>What the node stands on.</summary>
    protected NodeRuntime Node { get; }

    /// <summary>The federation's database.</summary>
    protected PostgresDatabase Database { get; }

    /// <summary>Journal of all servers of the federation.</summary>
    protected PostgresJournal Journal { get; }

    /// <summary>Guards what belongs to a term.</summary>
    protected Lock Gate { get; } = new();

    /// <summary>Stands for the role until it is disposed of.</summary>
    public void Stand(TimeSpan lease)
    {
        FederationNodes.Stand(
            Node.System, new CandidateOptions { Role = _role, Holder = Node.Kit.Identity.Name, Leadership = _leadership, Observer = Node.Observer, LeaseLength = lease, AskEvery = lease / AsksPerLease, Declined = reason => Node.Observer.DeclinesAs(_role, reason) }, Lead);
        _rehearsing = TimeProvider.System.CreateTimer(_ => Rehearse(), null, RehearseEvery, RehearseEvery);
    }

    /// <summary>Starts the role's nodes.</summary>
    /// <param name="leadership">The term.</param>
    /// <param name="blobs">The role's blobs in it.</param>
    /// <param name="jobs">Jobs that are not over, and the newest, which may still owe its sites the end of its last round.</param>
    protected abstract ImmutableArray<IActorRef> Start(Leadership leadership, IBlobStore blobs, ImmutableArray<JobState> jobs);

    /// <summary>Starts the role's nodes for one job, as a rehearsal.</summary>
    protected abstract ImmutableArray<IActorRef> Rehearse(NodeServices services, JobPlan plan);

    /// <summary>True while somebody leads as another role.</summary>
    protected bool IsLed(NodeAddress role) => _leadership.IsHeld(role);

    /// <summary>Looks whether a job that is over still owes its sites something, and carries on with that.</summary>
    protected virtual void SeeToEnd(Leadership leadership, IBlobStore blobs, JobState job)
    {
    }

    /// <summary>Keeps something until the term ends.</summary>
    protected void Hold(IDisposable ofTerm) => _ofTerm.Add(ofTerm);

    /// <summary>What a node touches the world through in a term.</summary>
    /// <param name="address">The node's address.</param>
    /// <param name="leadership">The term.</param>
    /// <param name="job">Its job.</param>
    /// <param name="keys">The job's signing keys.</param>
    protected NodeServices Services(NodeAddress address, Leadership leadership, JobId job, PlannedKeys keys)
    {
        BlobGarbage garbage = _garbage!.Of(job);
        JobObserver observer = new(Node.Telemetry?.Observing(job, Node.Observer) ?? Node.Observer) { Recovered = garbage.Recovered, Happened = garbage.Happened };
        return Node.Services(address, Journal, BlobsOf(job), Node.Disk, keys) with { Observer = observer, Term = leadership.Term, Deposed = leadership.Deposed };
    }

    /// <summary>Blobs of the role that the journal names of a job.</summary>
    protected virtual IEnumerable<Digest> NamedBy(JobHistory job) => BlobCollector.NamedByNode(job, Journal);

    /// <summary>The role's logs of a job.</summary>
    protected abstract IEnumerable<string> LogsOf(JobId job);

    /// <summary>True when no leader of before can have another event stored of jobs that were under way: each of their logs has one of this term.</summary>
    private bool IsFenced(ImmutableArray<JobState> jobs, long epoch) =>
        jobs.Where(static job => !job.IsOver).SelectMany(job => LogsOf(job.Planned!.Plan.Job)).All(log => Journal.Read(log).Select(static stored => stored.Epoch).DefaultIfEmpty().Last() >= epoch);

    /// <summary>The role's blobs in its present term, as a job uses them: what others hold of them stays.</summary>
    protected IBlobStore BlobsOf(JobId job) => _shared!.Of(job);

    /// <summary>The states of all jobs, the oldest first.</summary>
    protected ImmutableArray<JobState> Jobs() => JobStates.Read(Journal);

    /// <summary>Forgets the term.</summary>
    protected virtual void EndTerm()
    {
        lock (Gate)
        {
            foreach (IDisposable held in _ofTerm) held.Dispose();
            _ofTerm.Clear();
            _blobs = null;
        }
    }

    /// <summary>Ends journal and leases; the actors must have ended before, which gives the lease back.</summary>
    public virtual void Dispose()
    {
        _rehearsing?.Dispose();
        Node.Kit.Refreshed -= Share;
        Node.Observer.SteppedDown -= EndTerm;
        EndTerm();
        _leadership.Dispose();
        Journal.Dispose();
    }

    /// <summary>Lets nodes that were enrolled meanwhile read the role's blobs, so that they can take over. What fails here is done again by whoever leads next.</summary>
    private void Share()
    {
        PostgresBlobStore? blobs;
        lock (Gate) blobs = _blobs;
        if (blobs is not null)
        {
            Node.Disk.Run(
                "blobs/share",
                _ =>
                {
                    blobs.Share();
                    return true;
                },
                static _ => { },
                static _ => { });
        }
    }

    /// <summary>Once, as soon as there is a job, whoever stands by does what a leader would begin with. Who has led needs none.</summary>
    private void Rehearse()
    {
        if (Interlocked.Exchange(ref _isRehearsing, 1) == 1) return;
        bool isOver = Node.Observer.Term is not null;
        try
        {
            if (!isOver && Jobs() is [.., { Planned.Plan: var plan }])
            {
                NodeServices services = Node.Services(_role, Journal, PostgresBlobStore.OpenReadOnly(Database, _role, Node.Kit.EncryptionKeys), Node.Disk, new PlannedKeys(Node.Kit) { Plan = plan });
                if (Rehearsal.Run(services, mine => Rehearse(mine, plan))) Node.Observer.Rehearsed(_role, plan.Job);
                isOver = true;
            }
        }
        catch (Exception failure)
        {
            isOver = failure is not IOException;   // the database is away: later. Anything else would fail again, and a lead that fails says why by itself
        }
        finally
        {
            if (isOver) _rehearsing?.Dispose();
            Volatile.Write(ref _isRehearsing, 0);
        }
    }

    /// <summary>What is under way is read beside the candidate, who must go on renewing the lease while a long history comes.</summary>
    private ImmutableArray<IActorRef> Lead(Leadership leadership)
    {
        _ = Task.Run(() => TakeOver(leadership));
        return [];
    }

    private void TakeOver(Leadership leadership)
    {
        try
        {
            PostgresBlobStore blobs = new(Database, _role, leadership.Term, new BlobReaders(Node.Kit.Members, Node.Kit.EncryptionKeys));
            ImmutableArray<JobState> jobs = Jobs();
            lock (Gate)
            {
                if (Node.Observer.Term?.Epoch != leadership.Term.Epoch) return;   // it is over already
                _blobs = blobs;
                _shared = new SharedBlobs(blobs, () => JobHistory.ReadAll(Journal).SelectMany(job => NamedBy(job).Select(hash => (job.Id, hash))));
                _garbage = new TermGarbage(_shared, Node.Disk, Node.Logs.CreateLogger<TermGarbage>(), job => JobHistory.Read(Journal, job) is { } history ? BlobCollector.KeptBy(history) : [], () => IsFenced(jobs, leadership.Term.Epoch));
                foreach (IActorRef node in Start(leadership, blobs, [.. jobs.Where((job, index) => index == jobs.Length - 1 || !job.IsOver)])) leadership.Started(node);
            }

            foreach (JobState ended in jobs.SkipLast(1).Where(static job => job.IsOver).TakeLast(EndedMax).Reverse()) SeeToEnd(leadership, blobs, ended);
        }
        catch (Exception failure)
        {
            leadership.Deposed(failure);   // the database is away again: whoever reaches it leads
        }
    }
}
