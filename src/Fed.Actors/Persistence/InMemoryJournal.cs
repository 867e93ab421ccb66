using System.Runtime.InteropServices;

namespace Fed.Actors.Persistence;

/// <summary>
/// A journal without a disk: for tests, for measurements and for actors whose history may die with the process. Keeps the serialized bytes, or (<paramref name="keepsObjects"/>)
/// the event objects themselves, as Akka.NET's in-memory journal does. Thread-safe; every callback runs before the call returns, on the caller's thread.
/// </summary>
/// <param name="keepsObjects">True: nothing is serialized, hashed or verified.</param>
public sealed class InMemoryJournal(bool keepsObjects = false) : IEventJournal, IJournalReader
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Log> _logs = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public bool KeepsObjects => keepsObjects;

    /// <inheritdoc/>
    public void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        JournalFormat.CheckSequence(request);
        AppendOutcome outcome;
        lock (_gate) outcome = LogOf(request.PersistenceId).Append(request);
        done(outcome);
    }

    /// <inheritdoc/>
    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(batchMax, 1);
        ReadOnlyMemory<JournalEvent> events;
        lock (_gate) events = LogOf(persistenceId).After(afterSequence);
        do
        {
            int count = Math.Min(batchMax, events.Length);
            batch(new ReplayBatch(events[..count], IsLast: count == events.Length));
            if (count == events.Length) return;
            events = events[count..];
        }
        while (true);
    }

    /// <inheritdoc/>
    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done)
    {
        lock (_gate) LogOf(snapshot.PersistenceId).Save(snapshot);
        done(null);
    }

    /// <inheritdoc/>
    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done)
    {
        JournalSnapshot? found;
        lock (_gate) found = LogOf(persistenceId).Newest(maxSequence);
        done(new SnapshotOutcome(found));
    }

    /// <inheritdoc/>
    public ImmutableArray<string> PersistenceIds()
    {
        lock (_gate) return [.. _logs.Where(static log => log.Value.Sequence > 0).Select(static log => log.Key)];
    }

    /// <inheritdoc/>
    public IEnumerable<JournalEvent> Read(string persistenceId, long afterSequence = 0)
    {
        ReadOnlyMemory<JournalEvent> events;
        lock (_gate) events = LogOf(persistenceId).After(afterSequence);
        return MemoryMarshal.ToEnumerable(events);
    }

    private Log LogOf(string persistenceId)
    {
        if (!_logs.TryGetValue(persistenceId, out Log? log)) _logs.Add(persistenceId, log = new Log());
        return log;
    }

    /// <summary>One persistence id. Its array only grows at the end, so that readers may hold a part of it without a lock.</summary>
    private sealed class Log
    {
        private readonly List<JournalSnapshot> _snapshots = [];
        private JournalEvent[] _events = [];
        private long _epoch;

        public int Sequence { get; private set; }

        public AppendOutcome Append(AppendRequest request)
        {
            if (request.Epoch < _epoch) return JournalFormat.Fenced(request, _epoch);
            if (request.ExpectedSequence != Sequence) return JournalFormat.Conflict(request, Sequence);
            _epoch = request.Epoch;
            int needed = Sequence + request.Events.Length;
            if (needed > _events.Length) Array.Resize(ref _events, Math.Max(needed, Math.Max(16, 2 * _events.Length)));
            request.Events.CopyTo(_events, Sequence);
            Sequence = needed;
            return new AppendOutcome(AppendStatus.Appended);
        }

        public ReadOnlyMemory<JournalEvent> After(long sequence) =>
            sequence >= Sequence ? default : _events.AsMemory((int)sequence, Sequence - (int)sequence);

        public void Save(JournalSnapshot snapshot)
        {
            _snapshots.RemoveAll(known => known.Sequence == snapshot.Sequence);
            _snapshots.Add(snapshot);
            _snapshots.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
            if (_snapshots.Count > 2) _snapshots.RemoveAt(0);
        }

        public JournalSnapshot? Newest(long maxSequence) => _snapshots.FindLast(snapshot => snapshot.Sequence <= maxSequence);
    }
}
