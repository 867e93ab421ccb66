using Npgsql;

namespace Fed.EndToEnd.Faults;

/// <summary>
/// Holds the commit of the next event of a kind in the federation's database: the event is as good as durable, nobody was told of it yet, and the round stands in the phase before. What is done to a node meanwhile strikes in
/// exactly that moment, whatever the machine's speed.
/// </summary>
internal sealed class JournalGate : IDisposable
{
    /// <summary>
    /// Triggers on the journal's table, which a node's role cannot see or change. A deferred one runs at the commit, and waits for a lock there while a gate is armed for its event's tag; the other tells whoever waits for news.
    /// </summary>
    public const string Install = """
        CREATE SCHEMA faults;
        CREATE TABLE faults.gates(id bigint PRIMARY KEY, tag text NOT NULL);
        CREATE FUNCTION faults.pass() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE gate bigint;
        BEGIN
          FOR gate IN SELECT g.id FROM faults.gates g WHERE g.tag = NEW.tag LOOP PERFORM pg_advisory_xact_lock_shared(gate); END LOOP;
          RETURN NULL;
        END $$;
        CREATE FUNCTION faults.tell() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
          PERFORM pg_notify('faults', NEW.tag);
          RETURN NULL;
        END $$;
        CREATE FUNCTION faults.await(p_gate bigint, p_limit interval) RETURNS boolean LANGUAGE plpgsql AS $$
        DECLARE until timestamptz := clock_timestamp() + p_limit;
        BEGIN
          WHILE clock_timestamp() < until LOOP
            IF EXISTS(SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND NOT l.granted AND l.objid = p_gate) THEN RETURN true; END IF;
            PERFORM pg_sleep(0.005);
          END LOOP;
          RETURN false;
        END $$;
        CREATE CONSTRAINT TRIGGER faults_gate AFTER INSERT ON fed.events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION faults.pass();
        CREATE TRIGGER faults_news AFTER INSERT ON fed.events FOR EACH ROW EXECUTE FUNCTION faults.tell();
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static int _last;

    private readonly NpgsqlConnection _connection;
    private readonly long _id = Interlocked.Increment(ref _last);
    private readonly string _tag;
    private bool _isReleased;

    /// <summary>Arms a gate.</summary>
    /// <param name="source">The database, as its superuser.</param>
    /// <param name="tag">The events' tag.</param>
    public JournalGate(NpgsqlDataSource source, string tag)
    {
        (_connection, _tag) = (source.OpenConnection(), tag);
        Run("SELECT pg_advisory_lock($1)", _id);
        Run("INSERT INTO faults.gates VALUES($1, $2)", _id, tag);
    }

    /// <summary>Waits until an event is held.</summary>
    /// <exception cref="TimeoutException">None came.</exception>
    public void AwaitHeld()
    {
        using NpgsqlCommand command = new("SELECT faults.await($1, $2)", _connection) { CommandTimeout = 0, Parameters = { new() { Value = _id }, new() { Value = Patience } } };
        if (command.ExecuteScalar() is not true) throw new TimeoutException($"no event '{_tag}' came to its commit within {Patience}");
    }

    /// <summary>Lets what is held, and what comes, be committed.</summary>
    public void Release()
    {
        if (_isReleased) return;
        _isReleased = true;
        try
        {
            Run("DELETE FROM faults.gates WHERE id = $1", _id);
            Run("SELECT pg_advisory_unlock($1)", _id);
        }
        catch (NpgsqlException)
        {
            // The server was restarted meanwhile: the lock is gone with the connection, and nobody waits for it.
        }
    }

    public void Dispose()
    {
        Release();
        _connection.Dispose();
    }

    private void Run(string sql, params ReadOnlySpan<object> values)
    {
        using NpgsqlCommand command = new(sql, _connection);
        foreach (object value in values) command.Parameters.Add(new() { Value = value });
        command.ExecuteNonQuery();
    }
}
