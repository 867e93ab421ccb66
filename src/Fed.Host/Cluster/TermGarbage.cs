using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Host.History;
using Microsoft.Extensions.Logging;

namespace Fed.Host.Cluster;

/// <summary>
/// Collects, while a role's nodes run, what a simulation collects when it begins: blobs of a job that no retained event names and its nodes do not need where they stand. It happens at the end of each round, so that a long job needs
/// room for what is kept of its rounds and not for what they needed under way. The store lets the term's leader alone delete.
/// </summary>
/// <param name="blobs">The role's blobs in the term.</param>
/// <param name="workers">Its threads.</param>
/// <param name="log">Hears of what cannot be deleted.</param>
/// <param name="kept">What a job's log keeps for good, read once for each job.</param>
/// <param name="isFenced">True when no leader of before can have events stored any more.</param>
internal sealed partial class TermGarbage(SharedBlobs blobs, IWorkerPool workers, ILogger log, Func<JobId, IEnumerable<Digest>> kept, Func<bool> isFenced)
{
    private readonly Dictionary<JobId, BlobGarbage> _jobs = [];
    private bool _hasOrphans = true;   // of the lane

    /// <summary>A job's part.</summary>
    public BlobGarbage Of(JobId job)
    {
        lock (_jobs) return _jobs.TryGetValue(job, out BlobGarbage? known) ? known : _jobs[job] = new BlobGarbage(this, job);
    }

    /// <summary>Collects beside the nodes: one job after another.</summary>
    internal void Begin(BlobGarbage job) => workers.Run(
        "blobs/collect",
        _ =>
        {
            if (job.Named(() => kept(job.Job)) is not { } isNamed) return false;   // a node of the job has not recovered yet: the next turn
            int gone = blobs.EndTurn(job.Job, isNamed);
            if (_hasOrphans && isFenced())
            {
                gone += blobs.DeleteOrphans();
                _hasOrphans = false;
            }

            if (gone > 0) LogCollected(gone, job.Job.Value);
            return true;
        },
        static _ => { },
        LogFailed);   // the database is away: the next round's end tries again

    [LoggerMessage(5401, LogLevel.Debug, "{Count} blobs that nobody needs are deleted after a round of {Job}")]
    private partial void LogCollected(int count, string job);

    [LoggerMessage(5402, LogLevel.Warning, "blobs that nobody needs cannot be deleted now")]
    private partial void LogFailed(Exception failure);
}

/// <summary>What the nodes of one job need, followed by their events.</summary>
internal sealed class BlobGarbage(TermGarbage owner, JobId job)
{
    private readonly Lock _gate = new();
    private HashSet<Digest>? _kept;   // what is named for good; null until it was read
    private ImmutableArray<SumRecord> _committed = [];   // not yet among them
    private JobState? _own;
    private RoundState? _round;
    private AggregationState? _sums;
    private int _opened = -1, _turned = -1;   // of sums: the newest round, and the newest one when a turn ended

    /// <summary>The job.</summary>
    public JobId Job => job;

    /// <summary>A node of the job has recovered.</summary>
    public void Recovered(object state)
    {
        lock (_gate)
        {
            if (state is JobState own) _own = own;
            else if (state is RoundState round) _round = round;
            else if (state is AggregationState sums)
            {
                _sums = sums;
                _opened = Math.Max(_opened, sums.Collections.Keys.Select(static key => key.Round).DefaultIfEmpty(-1).Max());
            }
        }
    }

    /// <summary>Something has happened to the job.</summary>
    public void Happened(object happened)
    {
        bool isEnd = happened is RoundEvent.RoundCommitted or RoundEvent.RoundFailed or RoundEvent.RoundStopped or JobEvent.JobCompleted or JobEvent.JobFailed or JobEvent.JobCancelled;
        lock (_gate)
        {
            if (happened is JobEvent own && _own is not null) _own = JobDecider.Evolve(_own, own);
            else if (happened is RoundEvent round && _round is not null) _round = RoundDecider.Evolve(_round, round);
            else if (happened is AggregationEvent sums && _sums is not null) _sums = AggregationDecider.Evolve(_sums, sums);
            if (happened is RoundEvent.RoundCommitted committed) _committed = [.. _committed, .. committed.Sums];
            else if (happened is AggregationEvent.CollectionOpened opened) _opened = Math.Max(_opened, opened.Request.Collection.Round);
            else if (happened is AggregationEvent.RoundReleased && (_opened > _turned || _opened < 0)) (isEnd, _turned) = (true, _opened);   // releases that were lost come several at once, while a younger round's blobs wait for their events
        }

        if (isEnd) owner.Begin(this);
    }

    /// <summary>Tells what is named now; null before that is known.</summary>
    /// <param name="earlier">What the log keeps for good; read at first.</param>
    internal Func<Digest, bool>? Named(Func<IEnumerable<Digest>> earlier)
    {
        lock (_gate)
        {
            if (_sums is null && (_own is null || _round is null)) return null;
        }

        HashSet<Digest> kept = _kept ??= [.. earlier()], now;
        lock (_gate)
        {
            foreach (SumRecord sum in _committed) kept.UnionWith(BlobCollector.Of(sum));
            _committed = [];
            bool isOver = _own is { IsOver: true } && _round is { Outcome: not null };
            now = [.. BlobCollector.NamedBy(_sums), .. isOver ? _round!.Models?.Blobs() ?? [] : BlobCollector.NamedBy(_own).Concat(BlobCollector.NamedBy(_round))];
        }

        return hash => kept.Contains(hash) || now.Contains(hash);
    }
}
