using System.Collections.Immutable;
using System.Globalization;
using Npgsql;

namespace Fed.Host.Doctor;

/// <summary>The federation's database, as a coordinator or aggregator uses it.</summary>
internal static class DatabaseChecks
{
    private const string Question = "SELECT now(), current_setting('synchronous_commit'), to_regclass('fed.events') IS NOT NULL, current_setting('server_version_num')";
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
                        return [Judge(row.GetString(1), row.GetBoolean(2), int.Parse(row.GetString(3), CultureInfo.InvariantCulture)), MachineChecks.Clock(clock.GetUtcNow(), new DateTimeOffset(row.GetDateTime(0).ToUniversalTime()))];
                    }
                }
            }
        }
        catch (PostgresException refused)
        {
            return [Check.Failed("database", refused.MessageText, "check user, password and rights: docs/operations.md, 'The database'"), Check.Skipped("clock", "the database does not tell its time")];
        }
        catch (Exception failure) when (failure is NpgsqlException or TimeoutException or ArgumentException)
        {
            return [Check.Failed("database", failure.Message, "check host, port, TLS and firewall of the database"), Check.Skipped("clock", "the database does not tell its time")];
        }
    }

    /// <summary>What the answers are worth.</summary>
    public static Check Judge(string synchronousCommit, bool hasSchema, int version)
    {
        if (version < VersionMin) return Check.Failed("database", $"the server's version is {version / 10_000}", $"use PostgreSQL {VersionMin / 10_000} or newer");
        if (synchronousCommit is not ("on" or "remote_apply")) return Check.Failed("database", $"synchronous_commit is '{synchronousCommit}': a crash loses what was confirmed", "set it to on, or remote_apply");
        return hasSchema
            ? Check.Ok("database", $"PostgreSQL {version / 10_000}, synchronous_commit {synchronousCommit}, the schema is there")
            : Check.Warning("database", "the schema 'fed' is not there, or not for this role", "start one coordinator with the owner's connection, which makes the tables and grants the rights");
    }
}
