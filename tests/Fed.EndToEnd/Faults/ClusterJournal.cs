using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Fed.Actors.Protocol;
using Fed.Actors.Shell;
using Fed.Host.Cluster.Local;
using Npgsql;

namespace Fed.EndToEnd.Faults;

/// <summary>An event of the servers' journal.</summary>
internal sealed record StoredEvent(string Log, long Sequence, long Epoch, string Tag, string Payload);

/// <summary>The journal of a cluster's servers, as the database's superuser sees it: what is there, what comes, and gates that hold it.</summary>
internal sealed class ClusterJournal : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly NpgsqlDataSource _source;
    private NpgsqlConnection _news;

    private ClusterJournal(NpgsqlDataSource source) => (_source, _news) = (source, Listen(source));

    /// <summary>Opens it, and puts the gates' triggers into a new database.</summary>
    public static ClusterJournal Open(LocalFolder folder, int port)
    {
        NpgsqlDataSource source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = port, Database = "federation", Username = "fed_admin", Password = File.ReadAllText(Path.Combine(folder.Authority, "database-superuser.password")).Trim(),
            SslMode = SslMode.VerifyFull, RootCertificate = Path.Combine(folder.Authority, "ca.crt"),
        });
        using NpgsqlCommand install = source.CreateCommand(JournalGate.Install);
        install.ExecuteNonQuery();
        return new ClusterJournal(source);
    }

    /// <summary>Arms a gate for the next event of a kind.</summary>
    public JournalGate Gate(string tag) => new(_source, tag);

    /// <summary>The events of one of a job's logs, in order.</summary>
    public ImmutableArray<StoredEvent> Read(string log)
    {
        using NpgsqlCommand command = _source.CreateCommand("SELECT persistence_id, sequence, epoch, tag, payload FROM fed.events WHERE persistence_id = $1 ORDER BY sequence");
        command.Parameters.Add(new() { Value = log });
        using NpgsqlDataReader row = command.ExecuteReader();
        ImmutableArray<StoredEvent>.Builder events = ImmutableArray.CreateBuilder<StoredEvent>();
        while (row.Read()) events.Add(new StoredEvent(row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3), row.GetString(4)));
        return events.ToImmutable();
    }

    /// <summary>Waits for an event of a job's log that fulfils something, as long as others come.</summary>
    /// <exception cref="TimeoutException">Nothing came for a while; the message has the log's last events.</exception>
    public StoredEvent Await(string log, string what, Func<StoredEvent, bool> isIt)
    {
        long since = Stopwatch.GetTimestamp();
        for (int known = 0; ;)
        {
            ImmutableArray<StoredEvent> events = Read(log);
            if (events.FirstOrDefault(isIt) is { } found) return found;
            if (events.Length > known) (known, since) = (events.Length, Stopwatch.GetTimestamp());
            TimeSpan left = Patience - Stopwatch.GetElapsedTime(since);
            if (left <= TimeSpan.Zero) throw new TimeoutException($"{what} did not come to {log} within {Patience}; the last there are {string.Join(", ", events.TakeLast(8).Select(static stored => $"{stored.Sequence} {stored.Tag} (epoch {stored.Epoch})"))}");
            _news.Wait(left);
        }
    }

    /// <summary>Waits until a job is over.</summary>
    /// <returns>Its last event.</returns>
    public StoredEvent AwaitEnd(JobId job) => Await(FederationNodes.JobLog(job), "the job's end", static stored => stored.Tag is "job-completed" or "job-failed");

    /// <summary>Hash of every round's model that the job has on record.</summary>
    public ImmutableArray<string> Models(JobId job) =>
    [
        .. Read(FederationNodes.JobLog(job)).Where(static stored => stored.Tag == "job-round-recorded").Select(static stored => JsonElement.Parse(stored.Payload))
            .Where(static recorded => recorded.GetProperty("round").GetInt32() > 0).Select(static recorded => recorded.GetProperty("modelSha256").GetString()!),
    ];

    /// <summary>The epoch under which a log was written last.</summary>
    public long Epoch(string log) => Read(log) is [.., { } last] ? last.Epoch : 0;

    /// <summary>Connects anew after the server was away.</summary>
    public void Reconnect()
    {
        _news.Dispose();
        _source.Clear();
        _news = Listen(_source);
    }

    public void Dispose()
    {
        _news.Dispose();
        _source.Dispose();
    }

    private static NpgsqlConnection Listen(NpgsqlDataSource source)
    {
        NpgsqlConnection connection = source.OpenConnection();
        using NpgsqlCommand listen = new("LISTEN faults", connection);
        listen.ExecuteNonQuery();
        return connection;
    }
}
