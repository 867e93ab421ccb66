using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Cluster.Journals.PostgreSql;
using Npgsql;

namespace Fed.Host.Doctor;

/// <summary>The federation's database, as a coordinator or aggregator uses it.</summary>
internal static class DatabaseChecks
{
    private const string Question = "SELECT now(), current_setting('synchronous_commit'), current_setting('server_version_num')", Login = "database login", Schema = "database schema";
    private const int VersionMin = 120_000;

    /// <summary>Logs in and asks what matters; the clock is compared too.</summary>
    /// <param name="connection">As the node connects.</param>
    /// <param name="clock">This machine's.</param>
    /// <param name="cancel">Ends the checks.</param>
    public static async Task<ImmutableArray<Check>> ExamineAsync(string connection, TimeProvider clock, CancellationToken cancel)
    {
        try
        {
            NpgsqlConnection database = new(new NpgsqlConnectionStringBuilder(connection) { Timeout = 5, CommandTimeout = 5, Pooling = false }.ConnectionString);
            await using (database.ConfigureAwait(false))
            {
                await database.OpenAsync(cancel).ConfigureAwait(false);
                NpgsqlCommand command = new(Question, database);
                await using (command.ConfigureAwait(false))
                {
                    NpgsqlDataReader row = await command.ExecuteReaderAsync(cancel).ConfigureAwait(false);
                    await using (row.ConfigureAwait(false))
                    {
                        await row.ReadAsync(cancel).ConfigureAwait(false);
                        return [Judge(row.GetString(1), int.Parse(row.GetString(2), CultureInfo.InvariantCulture)), Tables(connection), MachineChecks.Clock(clock.GetUtcNow(), new DateTimeOffset(row.GetDateTime(0).ToUniversalTime()))];
                    }
                }
            }
        }
        catch (PostgresException refused)
        {
            return [Check.Failed(Login, refused.MessageText, Remedy(refused.SqlState)), Check.Skipped(Schema, "no login"), Check.Skipped("clock", "the database does not tell its time")];
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or ArgumentException)
        {
            return [Check.Failed(Login, failure.Message, "check host, port, TLS and firewall of the database"), Check.Skipped(Schema, "no login"), Check.Skipped("clock", "the database does not tell its time")];
        }
    }

    private static string Remedy(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification => "check node.database.user and the password in the kit's database.password; ask the database's operator whether pg_hba.conf lets this machine in",
        PostgresErrorCodes.InvalidCatalogName => "check node.database.name, or make the database: docs/operations.md, 'Setting up'",
        PostgresErrorCodes.TooManyConnections => "raise max_connections at the server: each coordinator and aggregator needs about ten",
        _ => "check user, password and rights: docs/operations.md, 'The database'",
    };

    /// <summary>Tables of this program's version, and a role that can do no more than a node needs.</summary>
    private static Check Tables(string connection)
    {
        try
        {
            PostgresDatabase.Open(new PostgresOptions { Connection = connection, OutageMax = TimeSpan.Zero }).Dispose();
            return Check.Ok(Schema, "of this program's version, and the role has the rights of a node and no others");
        }
        catch (JournalFormatException format)
        {
            return Check.Failed(Schema, format.Message, "fed federation database brings the tables to this program's version; a newer one needs a newer program here");
        }
        catch (IOException unfit)
        {
            return Check.Failed(Schema, unfit.Message, "run fed federation database, which gives the nodes' role its rights, and see docs/operations.md, 'Setting up'");
        }
    }

    /// <summary>What the answers are worth.</summary>
    public static Check Judge(string synchronousCommit, int version)
    {
        if (version < VersionMin) return Check.Failed(Login, $"the server's version is {version / 10_000}", $"use PostgreSQL {VersionMin / 10_000} or newer");
        return synchronousCommit is "on" or "remote_apply"
            ? Check.Ok(Login, $"PostgreSQL {version / 10_000}, synchronous_commit {synchronousCommit}")
            : Check.Failed(Login, $"synchronous_commit is '{synchronousCommit}': a crash loses what was confirmed", "set it to on, or remote_apply");
    }
}
