using SQLitePCL;

namespace Fed.Cluster.Journals.Sqlite;

/// <summary>A prepared statement. Parameters count from 1, columns from 0; bindings survive <see cref="Reset"/>, so that what repeats is bound once.</summary>
internal sealed class SqliteStatement(SqliteDatabase database, sqlite3_stmt statement) : IDisposable
{
    private const int StackBytes = 256;

    public void Bind(int parameter, long value) => database.Check(raw.sqlite3_bind_int64(statement, parameter, value));

    /// <summary>Binds text without allocating where it is short (ids, tags).</summary>
    public void Bind(int parameter, string text)
    {
        if (text.Length == 0 || text.Length > StackBytes / 3)   // at most three bytes of UTF-8 for a UTF-16 unit
        {
            database.Check(raw.sqlite3_bind_text(statement, parameter, text));
            return;
        }
        Span<byte> utf8 = stackalloc byte[StackBytes];
        BindText(parameter, utf8[..Encoding.UTF8.GetBytes(text, utf8)]);
    }

    /// <summary>Binds UTF-8 text, byte for byte.</summary>
    public void BindText(int parameter, ReadOnlySpan<byte> utf8) =>   // an empty span has no address, which SQLite would take for NULL
        database.Check(utf8.IsEmpty ? raw.sqlite3_bind_text(statement, parameter, "") : raw.sqlite3_bind_text(statement, parameter, utf8));

    public void Bind(int parameter, in Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);
        database.Check(raw.sqlite3_bind_blob(statement, parameter, bytes));
    }

    /// <summary>Runs to the next row; false at the end.</summary>
    public bool Step()
    {
        int code = raw.sqlite3_step(statement);
        if (code == raw.SQLITE_ROW) return true;
        if (code == raw.SQLITE_DONE) return false;
        database.Check(code);
        return false;
    }

    /// <summary>Runs a statement without rows and makes it ready for the next run.</summary>
    public void Run()
    {
        int code = raw.sqlite3_step(statement);
        if (code != raw.SQLITE_DONE && code != raw.SQLITE_ROW)
        {
            try { database.Check(code); }
            finally { raw.sqlite3_reset(statement); }
        }
        raw.sqlite3_reset(statement);
    }

    /// <summary>Ends a run. Its code only repeats the failure that <see cref="Step"/> has reported.</summary>
    public void Reset() => raw.sqlite3_reset(statement);

    public long Integer(int column) => raw.sqlite3_column_int64(statement, column);

    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    /// <summary>The stored bytes of text or blob; valid until the next step.</summary>
    public ReadOnlySpan<byte> Bytes(int column) => raw.sqlite3_column_blob(statement, column);

    /// <summary>A digest column.</summary>
    /// <exception cref="JournalFormatException">The column holds anything but 32 bytes.</exception>
    public Digest DigestAt(int column)
    {
        ReadOnlySpan<byte> bytes = Bytes(column);
        return bytes.Length == Digest.Size ? new Digest(bytes) : throw new JournalFormatException($"a stored hash has {bytes.Length} bytes, not {Digest.Size}");
    }

    public void Dispose() => statement.Dispose();
}
