namespace Fed.Actors.Persistence;

/// <summary>
/// An append-only log of events per persistence id. Every method returns at once and posts its outcome through the callback, on any thread, exactly once:
/// the kernel never awaits. Outcomes that a lost connection left unknown are resolved inside the implementation by reading back, and so are retries.
/// </summary>
public interface IEventJournal
{
    /// <summary>True for a journal in memory that keeps the event objects themselves (<see cref="JournalEvent.Instance"/>): nothing is serialized or hashed.</summary>
    bool KeepsObjects => false;

    /// <summary>
    /// Appends events atomically: all of them are durable when <see cref="AppendStatus.Appended"/> is posted, none of them otherwise.
    /// With no events it only confirms the fence: the writer's epoch is still the highest, and nobody else has appended.
    /// </summary>
    void Append(AppendRequest request, Action<AppendOutcome> done);

    /// <summary>Reads events with sequence number above <paramref name="afterSequence"/> in order, in batches of at most <paramref name="batchMax"/>; the last batch says so.</summary>
    void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch);

    /// <summary>Stores a snapshot and forgets all but the newest two of the persistence id. Best effort: a failure is only reported.</summary>
    void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done);

    /// <summary>Loads the newest snapshot at or below a sequence number; null where there is none.</summary>
    void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done);
}

/// <summary>Events to append at the end of one persistence id.</summary>
/// <param name="PersistenceId">Whose log.</param>
/// <param name="ExpectedSequence">Sequence number of the last event that the writer knows; 0 for an empty log.</param>
/// <param name="Epoch">The writer's leadership epoch; 0 where leadership is not contended. Lower than the highest seen is fenced off.</param>
/// <param name="Events">Serialized events with their chain hashes, in order; may be empty.</param>
public sealed record AppendRequest(string PersistenceId, long ExpectedSequence, long Epoch, ImmutableArray<JournalEvent> Events);

/// <summary>One stored event.</summary>
/// <param name="Sequence">From 1, without gaps.</param>
/// <param name="Epoch">Epoch of its writer.</param>
/// <param name="At">When it was decided (UTC).</param>
/// <param name="Tag">Which event of the family.</param>
/// <param name="Version">Schema version of the payload.</param>
/// <param name="Payload">The exact stored bytes (JSON). The journal copies nothing: the writer leaves them unchanged.</param>
/// <param name="Hash">Head of the hash chain after this event (<see cref="ChainHash"/>).</param>
public readonly record struct JournalEvent(long Sequence, long Epoch, DateTimeOffset At, string Tag, int Version, ReadOnlyMemory<byte> Payload, Digest Hash)
{
    /// <summary>The event itself where the journal keeps objects (<see cref="IEventJournal.KeepsObjects"/>); then the payload is empty and the hash the chain's start. Null otherwise.</summary>
    public object? Instance { get; init; }
}

/// <summary>How an append ended.</summary>
public enum AppendStatus
{
    /// <summary>All events are durable (or, with none, the fence holds).</summary>
    Appended,

    /// <summary>Somebody else appended: the log's end is not where the writer thought. Nothing was stored.</summary>
    SequenceConflict,

    /// <summary>A higher epoch has written. Nothing was stored, and the writer must stop.</summary>
    Fenced,

    /// <summary>The store failed (disk full, I/O error). Nothing was stored.</summary>
    Failed,
}

/// <summary>The outcome of an append.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Reason">A sentence for a person where it did not end well.</param>
public readonly record struct AppendOutcome(AppendStatus Status, string? Reason = null);

/// <summary>A batch of replayed events.</summary>
/// <param name="Events">In order.</param>
/// <param name="IsLast">True for the last batch, which may be empty.</param>
/// <param name="Failure">A sentence where reading failed; then the batch is empty and the last.</param>
public readonly record struct ReplayBatch(ReadOnlyMemory<JournalEvent> Events, bool IsLast, string? Failure = null);

/// <summary>A stored state.</summary>
/// <param name="PersistenceId">Whose.</param>
/// <param name="Sequence">The last event it contains.</param>
/// <param name="Head">Chain hash at that event.</param>
/// <param name="Version">Schema version of the payload.</param>
/// <param name="Payload">Serialized state.</param>
public sealed record JournalSnapshot(string PersistenceId, long Sequence, Digest Head, int Version, ReadOnlyMemory<byte> Payload);

/// <summary>The outcome of loading a snapshot: one, none, or a failure.</summary>
public readonly record struct SnapshotOutcome(JournalSnapshot? Snapshot, string? Failure = null);
