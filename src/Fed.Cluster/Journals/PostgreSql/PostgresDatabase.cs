using System.Diagnostics;
using Npgsql;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>
/// The database of a federation, as one process uses it: pooled connections, each of them checked before its first use, and requests that survive an outage of bounded length. Journal, leases and blobs are built over it
/// and disposed of before it. Thread-safe.
/// </summary>
public sealed class PostgresDatabase : IDisposable
{
    private static readonly TimeSpan PauseMin = TimeSpan.FromMilliseconds(50), PauseMax = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource _source;
    private readonly TimeSpan _outageMax;
    private readonly CancellationTokenSource _closing = new();

    private PostgresDatabase(string name, NpgsqlDataSource source, TimeSpan outageMax) => (Name, _source, _outageMax) = (name, source, outageMax);

    /// <summary>Host, port and database, for messages.</summary>
    public string Name { get; }

    /// <summary>Connects, migrates the schema where an owner's connection is given, and refuses a database that is no place for a journal.</summary>
    /// <exception cref="JournalFormatException">The schema is missing, or of another version than this program's and cannot be migrated.</exception>
    /// <exception cref="IOException">The server cannot be reached within the outage that is waited for, or refuses; or it, or the role, is set up in a way that could lose or change history.</exception>
    /// <exception cref="ArgumentException">A connection string is none, or names no host or user.</exception>
    public static PostgresDatabase Open(PostgresOptions options)
    {
        NpgsqlConnectionStringBuilder work = PostgresConnections.Parse(options.Connection, "connection");
        if (options.OwnerConnection is { } owner)
        {
            NpgsqlConnectionStringBuilder owning = PostgresConnections.Parse(owner, "owner connection");
            using PostgresDatabase migrating = Connect(owning, options, isPooled: false);
            migrating.Run("migrate", (connection, _) => PostgresMigrations.Apply(connection, PostgresMigrations.All, work.Username!, migrating.Name));
        }
        PostgresDatabase database = Connect(work, options, isPooled: true);
        try
        {
            database.Run("open", (connection, _) =>
            {
                PostgresMigrations.Require(connection, PostgresMigrations.All[^1].Version, database.Name);
                PostgresConnections.RequireLeastPrivilege(connection, database.Name);
                return true;
            });
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Does something on a connection, again while there is an outage.</summary>
    /// <param name="act">What, for messages: "append to".</param>
    /// <param name="body">The work. Its second argument is true when an earlier try may have been carried out although no answer came.</param>
    /// <exception cref="IOException">The outage lasts too long, or the server refuses.</exception>
    internal TResult Run<TResult>(string act, Func<NpgsqlConnection, bool, TResult> body) => Run(act, _outageMax, body);

    /// <summary>As <see cref="Run{TResult}(string, Func{NpgsqlConnection, bool, TResult})"/> for what is asked again by whoever asks: one more try, since a pooled connection may have died unseen.</summary>
    internal TResult RunBriefly<TResult>(string act, Func<NpgsqlConnection, bool, TResult> body) => Run(act, TimeSpan.Zero, body);

    private TResult Run<TResult>(string act, TimeSpan outageMax, Func<NpgsqlConnection, bool, TResult> body)
    {
        long since = Stopwatch.GetTimestamp();
        TimeSpan pause = PauseMin;
        for (int tries = 1; ; tries++)
        {
            try
            {
                if (tries > 1) _source.Clear();   // what else lies in the pool is as dead; a connection in use is closed when it comes back
                using NpgsqlConnection connection = _source.OpenConnection();
                return body(connection, tries > 1);
            }
            catch (Exception failure) when (PostgresFailure.IsOutage(failure))
            {
                TimeSpan outage = Stopwatch.GetElapsedTime(since);
                bool isOver = tries > 1 && outage >= outageMax;
                if (isOver || _closing.IsCancellationRequested) throw Lost(act, failure, outage);
            }
            catch (Exception failure) when (failure is NpgsqlException or PostgresUnfitException)
            {
                throw new IOException($"cannot {act} {Name}: {PostgresFailure.Words(failure)}", failure);
            }
            if (tries == 1) continue;
            _closing.Token.WaitHandle.WaitOne(pause);
            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    private IOException Lost(string act, Exception failure, TimeSpan outage)
    {
        string why = _closing.IsCancellationRequested
            ? "it was closed meanwhile"
            : $"{PostgresFailure.Words(failure)}, for {outage.TotalSeconds:0.#} s; check that the server runs, can be reached and takes writes";
        return new IOException($"cannot {act} {Name}: {why}", failure);
    }

    private static PostgresDatabase Connect(NpgsqlConnectionStringBuilder settings, PostgresOptions options, bool isPooled) =>
        new(PostgresConnections.NameOf(settings), PostgresConnections.Source(settings, options, isPooled), options.OutageMax);

    /// <summary>Ends what waits for the server with a failure, and closes the connections.</summary>
    public void Dispose()
    {
        _closing.Cancel();
        _source.Dispose();
    }
}
