using System.Runtime.InteropServices;

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
    /// <summary>Requests in a transaction at most: bounds the wait of the first and the size of the log between two checkpoints.</summary>
    private const int GroupMax = 1024;

    private readonly string _path;
    private readonly SqliteJournalWriter _writer;
    private readonly SqliteJournalReader _reader;
    private readonly Lane<WriteItem> _writes;
    private readonly Lane<Action> _reads;
    private readonly List<AppendRequest> _group = [];
    private readonly AppendOutcome[] _outcomes = new AppendOutcome[GroupMax];

    private SqliteJournal(string path)
    {
        _path = path;
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
        _writes = new Lane<WriteItem>("journal-writer", Write);
        _reads = new Lane<Action>("journal-reader", static group => group.ForEach(static read => read()));
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

    /// <inheritdoc/>
    public ImmutableArray<string> PersistenceIds() => _reader.PersistenceIds();

    /// <inheritdoc/>
    public IEnumerable<JournalEvent> Read(string persistenceId, long afterSequence = 0) => _reader.Read(persistenceId, afterSequence);

    /// <summary>Finishes what was requested, folds the log into the file and closes it. Later requests are answered with a failure. Not to be called from a callback.</summary>
    public void Dispose()
    {
        _writes.Dispose();
        _reads.Dispose();
        _reader.Dispose();
        _writer.Dispose();
    }

    private string Closed => $"the journal '{_path}' is closed";

    /// <summary>Writes a group in its order; neighbouring appends share a transaction.</summary>
    private void Write(List<WriteItem> items)
    {
        int start = 0;
        while (start < items.Count)
        {
            if (items[start].Request is JournalSnapshot snapshot)
            {
                ((Action<string?>)items[start++].Done)(_writer.SaveSnapshot(snapshot));
                continue;
            }
            _group.Clear();
            while (start + _group.Count < items.Count && _group.Count < GroupMax && items[start + _group.Count].Request is AppendRequest request) _group.Add(request);
            _writer.Append(CollectionsMarshal.AsSpan(_group), _outcomes);
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
                JournalEvent[] events = _reader.ReadPage(persistenceId, afterSequence, batchMax);
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
            return new SnapshotOutcome(_reader.ReadSnapshot(persistenceId, maxSequence));
        }
        catch (Exception failure) when (failure is IOException or JournalFormatException)
        {
            return new SnapshotOutcome(null, failure.Message);
        }
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

    /// <summary>An append or a snapshot with its callback; one list keeps their order.</summary>
    private readonly record struct WriteItem(object Request, Delegate Done);
}
