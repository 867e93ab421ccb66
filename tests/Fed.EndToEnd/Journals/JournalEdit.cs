using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals.Sqlite;
using SQLitePCL;

namespace Fed.EndToEnd.Journals;

/// <summary>What somebody with access to the disk can do to a journal.</summary>
internal static class JournalEdit
{
    /// <summary>Runs SQL on a journal that nobody has open.</summary>
    public static void Sql(string journal, string sql)
    {
        Batteries_V2.Init();
        Require(raw.sqlite3_open(journal, out sqlite3 database), database);
        using (database) Require(raw.sqlite3_exec(database, sql), database);
    }

    /// <summary>Changes the payload of one event and nothing else: the chain does not fit any more.</summary>
    public static void Edit(string journal, string log, long sequence, string from, string to)
    {
        string payload = Payload(Read(journal, log).Single(stored => stored.Sequence == sequence));
        string changed = Changed(payload, from, to);
        Sql(journal, $"UPDATE events SET payload = {Text(changed)} WHERE persistence_id = {Text(log)} AND sequence = {sequence}");
    }

    /// <summary>Changes the payload of one event and computes the chain anew from there on, as one who knows the format would.</summary>
    public static void Rewrite(string journal, string log, long sequence, string from, string to)
    {
        Digest head = ChainHash.Start(log);
        StringBuilder sql = new("BEGIN;");
        foreach (JournalEvent stored in Read(journal, log))
        {
            string payload = stored.Sequence == sequence ? Changed(Payload(stored), from, to) : Payload(stored);
            head = ChainHash.Next(head, stored.Sequence, stored.Epoch, stored.At, stored.Tag, stored.Version, Encoding.UTF8.GetBytes(payload));
            sql.Append($"UPDATE events SET payload = {Text(payload)}, hash = x'{head}' WHERE persistence_id = {Text(log)} AND sequence = {stored.Sequence};");
        }

        Sql(journal, sql.Append("COMMIT;").ToString());
    }

    /// <summary>The events of a log.</summary>
    public static ImmutableArray<JournalEvent> Read(string journal, string log)
    {
        IJournalReader reader = SqliteJournal.OpenReadOnly(journal);
        using IDisposable? hold = reader as IDisposable;
        return [.. reader.Read(log)];
    }

    /// <summary>An event's JSON.</summary>
    public static string Payload(in JournalEvent stored) => Encoding.UTF8.GetString(stored.Payload.Span);

    private static string Changed(string payload, string from, string to) =>
        payload.Contains(from, StringComparison.Ordinal) ? payload.Replace(from, to, StringComparison.Ordinal) : throw new ArgumentException($"'{from}' is not in {payload}");

    private static string Text(string value) => $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";

    private static void Require(int code, sqlite3 database)
    {
        if (code != raw.SQLITE_OK) throw new InvalidOperationException(raw.sqlite3_errmsg(database).utf8_to_string());
    }
}
