using Npgsql;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>How connections are made, and what is asked of a server and of a role before they are used.</summary>
internal static class PostgresConnections
{
    private const int OldestServer = 12;

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="ArgumentException">It is none; the message shows nothing of it, since a part of it is a password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string connection, string what)
    {
        NpgsqlConnectionStringBuilder? settings;
        try { settings = new NpgsqlConnectionStringBuilder(connection); }
        catch (ArgumentException) { settings = null; }
        if (string.IsNullOrEmpty(settings?.Host) || string.IsNullOrEmpty(settings.Database) || string.IsNullOrEmpty(settings.Username))
            throw new ArgumentException($"the {what} is not one of PostgreSQL; write Host=...;Database=...;Username=...;Password=...");
        return settings;
    }

    public static string NameOf(NpgsqlConnectionStringBuilder settings) =>
        $"PostgreSQL database '{settings.Database}' at {(settings.Host!.Contains(':', StringComparison.Ordinal) ? settings.Host : $"{settings.Host}:{settings.Port}")}";

    /// <summary>Connections whose transactions end by themselves when this program is cut off: they hold locks that a successor waits for.</summary>
    public static NpgsqlDataSource Source(NpgsqlConnectionStringBuilder settings, PostgresOptions options, bool isPooled)
    {
        long statementMax = (long)options.StatementMax.TotalMilliseconds;
        NpgsqlConnectionStringBuilder full = new(settings.ConnectionString)
        {
            Pooling = isPooled,
            NoResetOnClose = true,
            TcpKeepAlive = true,
            Timeout = Seconds(options.ConnectMax),
            CommandTimeout = Seconds(options.StatementMax),
            MaxAutoPrepare = isPooled ? 20 : 0,
            AutoPrepareMinUsages = 2,
            ApplicationName = settings.ApplicationName ?? "fed",
            Options = $"{settings.Options} -c statement_timeout={statementMax} -c lock_timeout={statementMax} -c idle_in_transaction_session_timeout={(long)options.SilenceMax.TotalMilliseconds}".TrimStart(),
        };
        string name = NameOf(settings);
        NpgsqlDataSourceBuilder builder = new(full.ConnectionString);
        builder.UsePhysicalConnectionInitializer(connection => RequireFit(connection, name), connection =>
        {
            RequireFit(connection, name);
            return Task.CompletedTask;
        });
        return full.Host!.Contains(',', StringComparison.Ordinal) ? builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.Primary) : builder.Build();
    }

    /// <summary>Refuses a role that could change history past the functions that guard it: an owner, a superuser, somebody with more rights than a node needs.</summary>
    /// <exception cref="PostgresUnfitException">It could.</exception>
    public static void RequireLeastPrivilege(NpgsqlConnection connection, string name)
    {
        using NpgsqlCommand command = new("SELECT current_user, has_table_privilege('fed.events', 'INSERT, UPDATE, DELETE, TRUNCATE') OR pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = 'fed.events'::regclass), 'MEMBER')", connection);
        using NpgsqlDataReader row = command.ExecuteReader();
        row.Read();
        if (row.GetBoolean(1))
            throw new PostgresUnfitException($"the role '{row.GetString(0)}' may change the journal of {name} without the functions that guard it; let the node connect as a role that owns nothing there (docs/operations.md)");
    }

    /// <summary>Every connection is asked, since settings may change, and a fail-over may lead to another server.</summary>
    private static void RequireFit(NpgsqlConnection connection, string name)
    {
        using NpgsqlCommand command = new(
            "SELECT current_setting('synchronous_commit'), current_setting('fsync'), current_setting('full_page_writes'), current_setting('server_encoding'), current_setting('server_version_num')::int, pg_is_in_recovery()", connection);
        using NpgsqlDataReader row = command.ExecuteReader();
        row.Read();
        if (row.GetBoolean(5)) throw new PostgresUnfitException($"{name} is a standby that takes no writes", isPassing: true);
        string? wrong = row.GetInt32(4) < OldestServer * 10_000 ? $"is older than version {OldestServer}; upgrade it"
            : row.GetString(3) != "UTF8" ? $"stores text as {row.GetString(3)}; create it with ENCODING 'UTF8'"
            : Unsafe(row, 0, "synchronous_commit") ?? Unsafe(row, 1, "fsync") ?? Unsafe(row, 2, "full_page_writes");
        if (wrong is not null) throw new PostgresUnfitException($"{name} {wrong}");
    }

    private static string? Unsafe(NpgsqlDataReader row, int column, string setting) => row.GetString(column) is "on" or "remote_apply"
        ? null
        : $"has {setting} = {row.GetString(column)} for this role, so that what it has confirmed may be gone after a crash; set it to on";

    private static int Seconds(TimeSpan time) => Math.Max(1, (int)Math.Ceiling(time.TotalSeconds));
}
