using SQLitePCL;

namespace Fed.Cluster.Journals.Sqlite;

/// <summary>One SQLite connection, used by one thread at a time. Speaks the native API directly: an ADO.NET layer costs more per event than SQLite itself.</summary>
internal sealed class SqliteDatabase : IDisposable
{
    /// <summary>How long a statement waits for another process's lock (a reader that recovers the log after a crash).</summary>
    private const int BusyMilliseconds = 10_000;

    private readonly sqlite3 _handle;

    static SqliteDatabase() => Batteries_V2.Init();

    private SqliteDatabase(sqlite3 handle) => _handle = handle;

    /// <summary>Opens, and for writing creates, a database file.</summary>
    public static SqliteDatabase Open(string path, bool readOnly)
    {
        int flags = readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE;
        int code = raw.sqlite3_open_v2(path, out sqlite3 handle, flags | raw.SQLITE_OPEN_NOMUTEX, vfs: null);
        if (code != raw.SQLITE_OK)
        {
            string message = raw.sqlite3_errstr(code).utf8_to_string();
            handle?.Dispose();
            throw new SqliteFailure(code, message);
        }
        raw.sqlite3_busy_timeout(handle, BusyMilliseconds);
        return new SqliteDatabase(handle);
    }

    /// <summary>True outside a transaction. SQLite ends one by itself on some errors (disk full).</summary>
    public bool IsAutoCommit => raw.sqlite3_get_autocommit(_handle) != 0;

    /// <summary>Runs statements that give no rows, or whose rows do not matter.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>Runs a query for one integer.</summary>
    public long Scalar(string sql)
    {
        using SqliteStatement query = Prepare(sql);
        query.Step();
        return query.Integer(0);
    }

    /// <summary>Compiles a statement that is used many times.</summary>
    public SqliteStatement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out sqlite3_stmt statement));
        return new SqliteStatement(this, statement);
    }

    /// <summary>Throws unless the code says that all is well.</summary>
    public void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE))
            throw new SqliteFailure(code, raw.sqlite3_errmsg(_handle).utf8_to_string());
    }

    public void Dispose() => _handle.Dispose();
}
