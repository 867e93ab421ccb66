using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.TestKit.Federation.Checks;
using Fed.TestKit.Stores;

namespace Fed.TestKit.Federation;

/// <summary>A contended journal as one job's node sees it: a leader of yesterday is never told that it may go on, with events or without.</summary>
internal sealed class WatchedJournal(IEventJournal journal, SimulatedJournal log, JobId job, EpochBook epochs, CheckContext checks) : IEventJournal
{
    public void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        (long newest, long asked) = (log.Epoch(request.PersistenceId), checks.Trace.Step);
        journal.Append(request, outcome =>
        {
            bool isAppended = outcome.Status == AppendStatus.Appended;
            checks.Guard(() => checks.Require(
                FederationCheck.OneWriter, !isAppended || newest <= request.Epoch,
                $"{request.PersistenceId}: a leader of epoch {request.Epoch} is told that it may go on with {request.Events.Length} events, and epoch {newest} had written when it asked"));
            if (isAppended) epochs.Confirmed(job, asked);
            done(outcome);
        });
    }

    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => journal.Replay(persistenceId, afterSequence, batchMax, batch);

    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => journal.SaveSnapshot(snapshot, done);

    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => journal.LoadSnapshot(persistenceId, maxSequence, done);
}
