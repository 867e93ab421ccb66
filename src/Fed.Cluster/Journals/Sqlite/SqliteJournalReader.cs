namespace Fed.Cluster.Journals.Sqlite;

/// <summary>
/// The read side of one journal file: a read-only connection that works beside a running writer and on what a killed one left. Reads page by page, so that a slow reader
/// never keeps the write-ahead log from being folded in. Thread-safe.
/// </summary>
public sealed class SqliteJournalReader : IJournalReader, IDisposable
{
    private const int PageEvents = 1024;
    private const int SlabBytes = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly string _path;
    private readonly SqliteDatabase _database;
    private readonly SqliteStatement _ids, _page, _snapshots;
    private readonly List<(byte[] Utf8, string Text)> _tags = [];

    /// <summary>Opens an existing journal.</summary>
    /// <exception cref="SqliteFailure">The file cannot be opened.</exception>
    /// <exception cref="JournalFormatException">The file is no journal, or of a newer schema.</exception>
    internal SqliteJournalReader(string path)
    {
        _path = path;
        _database = SqliteDatabase.Open(path, readOnly: true);
        try
        {
            JournalSchema.RequireReadable(_database, path);
            _ids = _database.Prepare("SELECT persistence_id FROM events GROUP BY persistence_id ORDER BY persistence_id COLLATE BINARY");
            _page = _database.Prepare("""
                SELECT sequence, epoch, at, tag, version, payload, hash FROM events WHERE persistence_id = ?1 AND sequence > ?2 ORDER BY sequence LIMIT ?3
                """);
            _snapshots = _database.Prepare("""
                SELECT sequence, head, version, payload, digest FROM snapshots WHERE persistence_id = ?1 AND sequence <= ?2 ORDER BY sequence DESC
                """);
        }
        catch
        {
            _database.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="JournalFormatException">The file is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public ImmutableArray<string> PersistenceIds()
    {
        lock (_gate)
        {
            try
            {
                ImmutableArray<string>.Builder ids = ImmutableArray.CreateBuilder<string>();
                while (_ids.Step()) ids.Add(_ids.Text(0));
                ids.Sort(StringComparer.Ordinal);   // SQLite compares UTF-8 bytes, .NET UTF-16 units: they differ beyond U+FFFF
                return ids.DrainToImmutable();
            }
            catch (SqliteFailure failure)
            {
                throw Unreadable(failure);
            }
            finally
            {
                _ids.Reset();
            }
        }
    }

    /// <inheritdoc/>
    /// <exception cref="JournalFormatException">The file is damaged, or a row holds what no event can.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IEnumerable<JournalEvent> Read(string persistenceId, long afterSequence = 0)
    {
        while (true)
        {
            JournalEvent[] page = ReadPage(persistenceId, afterSequence, PageEvents);
            foreach (JournalEvent stored in page) yield return stored;
            if (page.Length < PageEvents) yield break;
            afterSequence = page[^1].Sequence;
        }
    }

    /// <summary>At most <paramref name="max"/> events after a sequence number; fewer mean that the log ends there.</summary>
    internal JournalEvent[] ReadPage(string persistenceId, long afterSequence, int max)
    {
        lock (_gate)
        {
            try
            {
                _page.Bind(1, persistenceId);
                _page.Bind(2, afterSequence);
                _page.Bind(3, max);
                var events = new List<JournalEvent>(Math.Min(max, PageEvents));
                Memory<byte> slab = default;
                while (_page.Step()) events.Add(ReadEvent(ref slab));
                return [.. events];
            }
            catch (SqliteFailure failure)
            {
                throw Unreadable(failure);
            }
            finally
            {
                _page.Reset();
            }
        }
    }

    /// <summary>The newest whole snapshot at or below a sequence number. One whose bytes do not match their digest is passed over: events tell the same, only slower.</summary>
    internal JournalSnapshot? ReadSnapshot(string persistenceId, long maxSequence)
    {
        lock (_gate)
        {
            try
            {
                _snapshots.Bind(1, persistenceId);
                _snapshots.Bind(2, maxSequence);
                while (_snapshots.Step())
                {
                    byte[] payload = _snapshots.Bytes(3).ToArray();
                    if (Digest.Of(payload) == _snapshots.DigestAt(4))
                        return new JournalSnapshot(persistenceId, _snapshots.Integer(0), _snapshots.DigestAt(1), (int)_snapshots.Integer(2), payload);
                }
                return null;
            }
            catch (SqliteFailure failure)
            {
                throw Unreadable(failure);
            }
            finally
            {
                _snapshots.Reset();
            }
        }
    }

    private JournalEvent ReadEvent(ref Memory<byte> slab)
    {
        ReadOnlySpan<byte> payload = _page.Bytes(5);
        if (payload.Length > slab.Length) slab = new byte[Math.Max(SlabBytes, payload.Length)];   // one array for many payloads
        payload.CopyTo(slab.Span);
        Memory<byte> kept = slab[..payload.Length];
        slab = slab[payload.Length..];
        long ticks = _page.Integer(2);
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks) throw new JournalFormatException($"event {_page.Integer(0)} in '{_path}' has an impossible time ({ticks})");
        var at = new DateTimeOffset(ticks, TimeSpan.Zero);
        return new JournalEvent(_page.Integer(0), _page.Integer(1), at, Tag(_page.Bytes(3)), (int)_page.Integer(4), kept, _page.DigestAt(6));
    }

    /// <summary>Tags are few and repeat: each is one string.</summary>
    private string Tag(ReadOnlySpan<byte> utf8)
    {
        foreach ((byte[] known, string text) in _tags)
        {
            if (utf8.SequenceEqual(known)) return text;
        }
        string tag = Encoding.UTF8.GetString(utf8);
        _tags.Add((utf8.ToArray(), tag));
        return tag;
    }

    private Exception Unreadable(SqliteFailure failure) => failure.IsDamage
        ? new JournalFormatException(failure.Describe("read", _path), failure)
        : new IOException(failure.Describe("read", _path), failure);

    /// <summary>Closes the connection; the writer, if there is one, is not disturbed.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _ids.Dispose();
            _page.Dispose();
            _snapshots.Dispose();
            _database.Dispose();
        }
    }
}
