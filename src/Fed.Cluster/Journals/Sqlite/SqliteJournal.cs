namespace Fed.Cluster.Journals.Sqlite;

/// <summary>
/// The journal of one node in one SQLite file: write-ahead log, <c>synchronous=FULL</c>, one dedicated writer thread. Appends that arrive while a transaction is on its
/// way to the disk share the next one, whatever their persistence ids, and so share its fsync. Reads have a thread and a connection of their own.
/// </summary>
/// <remarks>
/// Outcomes are posted on the journal's threads; callbacks only hand over and never throw. One process writes at a time (<c>DataDirectory.Acquire</c>); any number may read.
/// </remarks>
public sealed class SqliteJournal : IEventJournal, IJournalReader, IDisposable
{
    private readonly SqliteJournalWriter _writer;
    private readonly SqliteJournalReader _reader;
    private readonly JournalLanes _lanes;

    private SqliteJournal(string path)
    {
        _writer = new SqliteJournalWriter(path);
        try
        {
            _reader = new SqliteJournalReader(path);
        }
        catch
        {
            _writer.Dispose();
            throw;
        }
        _lanes = new JournalLanes(new Both($"the journal '{path}'", _writer, _reader));
    }

    /// <summary>Opens a journal for writing and creates it where there is none.</summary>
    /// <exception cref="JournalFormatException">The file is damaged, no journal, or of a newer schema.</exception>
    /// <exception cref="IOException">The file cannot be opened, or the disk is full.</exception>
    public static SqliteJournal Open(string path) => Translate("open", path, () => new SqliteJournal(path));

    /// <summary>Opens a journal for reading, beside a running writer or after one was killed.</summary>
    /// <exception cref="FileNotFoundException">There is no journal.</exception>
    /// <exception cref="JournalFormatException">The file is damaged, no journal, or of a newer schema.</exception>
    /// <exception cref="JournalEmptyException">The file has no tables yet.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static SqliteJournalReader OpenReadOnly(string path) => File.Exists(path)
        ? Translate("open", path, () => new SqliteJournalReader(path))
        : throw new FileNotFoundException($"there is no journal at '{path}'; run something in this data directory first, or name another one", path);

    /// <inheritdoc/>
    public void Append(AppendRequest request, Action<AppendOutcome> done) => _lanes.Append(request, done);

    /// <inheritdoc/>
    public void SaveSnapshot(JournalSnapshot snapshot, Action<string?> done) => _lanes.SaveSnapshot(snapshot, done);

    /// <inheritdoc/>
    public void Replay(string persistenceId, long afterSequence, int batchMax, Action<ReplayBatch> batch) => _lanes.Replay(persistenceId, afterSequence, batchMax, batch);

    /// <inheritdoc/>
    public void LoadSnapshot(string persistenceId, long maxSequence, Action<SnapshotOutcome> done) => _lanes.LoadSnapshot(persistenceId, maxSequence, done);

    /// <inheritdoc/>
    public ImmutableArray<string> PersistenceIds() => _reader.PersistenceIds();

    /// <inheritdoc/>
    public IEnumerable<JournalEvent> Read(string persistenceId, long afterSequence = 0) => _reader.Read(persistenceId, afterSequence);

    /// <summary>Finishes what was requested, folds the log into the file and closes it. Later requests are answered with a failure. Not to be called from a callback.</summary>
    public void Dispose()
    {
        _lanes.Dispose();
        _reader.Dispose();
        _writer.Dispose();
    }

    private static TResult Translate<TResult>(string act, string path, Func<TResult> open)
    {
        try
        {
            return open();
        }
        catch (SqliteFailure failure)
        {
            throw failure.IsDamage ? new JournalFormatException(failure.Describe(act, path), failure) : new IOException(failure.Describe(act, path), failure);
        }
    }

    /// <summary>Two connections as one journal.</summary>
    private sealed class Both(string name, SqliteJournalWriter writer, SqliteJournalReader reader) : IBlockingJournal
    {
        public string Name => name;

        public void Append(ReadOnlySpan<AppendRequest> requests, Span<AppendOutcome> outcomes) => writer.Append(requests, outcomes);

        public string? SaveSnapshot(JournalSnapshot snapshot) => writer.SaveSnapshot(snapshot);

        public JournalEvent[] ReadPage(string persistenceId, long afterSequence, int max) => reader.ReadPage(persistenceId, afterSequence, max);

        public JournalSnapshot? ReadSnapshot(string persistenceId, long maxSequence) => reader.ReadSnapshot(persistenceId, maxSequence);
    }
}
