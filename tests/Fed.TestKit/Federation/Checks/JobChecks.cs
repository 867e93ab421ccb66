using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.TestKit.Federation.Faults;
using Fed.Vectors;

namespace Fed.TestKit.Federation.Checks;

/// <summary>
/// What a federation promises about one job, checked at each journaled event, each message sent, each computation and each opening, from notes of its own: the books are kept twice, and
/// nothing is asked of the deciders. <see cref="Conclude"/> then reads all journals from the disks and replays every committed round.
/// </summary>
internal sealed partial class JobChecks
{
    private readonly JobView _job;
    private readonly CheckContext _checks;
    private readonly SortedDictionary<string, LogBook> _logs = new(StringComparer.Ordinal);
    private readonly Dictionary<CollectionId, RoundEvent.AttemptStarted> _attempts = [];
    private readonly Dictionary<CollectionId, Digest> _broadcasts = [];
    private readonly Dictionary<CollectionId, SortedDictionary<SiloId, Digest>> _accepted = [];
    private readonly Dictionary<(SiloId Silo, Digest Hash), CollectionId> _unsealed = [];
    private readonly Dictionary<(bool IsStart, string Sum), VectorSchema> _schemas = [];
    private readonly HashSet<CollectionId> _closed = [];
    private readonly Dictionary<(int Round, string Sum), AggregationEvent.SumSealed> _sealed = [];
    private readonly Dictionary<(SiloId Silo, int Round, string Sum), Digest?> _results = [];   // null: declined
    private readonly Dictionary<(SiloId Silo, int Round, string Sum, Digest Base), int> _trainedInLife = [];
    private readonly Dictionary<SiloId, int> _settled = [];
    private readonly Dictionary<SiloId, JobModels> _models = [];
    private readonly HashSet<SiloId> _modelsTaken = [];
    private bool _isOver;   // the coordinator knows that no round follows
    private readonly Dictionary<SiloId, HashSet<(int Round, Digest Hash)>> _outboxes = [];
    private readonly HashSet<(NodeAddress Owner, Digest Hash)> _orphans = [];
    private readonly Dictionary<(NodeAddress Node, string Leader), long> _leaders = [];
    private readonly HashSet<NodeAddress> _agreed = [];
    private readonly SumOpenings _openings;
    private readonly AdversaryView _adversary;
    private readonly CommittedRounds _rounds;
    private readonly ShownStatus _status;
    private readonly HashSet<CollectionId> _unopened = [];   // sealed, as the coordinator knows, and neither opened nor given up
    private bool _isCancelled;
    private int _lastAttempt;
    private int _lastRound = -1;

    public JobChecks(JobView job, CheckContext checks)
    {
        (_job, _checks, _planHash) = (job, checks, job.Plan.ComputeHash());
        _openings = new SumOpenings(checks);
        _encryptions = new EncryptionView(job.Plan, job.Allies, job.AreServersHonest, checks);
        _adversary = new AdversaryView(job.Plan, job.Allies, job.Substituted, checks);
        _rounds = new CommittedRounds(job, checks, m => !IsProtected ? m.Hash : _results[(m.Silo, m.Round, m.Sum)]!.Value);
        _status = new ShownStatus(job, checks);
        foreach (SimulatedTrainer trainer in job.Trainers) trainer.Computing = request => checks.Guard(() => Computing(trainer.Silo, request));
    }

    /// <summary>Which job.</summary>
    public JobId Id => _job.Plan.Job;

    /// <summary>Where it stands.</summary>
    public JobMoment Moment { get; private set; } = JobMoment.Approving;

    /// <summary>How it ended; null while it goes on.</summary>
    public JobEvent? End { get; private set; }

    /// <summary>True while an operator wants no further round.</summary>
    public bool IsPaused { get; private set; }

    /// <summary>When.</summary>
    public TimeSpan EndedAfter { get; private set; }

    /// <summary>Attempts that failed before a sum was sealed, and rounds that failed, each with its reason.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Sums that were opened.</summary>
    public int Opened { get; private set; }

    /// <summary>True when every site that is still there has settled the last round and the aggregator has released it.</summary>
    public bool IsSettled => End is not null && ReleasedThrough >= _lastRound && PartsReleasedThrough >= _lastRound && _job.Trainers.All(trainer => _job.HasLeft(trainer.Silo) || (_settled.GetValueOrDefault(trainer.Silo, -1) >= _lastRound && HasModels(trainer.Silo)));

    /// <summary>The newest round that the aggregator has released; -1 before.</summary>
    public int ReleasedThrough { get; private set; } = -1;

    /// <summary>Takes notes of a node; two of them may claim the same address.</summary>
    /// <param name="epochs">What the node's process owes to epochs.</param>
    /// <param name="failed">Hears that the node cannot go on.</param>
    public IFederationObserver ObserverOf(EpochBook epochs, Action<Exception> failed) => new Observer(this, epochs, failed);

    /// <summary>The newest epoch of a leader that a node's journal holds; 0 before the first.</summary>
    public long EpochKnown(NodeAddress node, NodeAddress leader) => _leaders.GetValueOrDefault((node, leader.Value));

    /// <summary>A disk has come back from a crash.</summary>
    public void AfterCrash(string persistenceId)
    {
        if (_logs.TryGetValue(persistenceId, out LogBook? log)) log.AfterCrash();
    }

    /// <summary>A process that does not lead any more has read a node's log.</summary>
    public void ReadByAnother(NodeAddress node, JournalHead head) => _checks.Guard(() => LogOf(node).ReadByAnother(head));

    /// <summary>Hands out a protection that shows every opening to the books.</summary>
    public IProtection Watch(IProtection protection) => new WatchedProtection(protection, this);

    private void Appended(NodeAddress node, JournalHead head, object happened)
    {
        _checks.Trace.Line($"{node} {happened.GetType().Name} {head.Sequence} {head.Digest.ToString()[..16]}");
        LogOf(node).Appended(head, happened);
    }

    private void Recovered(NodeAddress node, JournalHead head)
    {
        _checks.Trace.Line($"{node} recovered {head.Sequence} {head.Digest.ToString()[..16]}");
        LogOf(node).Recovered(head);
        LookAtBlobs(node);
    }

    /// <summary>A leader of yesterday stored a blob: nothing will ever name it.</summary>
    public void StoredTooLate(NodeAddress owner, Digest hash) => _orphans.Add((owner, hash));

    private void Note(NodeAddress node, object happened)
    {
        if (Heard(happened) is var (leader, epoch))
        {
            _checks.Require(FederationCheck.Epoch, _leaders.GetValueOrDefault((node, leader)) < epoch, $"{node} journals epoch {epoch} of {leader} behind a higher one");
            _leaders[(node, leader)] = epoch;
        }

        NoteCeremony(node, happened);
        switch (happened)
        {
            case SiloEvent.PlanApproved or RoundEvent.PlanAdopted:
                _agreed.Add(node);
                break;
            case SiloEvent.ContributionStored stored:
                Keep(SiloOf(node), stored.Collection, stored.Contribution.Hash);
                Name(node, stored.Collection.Round, stored.Contribution.Hash);
                if (stored.Contribution.NextState is { } next) Name(node, stored.Collection.Round, next);
                break;
            case SiloEvent.ContributionDeclined declined:
                Keep(SiloOf(node), declined.Collection, null);
                break;
            case SiloEvent.RoundSettled settled:
                if (!_older.Contains(SiloOf(node))) _rounds.Settle(SiloOf(node), settled);
                _settled[SiloOf(node)] = settled.Round;
                break;
            case SiloEvent.ModelsKept kept:
                RequireModels(SiloOf(node), kept.Models);
                break;
            case AggregationEvent aggregation when FederationLogs.PartOf(node) is { } part:
                NotePart(part, aggregation);
                break;
            case AggregationEvent aggregation:
                NoteCollection(aggregation);
                break;
            case RoundEvent round:
                NoteRound(round);
                break;
            case JobEvent.RoundRecorded recorded:
                _checks.Require(FederationCheck.Status, _rounds.StateAfter(recorded.Round) == recorded.State, $"the job records round {recorded.Round} otherwise than the coordinator committed it");
                break;
            case JobEvent.JobPaused or JobEvent.JobResumed:
                IsPaused = happened is JobEvent.JobPaused;
                break;
            case JobEvent.JobCompleted or JobEvent.JobFailed or JobEvent.JobCancelled:
                _checks.Require(FederationCheck.OneOpening, happened is not JobEvent.JobCancelled || _unopened.Count == 0, $"the job is cancelled while a sealed sum of round {_lastRound} waits to be opened");
                _checks.Require(FederationCheck.Order, End is null, $"the job ends twice");
                (End, EndedAfter, Moment) = ((JobEvent)happened, _checks.Trace.Elapsed, JobMoment.Ending);
                break;
        }
    }

    /// <summary>The leader of whom an event tells that it was heard of.</summary>
    private static (string Leader, long Epoch)? Heard(object happened) => happened switch
    {
        SiloEvent.LeaderSeen e => (e.Peer, e.Epoch),
        AggregationEvent.LeaderSeen e => (e.Peer, e.Epoch),
        RoundEvent.LeaderSeen e => (e.Peer, e.Epoch),
        JobEvent.LeaderSeen e => (e.Peer, e.Epoch),
        _ => null,
    };

    private void NoteRound(RoundEvent happened)
    {
        switch (happened)
        {
            case RoundEvent.RoundsCancelled:
                _isCancelled = true;
                break;
            case RoundEvent.RoundPlanned planned:
                _checks.Require(FederationCheck.Order, !_isCancelled, $"round {planned.Round} begins in a job that is cancelled");
                _checks.Require(FederationCheck.Order, planned.Round == _lastRound + 1, $"round {planned.Round} begins after round {_lastRound}");
                (_lastRound, _lastAttempt) = (planned.Round, 0);
                break;
            case RoundEvent.AttemptStarted started:
                _checks.Require(FederationCheck.Order, !_isCancelled, $"attempt {started.Collection} begins in a job that is cancelled");
                _checks.Require(FederationCheck.Order, started.Collection.Round == _lastRound && started.Collection.Attempt > _lastAttempt, $"attempt {started.Collection} begins after attempt {_lastAttempt} of round {_lastRound}");
                _checks.Require(FederationCheck.OneOpening, !_sealed.ContainsKey((started.Collection.Round, started.Collection.Sum)), $"attempt {started.Collection} begins although the sum is sealed");
                RequirePlanned(started);
                _lastAttempt = started.Collection.Attempt;
                _attempts[started.Collection] = started;
                Stand(JobMoment.Preparing);
                break;
            case RoundEvent.CollectionRequested requested:
                _broadcasts[requested.Collection] = requested.Broadcast;
                Stand(IsProtected ? JobMoment.Advertising : JobMoment.Collecting);
                break;
            case RoundEvent.AttemptFailed failed:
                Failures.Add(failed.Reason);
                Stand(JobMoment.BackingOff);
                break;
            case RoundEvent.SumSealed done:
                if (_job.AddsHonestly) RequireSealed(done.Collection, done.Contributions, done.Sum);
                _unopened.Add(done.Collection);
                Stand(IsProtected ? JobMoment.Confirming : JobMoment.Opening);
                break;
            case RoundEvent.SumOpened opened:
                _checks.Require(FederationCheck.OneOpening, _openings.IsOpened(opened.Collection), $"{opened.Collection} is said to be open, and nobody opened it");
                Opened++;
                _unopened.RemoveWhere(sum => sum.Round == opened.Collection.Round && sum.Sum == opened.Collection.Sum);
                Stand(JobMoment.Opening);
                break;
            case RoundEvent.RoundCommitted committed:
                foreach (SumRecord sum in committed.Sums) RequireSealed(sum.Collection, sum.Contributions, sum.Sealed);
                RequireWhole(committed);
                _rounds.Commit(committed);
                _isOver |= committed.Round >= _job.Plan.Rounds;
                Stand(JobMoment.Between);
                break;
            case RoundEvent.ModelsTaken taken:
                _checks.Require(FederationCheck.Status, _modelsTaken.Add(taken.Silo) && (_models.ContainsKey(taken.Silo) || _older.Contains(taken.Silo)), $"'{taken.Silo}' is said to keep the models, and its journal does not");
                break;
            case RoundEvent.RoundFailed failed:
                RequireTried(failed);
                _isOver = true;
                Failures.Add(failed.Reason);
                Stand(JobMoment.Between);
                break;
            case RoundEvent.RoundStopped stopped:
                RequireLate(stopped);
                _unopened.Clear();
                _isOver = true;
                Failures.Add(stopped.Reason);
                Stand(JobMoment.Between);
                break;
        }
    }

    private void NoteCollection(AggregationEvent happened)
    {
        switch (happened)
        {
            case AggregationEvent.CollectionOpened opened:
                RequireAsked(opened.Request);
                if (!HasParts) foreach (UpdateManifest kept in opened.Request.Kept ?? []) Keep(opened.Request.Collection, kept);   // else its part has it
                break;
            case AggregationEvent.UpdateAccepted accepted:
                Accept(accepted.Collection, accepted.Manifest);
                break;
            case AggregationEvent.PartAccepted accepted:
                Count(accepted);
                break;
            case AggregationEvent.CollectionClosed closed:
                RequireSet(closed.Collection, closed.Contributors, "closed");
                RequireQuorum(closed.Collection, isReached: true);
                _closed.Add(closed.Collection);
                Stand(JobMoment.Closing, JobMoment.Collecting);
                break;
            case AggregationEvent.SumSealed done:
                RequireSet(done.Collection, done.Contributors, "sealed");
                bool isFirst = !_sealed.TryGetValue((done.Collection.Round, done.Collection.Sum), out AggregationEvent.SumSealed? earlier);
                bool isAnew = earlier is not null && _reprotected.ContainsKey(done.Collection) && earlier.Collection != done.Collection && earlier.Contributors.SetEquals(done.Contributors);
                _checks.Require(FederationCheck.OneOpening, isFirst || isAnew, $"round {done.Collection.Round} {done.Collection.Sum} is sealed a second time");
                _sealed[(done.Collection.Round, done.Collection.Sum)] = done;
                foreach (Digest hash in Counted(done.Collection).Values.Append(done.Sum)) _orphans.Remove((NodeAddress.Aggregator, hash));
                Forget(done.Collection);
                Stand(JobMoment.Sealed, JobMoment.Closing);
                break;
            case AggregationEvent.CollectionFailed failed:
                bool wasSealed = _sealed.TryGetValue((failed.Collection.Round, failed.Collection.Sum), out AggregationEvent.SumSealed? before) && before.Collection == failed.Collection;
                _checks.Require(FederationCheck.OneOpening, !wasSealed, $"{failed.Collection} fails although it is sealed");
                if (_closed.Add(failed.Collection)) RequireQuorum(failed.Collection, isReached: false);
                Forget(failed.Collection);
                break;
            case AggregationEvent.RoundReleased released:
                ReleasedThrough = Math.Max(ReleasedThrough, released.Round);
                break;
        }
    }

    /// <summary>The job stands there now; where a moment is given, only if it stood in that one.</summary>
    private void Stand(JobMoment now, JobMoment? before = null)
    {
        if (End is null && (before is null || before == Moment)) Moment = now;
    }

    private void Keep(SiloId silo, CollectionId collection, Digest? hash) => _checks.Require(
        FederationCheck.OneResult, _results.TryAdd((silo, collection.Round, collection.Sum), hash) || IsAgain(silo, collection, hash), $"'{silo}' stores a second result for round {collection.Round} {collection.Sum}");

    /// <summary>A site whose memory is an older copy computes again what it has forgotten; where servers lie perhaps from another model.</summary>
    private bool IsAgain(SiloId silo, CollectionId collection, Digest? hash) =>
        _older.Contains(silo) && (_results[(silo, collection.Round, collection.Sum)] == hash || !_job.AreServersHonest);

    /// <summary>An event of a site names a blob: whoever wrote it, the site deletes it when the round is over.</summary>
    private void Name(NodeAddress node, int round, Digest hash)
    {
        if (!_outboxes.TryGetValue(SiloOf(node), out HashSet<(int, Digest)>? outbox)) _outboxes[SiloOf(node)] = outbox = [];
        outbox.Add((round, hash));
        _orphans.Remove((node, hash));
    }

    private LogBook LogOf(NodeAddress node)
    {
        string id = FederationLogs.Of(Id, node);
        if (!_logs.TryGetValue(id, out LogBook? log))
            _logs[id] = log = new LogBook(id, _checks, after => _job.ReadLog(id, after), stored => Note(node, FederationLogs.Read(node, stored)), happened => Note(node, happened));
        return log;
    }

    private static SiloId SiloOf(NodeAddress node) => new(node.Value["silo/".Length..]);

    /// <summary>Passes a node's news on.</summary>
    private sealed class Observer(JobChecks job, EpochBook epochs, Action<Exception> failed) : IFederationObserver
    {
        public void Recovered(NodeAddress node, JournalHead head, object state) => job._checks.Guard(() => job.Recovered(node, head));

        public void Journaled(NodeAddress node, JournalHead head, object happened) => job._checks.Guard(() => job.Appended(node, head, happened));

        public void Progress(SiloId silo, CollectionId collection, int percent)
        {
            job._checks.Trace.Line($"{silo} {collection} {percent} %");
            job._checks.Guard(() => job.RequireProgress(silo, collection, percent));
        }

        public void Refused(NodeAddress node, string reason)
        {
            job._checks.Trace.Line($"{node} refuses: {reason}");
            epochs.Refused(job.Id, reason);
            job._checks.Guard(() => job.RequireNothingSecretSaid(reason, node.Value));
        }

        public void Fault(NodeAddress node, Exception cause)
        {
            failed(cause);
            bool isExpected = cause is IOException or AppendFailedException or RecoveryFailedException;
            job._checks.Guard(() => job._checks.Require(FederationCheck.NoError, isExpected, $"{node} failed for another reason than its disks: {cause}"));
            job._checks.Guard(() => job.RequireNothingSecretSaid(cause.ToString(), node.Value));
        }
    }
}
