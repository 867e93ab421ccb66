using Fed.Actors.Persistence;

namespace Fed.Simulation.Mutants;

/// <summary>Says Appended at once and writes with the next append: what a write-back cache without a sync does.</summary>
internal sealed class EarlyJournal(IEventJournal journal) : PassingJournal(journal)
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
internal sealed class FencelessJournal(IEventJournal journal) : PassingJournal(journal)
{
    public override void Append(AppendRequest request, Action<AppendOutcome> done) => base.Append(
        request, outcome => done(outcome.Status is AppendStatus.Fenced or AppendStatus.SequenceConflict ? new AppendOutcome(AppendStatus.Appended) : outcome));
}

/// <summary>Says without having asked that the fence holds: effects without events leave although another leads.</summary>
internal sealed class BypassedFence(IEventJournal journal) : PassingJournal(journal)
{
    public override void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        if (request.Events.IsEmpty) done(new AppendOutcome(AppendStatus.Appended));
        else base.Append(request, done);
    }
}

/// <summary>Loses the last event of what it reads back.</summary>
internal sealed class ShortReplayJournal(IEventJournal journal) : PassingJournal(journal)
{
    public override void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => base.Replay(
        persistenceId, afterSequence, batchMax, read => batch(read.IsLast && read.Events.Length > 1 ? read with { Events = read.Events[..^1] } : read));
}

/// <summary>A journal that changes nothing.</summary>
internal abstract class PassingJournal(IEventJournal journal) : IEventJournal
{
    public virtual void Append(AppendRequest request, Action<AppendOutcome> done) => journal.Append(request, done);

    public virtual void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => journal.Replay(persistenceId, afterSequence, batchMax, batch);

    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => journal.SaveSnapshot(snapshot, done);

    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => journal.LoadSnapshot(persistenceId, maxSequence, done);
}
