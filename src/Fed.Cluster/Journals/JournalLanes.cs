using System.Runtime.InteropServices;

namespace Fed.Cluster.Journals;

/// <summary>
/// The journal port over a blocking journal: one dedicated writer thread, one for reads. Appends that arrive while a transaction is on its way share the next one, whatever their persistence ids, and so share
/// its way to the disk. Outcomes are posted on these threads; callbacks only hand over and never throw.
/// </summary>
internal sealed class JournalLanes : IEventJournal, IDisposable
{
    /// <summary>Requests in a transaction at most: bounds the wait of the first and what a transaction holds.</summary>
    private const int GroupMax = 1024;

    private readonly IBlockingJournal _journal;
    private readonly Lane<WriteItem> _writes;
    private readonly Lane<Action> _reads;
    private readonly List<AppendRequest> _group = [];
    private readonly AppendOutcome[] _outcomes = new AppendOutcome[GroupMax];

    public JournalLanes(IBlockingJournal journal)
    {
        _journal = journal;
        _writes = new Lane<WriteItem>("journal-writer", Write);
        _reads = new Lane<Action>("journal-reader", static group => group.ForEach(static read => read()));
    }

    /// <inheritdoc/>
    public void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        JournalFormat.CheckSequence(request);
        if (!_writes.TryPost(new WriteItem(request, done))) done(new AppendOutcome(AppendStatus.Failed, Closed));
    }

    /// <inheritdoc/>
    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done)
    {
        if (!_writes.TryPost(new WriteItem(snapshot, done))) done(Closed);
    }

    /// <inheritdoc/>
    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchMax);
        if (!_reads.TryPost(() => ReplayAll(persistenceId, afterSequence, batchMax, batch))) batch(new ReplayBatch(default, IsLast: true, Closed));
    }

    /// <inheritdoc/>
    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done)
    {
        if (!_reads.TryPost(() => done(Load(persistenceId, maxSequence)))) done(new SnapshotOutcome(null, Closed));
    }

    /// <summary>Finishes what was requested and ends the threads. Later requests are answered with a failure. Not to be called from a callback.</summary>
    public void Dispose()
    {
        _writes.Dispose();
        _reads.Dispose();
    }

    private string Closed => $"{_journal.Name} is closed";

    /// <summary>Writes a group in its order; neighbouring appends share a transaction.</summary>
    private void Write(List<WriteItem> items)
    {
        int start = 0;
        while (start < items.Count)
        {
            if (items[start].Request is JournalSnapshot snapshot)
            {
                ((Action<string?>)items[start++].Done)(_journal.SaveSnapshot(snapshot));
                continue;
            }
            _group.Clear();
            while (start + _group.Count < items.Count && _group.Count < GroupMax && items[start + _group.Count].Request is AppendRequest request) _group.Add(request);
            _journal.Append(CollectionsMarshal.AsSpan(_group), _outcomes);
            for (int i = 0; i < _group.Count; i++) ((Action<AppendOutcome>)items[start + i].Done)(_outcomes[i]);
            start += _group.Count;
        }
    }

    private void ReplayAll(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch)
    {
        bool isLast = false;
        while (!isLast)
        {
            ReplayBatch next;
            try
            {
                JournalEvent[] events = _journal.ReadPage(persistenceId, afterSequence, batchMax);
                next = new ReplayBatch(events, events.Length < batchMax);
                if (events.Length > 0) afterSequence = events[^1].Sequence;
            }
            catch (Exception failure) when (failure is IOException or JournalFormatException)
            {
                next = new ReplayBatch(default, IsLast: true, failure.Message);
            }
            isLast = next.IsLast;
            batch(next);
        }
    }

    private SnapshotOutcome Load(string persistenceId, long maxSequence)
    {
        try
        {
            return new SnapshotOutcome(_journal.ReadSnapshot(persistenceId, maxSequence));
        }
        catch (Exception failure) when (failure is IOException or JournalFormatException)
        {
            return new SnapshotOutcome(null, failure.Message);
        }
    }

    /// <summary>An append or a snapshot with its callback; one list keeps their order.</summary>
    private readonly record struct WriteItem(object Request, Delegate Done);
}
