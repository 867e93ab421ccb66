namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// The journal of a role that several processes may lead, in the federation's PostgreSQL database. Sequence and epoch are checked in the transaction that stores the events, so that a leader of yesterday is refused there. Appends that
/// arrive while a transaction is under way share the next one.
/// </summary>
/// <remarks>
/// A commit without an answer is repeated, and finds what it has stored by the hash chain: an append is answered as <see cref="AppendStatus.Failed"/> only where the server refused it, or was away for
/// longer than <see cref="PostgresOptions.OutageMax"/>. In that last case alone it may be stored all the same, as its reason says: its writer stops, and recovery reads what is there.
/// Outcomes are posted on the journal's threads; callbacks only hand over and never throw.
/// </remarks>
public sealed class PostgresJournal : IEventJournal, IJournalReader, IDisposable
{
    private readonly PostgresJournalReader _reader;
    private readonly JournalLanes _lanes;

    /// <summary>Starts the journal's threads. The database stays its owner's, who closes it after this.</summary>
    public PostgresJournal(PostgresDatabase database)
    {
        _reader = new PostgresJournalReader(database);
        _lanes = new JournalLanes(new Both($"the journal in {database.Name}", new PostgresJournalWriter(database), _reader));
    }

    /// <inheritdoc/>
    public void Append(AppendRequest request, Action<AppendOutcome> done) => _lanes.Append(request, done);

    /// <inheritdoc/>
    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => _lanes.SaveSnapshot(snapshot, done);

    /// <inheritdoc/>
    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => _lanes.Replay(persistenceId, afterSequence, batchMax, batch);

    /// <inheritdoc/>
    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => _lanes.LoadSnapshot(persistenceId, maxSequence, done);

    /// <inheritdoc/>
    /// <exception cref="IOException">The database cannot be read.</exception>
    public ImmutableArray<string> PersistenceIds() => _reader.PersistenceIds();

    /// <inheritdoc/>
    /// <exception cref="IOException">The database cannot be read.</exception>
    /// <exception cref="JournalFormatException">A row holds what no event can.</exception>
    public IEnumerable<JournalEvent> Read(string persistenceId, long afterSequence = 0) => _reader.Read(persistenceId, afterSequence);

    /// <summary>Finishes what was requested; later requests are answered with a failure. Not to be called from a callback.</summary>
    public void Dispose() => _lanes.Dispose();

    /// <summary>Writer and reader as one journal.</summary>
    private sealed class Both(string name, PostgresJournalWriter writer, PostgresJournalReader reader) : IBlockingJournal
    {
        public string Name => name;

        public void Append(ReadOnlySpan<AppendRequest> requests, Span<AppendOutcome> outcomes) => writer.Append(requests, outcomes);

        public string? SaveSnapshot(JournalSnapshot snapshot) => writer.SaveSnapshot(snapshot);

        public JournalEvent[] ReadPage(string persistenceId, long afterSequence, int max) => reader.ReadPage(persistenceId, afterSequence, max);

        public JournalSnapshot? ReadSnapshot(string persistenceId, long maxSequence) => reader.ReadSnapshot(persistenceId, maxSequence);
    }
}
