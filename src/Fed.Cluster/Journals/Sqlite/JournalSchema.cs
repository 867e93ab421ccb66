namespace Fed.Cluster.Journals.Sqlite;

/// <summary>The tables of a journal file. <c>PRAGMA user_version</c> holds the schema's version; a file of a newer one is refused, never guessed at.</summary>
internal static class JournalSchema
{
    /// <summary>The version that this program writes.</summary>
    public const int Version = 1;

    /// <summary>"FedA" in SQLite's header, by which <c>file</c> and we tell a journal from any other database.</summary>
    private const int ApplicationId = 0x46656441;

    /// <summary>
    /// Times are UTC ticks (100 ns since year 1), as the hash chain has them; the view <c>history</c> shows them as text. Tables without rowid keep a log's events side by side.
    /// </summary>
    private const string Tables = """
        CREATE TABLE events(
          persistence_id TEXT NOT NULL, sequence INTEGER NOT NULL, epoch INTEGER NOT NULL, at INTEGER NOT NULL, tag TEXT NOT NULL, version INTEGER NOT NULL,
          payload TEXT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY(persistence_id, sequence)) WITHOUT ROWID;
        CREATE TABLE epochs(persistence_id TEXT PRIMARY KEY, epoch INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE snapshots(
          persistence_id TEXT NOT NULL, sequence INTEGER NOT NULL, head BLOB NOT NULL, version INTEGER NOT NULL, payload TEXT NOT NULL, digest BLOB NOT NULL,
          PRIMARY KEY(persistence_id, sequence)) WITHOUT ROWID;
        CREATE VIEW history AS
          SELECT persistence_id, sequence, epoch, strftime('%Y-%m-%dT%H:%M:%S', (at - 621355968000000000) / 10000000, 'unixepoch') || printf('.%07dZ', at % 10000000) AS at,
                 tag, version, payload, lower(hex(hash)) AS hash
          FROM events;
        """;

    /// <summary>Prepares a connection for writing: write-ahead log, every commit on the disk before it returns, tables in place.</summary>
    public static void OpenForWriting(SqliteDatabase database, string path)
    {
        database.Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
        database.Execute("BEGIN IMMEDIATE");
        if (database.Scalar("SELECT count(*) FROM sqlite_master") == 0)
            database.Execute($"{Tables} PRAGMA application_id={ApplicationId}; PRAGMA user_version={Version};");
        database.Execute("COMMIT");
        RequireReadable(database, path);
    }

    /// <summary>Refuses files that this program cannot read.</summary>
    /// <exception cref="JournalFormatException">Another program's database, or a newer schema.</exception>
    /// <exception cref="JournalEmptyException">A writer was stopped, or has only come, between creating the file and its tables.</exception>
    public static void RequireReadable(SqliteDatabase database, string path)
    {
        if (database.Scalar("SELECT count(*) FROM sqlite_master") == 0)
            throw new JournalEmptyException($"'{path}' is still empty: the run that creates it has only just begun, or was stopped there; try again in a moment, or start the run again");
        long version = database.Scalar("PRAGMA user_version");
        if (database.Scalar("PRAGMA application_id") != ApplicationId)
            throw new JournalFormatException($"'{path}' is an SQLite database, but not a FedActors journal; name the right data directory");
        if (version > Version)
        {
            throw new JournalFormatException(
                $"'{path}' has journal schema {version}, and this program knows only up to {Version}; open it with the newer version of fed that wrote it");
        }
    }
}
