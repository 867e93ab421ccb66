using SQLitePCL;

namespace Fed.Cluster.Journals.Sqlite;

/// <summary>SQLite answered with an error code. Stays inside this folder: ports translate it into a sentence or a domain exception.</summary>
internal sealed class SqliteFailure(int code, string message) : Exception(message)
{
    /// <summary>SQLite's primary result code.</summary>
    public int Code { get; } = code & 0xff;

    /// <summary>The file is not, or no longer, a readable database; no retry helps.</summary>
    public bool IsDamage => Code is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>The failure as a sentence that names the file and what to do.</summary>
    /// <param name="act">What was being done (<c>append to</c>).</param>
    /// <param name="path">The database file.</param>
    public string Describe(string act, string path) => Code switch
    {
        raw.SQLITE_FULL => $"cannot {act} '{path}': the disk is full; free some space and start again",
        raw.SQLITE_IOERR => $"cannot {act} '{path}': input/output error ({Message}); check the disk and its free space and start again",
        raw.SQLITE_READONLY or raw.SQLITE_PERM => $"cannot {act} '{path}': the file is read-only; check its permissions",
        raw.SQLITE_CANTOPEN => $"cannot {act} '{path}': the file cannot be opened; check the path and its permissions",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED => $"cannot {act} '{path}': another program holds it locked; close that program and start again",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB => $"cannot {act} '{path}': the file is damaged ({Message}); restore it from a backup",
        _ => $"cannot {act} '{path}': {Message}",
    };
}
