using System.Globalization;
using Npgsql;

namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>One step of the schema's history. Never changed once it was released: a change is a new step.</summary>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="Sql">What it does, in the schema <c>fed</c>.</param>
internal sealed record PostgresMigration(int Version, string Sql);

/// <summary>
/// Brings the schema <c>fed</c> to this program's version: all steps that are missing in one transaction, under a lock that lets one process at a time do so. A schema of a newer version is refused, never guessed at.
/// </summary>
internal static class PostgresMigrations
{
    /// <summary>"FedA" twice: the number of the advisory lock.</summary>
    private const long LockNumber = 0x4665644146656441;

    /// <summary>All steps, in order.</summary>
    public static ImmutableArray<PostgresMigration> All { get; } =
    [
        new PostgresMigration(1, PostgresSchema.Tables + PostgresSchema.Functions),
        new PostgresMigration(2, PostgresBlobKeysSchema.Step),
        new PostgresMigration(3, PostgresRequestsSchema.Step),
        new PostgresMigration(4, PostgresBlobAgeSchema.Step),
        new PostgresMigration(5, PostgresLeaseSessionSchema.Step),
    ];

    /// <summary>Applies the steps that are missing, and gives the node's role the rights that it needs and no others.</summary>
    /// <returns>The version that was found; 0 for none.</returns>
    /// <exception cref="JournalFormatException">The schema is newer than the last step.</exception>
    public static int Apply(NpgsqlConnection connection, ImmutableArray<PostgresMigration> steps, string nodeRole, string name)
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        Execute(connection, $"SELECT pg_advisory_xact_lock({LockNumber})");
        int found = VersionOf(connection);
        if (found > steps[^1].Version) throw Newer(found, steps[^1].Version, name);
        if (found == 0) Execute(connection, "CREATE SCHEMA IF NOT EXISTS fed; CREATE TABLE fed.schema_versions(version integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())");
        foreach (PostgresMigration step in steps.Where(step => step.Version > found))
        {
            Execute(connection, step.Sql);
            Execute(connection, $"INSERT INTO fed.schema_versions(version) VALUES({step.Version})");
        }
        string role = new NpgsqlCommandBuilder().QuoteIdentifier(nodeRole);
        Execute(connection, $"GRANT USAGE ON SCHEMA fed TO {role}; GRANT SELECT ON ALL TABLES IN SCHEMA fed TO {role}; REVOKE ALL ON ALL FUNCTIONS IN SCHEMA fed FROM PUBLIC; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA fed TO {role}");
        transaction.Commit();
        return found;
    }

    /// <summary>Refuses a schema that is not of a version.</summary>
    /// <exception cref="JournalFormatException">It is missing, older or newer.</exception>
    public static void Require(NpgsqlConnection connection, int version, string name)
    {
        int found = VersionOf(connection);
        if (found > version) throw Newer(found, version, name);
        if (found == version) return;
        string state = found == 0 ? "has no journal yet" : $"has journal schema {found}, and this program needs {version}";
        throw new JournalFormatException($"{name} {state}; open it once with the connection of its owner, which migrates it");
    }

    private static JournalFormatException Newer(int found, int newest, string name) =>
        new($"{name} has journal schema {found}, and this program knows only up to {newest}; use the newer version of fed that migrated it");

    private static int VersionOf(NpgsqlConnection connection)
    {
        using NpgsqlCommand exists = new("SELECT to_regclass('fed.schema_versions') IS NOT NULL", connection);
        if (!(bool)exists.ExecuteScalar()!) return 0;
        using NpgsqlCommand version = new("SELECT coalesce(max(version), 0) FROM fed.schema_versions", connection);
        return Convert.ToInt32(version.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using NpgsqlCommand command = new(sql, connection);
        command.ExecuteNonQuery();
    }
}
