using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;

namespace Fed.TestKit.Stores;

/// <summary>
/// A journal over the bytes of a simulated disk. An append is checked and written at one moment, synced and answered at a later one; a crash in between leaves nothing, a
/// torn record that recovery cuts off, or the whole append that its writer never heard of.
/// </summary>
public sealed class SimulatedJournal : IEventJournal, IJournalReader
{
    private const string Path = "/journal";

    private static readonly AppendOutcome Full = new(AppendStatus.Failed, "cannot append to the journal: the disk is full; free some space and start again");

    private readonly ISimulation _simulation;
    private readonly Queue<(object Request, Action<AppendOutcome> Done)> _writes = new();
    private JournalLog _log = new();
    private IOpenFile _file;
    private long _end;
    private int _generation;

    /// <summary>An empty journal on a disk of its own.</summary>
    public SimulatedJournal(ISimulation simulation)
    {
        _simulation = simulation;
        Disk = new SimulatedFileSystem(simulation);
        _file = Disk.Create(Path);
        Disk.SyncDirectory("/");
    }

    /// <summary>What may go wrong.</summary>
    public StoreFaults Faults { get; set; } = StoreFaults.None;

    /// <summary>Hears of each fault that strikes.</summary>
    public Action<FaultKind>? Struck { get; set; }

    /// <summary>Called when an append is written and not yet synced: a crash now tears it.</summary>
    public Action? Written { get; set; }

    /// <summary>Called when an append is on disk and its writer has not heard of it: a crash now falls between append and effect.</summary>
    public Action? Synced { get; set; }

    /// <summary>Where its bytes are: for quotas (<see cref="SimulatedFileSystem.Capacity"/>) and for syncs that are left out (<see cref="SimulatedFileSystem.IgnoredSyncs"/>).</summary>
    public SimulatedFileSystem Disk { get; }

    /// <summary>Appends that were answered with success.</summary>
    public long Appended { get; private set; }

    /// <inheritdoc/>
    public void Append(AppendRequest request, Action<AppendOutcome> done)
    {
        JournalFormat.CheckSequence(request);
        Enqueue(request, done);
    }

    /// <inheritdoc/>
    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => Enqueue(snapshot, outcome => done(outcome.Reason));

    /// <inheritdoc/>
    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => Later(() =>
    {
        if (Chance(Faults.FailPermille, FaultKind.DiskFailure))
        {
            batch(new ReplayBatch(default, IsLast: true, "cannot read the journal: simulated input/output error"));
            return;
        }
        JournalEvent[] events = _log.Read(persistenceId, afterSequence, batchMax);
        batch(new ReplayBatch(events, events.Length < batchMax));
        if (events.Length == batchMax) Replay(persistenceId, events[^1].Sequence, batchMax, batch);
    });

    /// <inheritdoc/>
    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => Later(() => done(
        Chance(Faults.FailPermille, FaultKind.DiskFailure)
            ? new SnapshotOutcome(null, "cannot read the journal: simulated input/output error")
            : new SnapshotOutcome(_log.Snapshot(persistenceId, maxSequence))));

    /// <inheritdoc/>
    public ImmutableArray<string> PersistenceIds() => _log.PersistenceIds;

    /// <summary>The highest epoch that has written to a log.</summary>
    public long Epoch(string persistenceId) => _log.Epoch(persistenceId);

    /// <inheritdoc/>
    public IEnumerable<JournalEvent> Read(string persistenceId, long afterSequence = 0) => _log.Read(persistenceId, afterSequence, int.MaxValue);

    /// <summary>A copy of what is on the disk of a machine that stands.</summary>
    public ReadOnlyMemory<byte> Snapshot()
    {
        using Stream kept = Disk.OpenRead(Path);
        byte[] bytes = new byte[_end];
        kept.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Puts a copy in the place of what is on the disk; for a machine that stands.</summary>
    public void Restore(ReadOnlyMemory<byte> copy)
    {
        _file = Disk.Create(Path);
        _file.Write(0, copy.Span);
        _file.Sync();
        _log = new JournalLog();
        _end = _log.Load(copy.Span);
    }

    /// <summary>Stops the machine and starts it again: requests without an outcome get none, and the log is read back from what the disk kept.</summary>
    public void Crash()
    {
        _generation++;
        _writes.Clear();
        Disk.Crash();
        using Stream kept = Disk.OpenRead(Path);
        var bytes = new byte[kept.Length];
        kept.ReadExactly(bytes);
        _log = new JournalLog();
        _end = _log.Load(bytes);
        _file = Disk.Reopen(Path, (int)_end);
        _file.Sync();
    }

    private void Enqueue(object request, Action<AppendOutcome> done)
    {
        _writes.Enqueue((request, done));
        if (_writes.Count == 1) Later(Write);
    }

    /// <summary>Checks and writes the oldest request; its sync is another step, so that a crash can fall in between.</summary>
    private void Write()
    {
        (object request, _) = _writes.Peek();
        AppendOutcome outcome = Check(request);
        byte[]? record = outcome.Status != AppendStatus.Appended ? null : request switch
        {
            AppendRequest append when append.Events.IsEmpty && append.Epoch <= _log.Epoch(append.PersistenceId) => null,   // a fence that holds writes nothing
            AppendRequest append => JournalLog.Encode(append),
            _ => JournalLog.Encode((JournalSnapshot)request),
        };
        if (record is not null && !TryStore(record)) (record, outcome) = (null, Full);
        if (record is not null) Written?.Invoke();
        Later(() => Finish(record, outcome));
    }

    private bool TryStore(byte[] record)
    {
        try
        {
            _file.Write(_end, record);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Finish(byte[]? record, AppendOutcome outcome)
    {
        if (record is not null)
        {
            _file.Sync();
            _log.Load(record);
            _end += record.Length;
        }
        (object request, Action<AppendOutcome> done) = _writes.Dequeue();
        if (_writes.Count > 0) Later(Write);
        if (outcome.Status == AppendStatus.Appended && request is AppendRequest) Appended++;
        done(outcome);
        if (record is not null) Synced?.Invoke();
    }

    private AppendOutcome Check(object request)
    {
        if (Faults.IsFull) return Full;
        if (Chance(Faults.FailPermille, FaultKind.DiskFailure)) return new AppendOutcome(AppendStatus.Failed, "cannot append to the journal: simulated input/output error");
        if (request is not AppendRequest append) return new AppendOutcome(AppendStatus.Appended);
        long last = _log.LastSequence(append.PersistenceId), epoch = _log.Epoch(append.PersistenceId);
        if (append.Epoch < epoch) return JournalFormat.Fenced(append, epoch);
        if (append.ExpectedSequence != last || Chance(Faults.ConflictPermille, FaultKind.AppendConflict)) return JournalFormat.Conflict(append, last);
        return new AppendOutcome(AppendStatus.Appended);
    }

    private bool Chance(int permille, FaultKind kind)
    {
        if (!_simulation.Chance(permille)) return false;
        Struck?.Invoke(kind);
        return true;
    }

    private void Later(Action action)
    {
        int generation = _generation;
        TimeSpan delay = _simulation.Delay(Faults.DelayMax);
        if (delay > StoreFaults.LongDelay) Struck?.Invoke(FaultKind.SlowDisk);
        _simulation.Schedule(delay, () =>
        {
            if (generation == _generation) action();
        });
    }
}
