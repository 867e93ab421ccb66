namespace Fed.Cluster.Journals.Sqlite;

/// <summary>
/// The write side of one journal file, used by one thread. A group of appends is one transaction with one fsync; every request is checked inside it, and one that is
/// refused leaves its neighbours alone.
/// </summary>
internal sealed class SqliteJournalWriter : IDisposable
{
    private readonly string _path;
    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _begin, _commit, _rollback, _end, _insert, _raise, _saveSnapshot, _forgetSnapshots;

    /// <summary>Opens a journal, or creates it.</summary>
    /// <exception cref="SqliteFailure">The file cannot be opened or created.</exception>
    /// <exception cref="JournalFormatException">The file is no journal, or of a newer schema.</exception>
    public SqliteJournalWriter(string path)
    {
        _path = path;
        _database = SqliteDatabase.Open(path, readOnly: false);
        try
        {
            JournalSchema.OpenForWriting(_database, path);
            _begin = _database.Prepare("BEGIN IMMEDIATE");
            _commit = _database.Prepare("COMMIT");
            _rollback = _database.Prepare("ROLLBACK");
            _end = _database.Prepare("""
                SELECT ifnull((SELECT max(sequence) FROM events WHERE persistence_id = ?1), 0), ifnull((SELECT epoch FROM epochs WHERE persistence_id = ?1), 0)
                """);
            _insert = _database.Prepare("INSERT INTO events(persistence_id, sequence, epoch, at, tag, version, payload, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
            _raise = _database.Prepare("INSERT INTO epochs(persistence_id, epoch) VALUES(?1, ?2) ON CONFLICT(persistence_id) DO UPDATE SET epoch = excluded.epoch");
            _saveSnapshot = _database.Prepare("""
                INSERT OR REPLACE INTO snapshots(persistence_id, sequence, head, version, payload, digest) VALUES(?1, ?2, ?3, ?4, ?5, ?6)
                """);
            _forgetSnapshots = _database.Prepare("""
                DELETE FROM snapshots WHERE persistence_id = ?1 AND sequence NOT IN
                  (SELECT sequence FROM snapshots WHERE persistence_id = ?1 ORDER BY sequence DESC LIMIT 2)
                """);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <summary>Appends a group in one transaction and gives each request its outcome, in order.</summary>
    /// <remarks>Where the transaction fails as a whole (one oversize event, a disk that is nearly full), every request gets a transaction of its own.</remarks>
    public void Append(ReadOnlySpan<AppendRequest> requests, Span<AppendOutcome> outcomes)
    {
        string? failure = TryAppend(requests, outcomes);
        if (failure is null) return;
        if (requests.Length == 1)
        {
            outcomes[0] = new AppendOutcome(AppendStatus.Failed, failure);
            return;
        }
        for (int i = 0; i < requests.Length; i++) Append(requests.Slice(i, 1), outcomes.Slice(i, 1));
    }

    /// <summary>Stores a snapshot; null, or a sentence that says what failed.</summary>
    public string? SaveSnapshot(JournalSnapshot snapshot) => InTransaction(() =>
    {
        _saveSnapshot.Bind(1, snapshot.PersistenceId);
        _saveSnapshot.Bind(2, snapshot.Sequence);
        _saveSnapshot.Bind(3, snapshot.Head);
        _saveSnapshot.Bind(4, snapshot.Version);
        _saveSnapshot.BindText(5, snapshot.Payload.Span);
        _saveSnapshot.Bind(6, Digest.Of(snapshot.Payload.Span));
        _saveSnapshot.Run();
        _forgetSnapshots.Bind(1, snapshot.PersistenceId);
        _forgetSnapshots.Run();
    });

    private string? TryAppend(ReadOnlySpan<AppendRequest> requests, Span<AppendOutcome> outcomes)
    {
        try
        {
            _begin.Run();
            for (int i = 0; i < requests.Length; i++) outcomes[i] = AppendOne(requests[i]);
            _commit.Run();
            return null;
        }
        catch (SqliteFailure failure)
        {
            return Abandon(failure, "append to");
        }
    }

    private string? InTransaction(Action body)
    {
        try
        {
            _begin.Run();
            body();
            _commit.Run();
            return null;
        }
        catch (SqliteFailure failure)
        {
            return Abandon(failure, "save a snapshot in");
        }
    }

    /// <summary>Ends the transaction where SQLite has not done so itself. After a rollback nothing of it is stored, whatever the commit answered.</summary>
    private string Abandon(SqliteFailure failure, string act)
    {
        try
        {
            if (!_database.IsAutoCommit) _rollback.Run();
        }
        catch (SqliteFailure second)
        {
            return $"{failure.Describe(act, _path)}; then the transaction could not be taken back ({second.Message})";
        }
        return failure.Describe(act, _path);
    }

    private AppendOutcome AppendOne(AppendRequest request)
    {
        _end.Bind(1, request.PersistenceId);
        _end.Step();
        (long last, long epoch) = (_end.Integer(0), _end.Integer(1));
        _end.Reset();
        if (request.Epoch < epoch) return JournalFormat.Fenced(request, epoch);
        if (request.ExpectedSequence != last) return JournalFormat.Conflict(request, last);
        if (request.Epoch > epoch) Raise(request);
        if (request.Events.Length > 0) Insert(request);
        return new AppendOutcome(AppendStatus.Appended);
    }

    private void Raise(AppendRequest request)
    {
        _raise.Bind(1, request.PersistenceId);
        _raise.Bind(2, request.Epoch);
        _raise.Run();
    }

    private void Insert(AppendRequest request)
    {
        _insert.Bind(1, request.PersistenceId);
        string? boundTag = null;
        foreach (ref readonly JournalEvent stored in request.Events.AsSpan())
        {
            _insert.Bind(2, stored.Sequence);
            _insert.Bind(3, stored.Epoch);
            _insert.Bind(4, stored.At.UtcTicks);
            if (!ReferenceEquals(boundTag, stored.Tag)) _insert.Bind(5, boundTag = stored.Tag);
            _insert.Bind(6, stored.Version);
            _insert.BindText(7, stored.Payload.Span);
            _insert.Bind(8, stored.Hash);
            _insert.Run();
        }
    }

    public void Dispose()
    {
        foreach (SqliteStatement statement in (ReadOnlySpan<SqliteStatement>)[_begin, _commit, _rollback, _end, _insert, _raise, _saveSnapshot, _forgetSnapshots])
            statement.Dispose();
        _database.Dispose();
    }
}
