using Fed.Actors.Persistence;
using Fed.Cluster.Journals.Sqlite;
using SQLitePCL;

namespace Fed.Benchmarks.Sqlite;

/// <summary>The floor: SQLite's own API with the same schema and settings, one prepared insert, one transaction per batch, and not a check more.</summary>
internal sealed class RawSqlite : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _begin, _insert, _commit;

    public RawSqlite(string path)
    {
        using (SqliteDatabase schema = SqliteDatabase.Open(path, readOnly: false)) JournalSchema.OpenForWriting(schema, path);
        Check(raw.sqlite3_open(path, out _database));
        Check(raw.sqlite3_exec(_database, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"));
        Check(raw.sqlite3_prepare_v2(_database, "BEGIN IMMEDIATE", out _begin));
        Check(raw.sqlite3_prepare_v2(_database, "INSERT INTO events(persistence_id, sequence, epoch, at, tag, version, payload, hash) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", out _insert));
        Check(raw.sqlite3_prepare_v2(_database, "COMMIT", out _commit));
    }

    public void Append(ReadOnlySpan<byte> persistenceId, ReadOnlySpan<byte> tag, ReadOnlySpan<JournalEvent> events)
    {
        Run(_begin);
        raw.sqlite3_bind_text(_insert, 1, persistenceId);
        raw.sqlite3_bind_text(_insert, 5, tag);
        Span<byte> hash = stackalloc byte[Digest.Size];
        foreach (ref readonly JournalEvent stored in events)
        {
            stored.Hash.CopyTo(hash);
            raw.sqlite3_bind_int64(_insert, 2, stored.Sequence);
            raw.sqlite3_bind_int64(_insert, 3, stored.Epoch);
            raw.sqlite3_bind_int64(_insert, 4, stored.At.UtcTicks);
            raw.sqlite3_bind_int64(_insert, 6, stored.Version);
            raw.sqlite3_bind_text(_insert, 7, stored.Payload.Span);
            raw.sqlite3_bind_blob(_insert, 8, hash);
            Run(_insert);
        }
        Run(_commit);
    }

    public void Dispose()
    {
        _begin.Dispose();
        _insert.Dispose();
        _commit.Dispose();
        _database.Dispose();
    }

    private static void Run(sqlite3_stmt statement)
    {
        if (raw.sqlite3_step(statement) != raw.SQLITE_DONE) throw new IOException("SQLite refused a statement");
        raw.sqlite3_reset(statement);
    }

    private static void Check(int code)
    {
        if (code != raw.SQLITE_OK) throw new IOException($"SQLite answered {code}");
    }
}
