using Npgsql;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>The read side: page by page, each from a connection of the pool. Thread-safe.</summary>
internal sealed class PostgresJournalReader(PostgresDatabase database) : IJournalReader
{
    private const int PageEvents = 1024;

    public ImmutableArray<string> PersistenceIds() => database.Run("read", static (connection, _) =>
    {
        using NpgsqlCommand query = new("SELECT persistence_id FROM fed.logs WHERE sequence > 0", connection);
        using NpgsqlDataReader row = query.ExecuteReader();
        ImmutableArray<string>.Builder ids = ImmutableArray.CreateBuilder<string>();
        while (row.Read()) ids.Add(row.GetString(0));
        ids.Sort(StringComparer.Ordinal);
        return ids.DrainToImmutable();
    });

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

    public JournalEvent[] ReadPage(string persistenceId, long afterSequence, int max) => database.Run("read", (connection, _) =>
    {
        using NpgsqlCommand query = new(
            "SELECT sequence, epoch, at, tag, version, payload, hash FROM fed.events WHERE persistence_id = $1 AND sequence > $2 ORDER BY sequence LIMIT $3", connection);
        using NpgsqlDataReader row = query.With(persistenceId).With(afterSequence).With(max).ExecuteReader();
        List<JournalEvent> events = new(Math.Min(max, PageEvents));
        while (row.Read()) events.Add(EventAt(row));
        return events.ToArray();
    });

    public JournalSnapshot? ReadSnapshot(string persistenceId, long maxSequence) => database.Run("read a snapshot of", (connection, _) =>
    {
        using NpgsqlCommand query = new(
            "SELECT sequence, head, version, payload, digest FROM fed.snapshots WHERE persistence_id = $1 AND sequence <= $2 ORDER BY sequence DESC", connection);
        using NpgsqlDataReader row = query.With(persistenceId).With(maxSequence).ExecuteReader();
        while (row.Read())
        {
            byte[] payload = row.GetFieldValue<byte[]>(3);
            if (Digest.Of(payload) == row.DigestAt(4)) return new JournalSnapshot(persistenceId, row.GetInt64(0), row.DigestAt(1), row.GetInt32(2), payload);
        }
        return null;
    });

    private static JournalEvent EventAt(NpgsqlDataReader row)
    {
        long sequence = row.GetInt64(0), ticks = row.GetInt64(2);
        if (ticks < 0 || ticks > DateTime.MaxValue.Ticks) throw new JournalFormatException($"event {sequence} in the journal has an impossible time ({ticks})");
        return new JournalEvent(
            sequence, row.GetInt64(1), new DateTimeOffset(ticks, TimeSpan.Zero), string.Intern(row.GetString(3)), row.GetInt32(4), row.GetFieldValue<byte[]>(5), row.DigestAt(6));
    }
}
