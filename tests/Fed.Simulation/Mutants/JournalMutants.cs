using Fed.Actors.Persistence;
using Fed.TestKit.Stores;

namespace Fed.Simulation.Mutants;

/// <summary>Says Appended at once and writes with the next append: what a write-back cache without a sync does.</summary>
internal sealed class EarlyJournal(SimulatedJournal disk) : PassingJournal(disk)
{
    private AppendRequest? _unwritten;

    public override void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        if (request.Events.IsEmpty)
        {
            base.Append(request, done);
            return;
        }

        if (_unwritten is { } before) base.Append(before, static _ => { });
        _unwritten = request;
        done(new AppendOutcome(AppendStatus.Appended));
    }
}

/// <summary>Takes a conflict, or a higher epoch, for success: the fence is forgotten.</summary>
internal sealed class FencelessJournal(SimulatedJournal disk) : PassingJournal(disk)
{
    public override void Append(AppendRequest request, Action<AppendOutcome> done) => base.Append(
        request, outcome => done(outcome.Status is AppendStatus.Fenced or AppendStatus.SequenceConflict ? new AppendOutcome(AppendStatus.Appended) : outcome));
}

/// <summary>Loses the last event of what it reads back.</summary>
internal sealed class ShortReplayJournal(SimulatedJournal disk) : PassingJournal(disk)
{
    public override void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => base.Replay(
        persistenceId, afterSequence, batchMax, read => batch(read.IsLast && read.Events.Length > 1 ? read with { Events = read.Events[..^1] } : read));
}

/// <summary>A journal that changes nothing.</summary>
internal abstract class PassingJournal(SimulatedJournal disk) : IEventJournal
{
    public virtual void Append(AppendRequest request, Action<AppendOutcome> done) => disk.Append(request, done);

    public virtual void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => disk.Replay(persistenceId, afterSequence, batchMax, batch);

    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => disk.SaveSnapshot(snapshot, done);

    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => disk.LoadSnapshot(persistenceId, maxSequence, done);
}
