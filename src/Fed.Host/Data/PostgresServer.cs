using System.Data.Common;
using System.Net.Sockets;
using Fed.Learning.Data;
using Npgsql;

namespace Fed.Host.Data;

/// <summary>A PostgreSQL server. Its connection string lies in a file or an environment variable, so that no password stands in a configuration.</summary>
/// <param name="File">The file with the connection string, or null.</param>
/// <param name="Variable">The environment variable with it, or null.</param>
internal sealed record PostgresServer(string? File, string? Variable) : IQueryDatabase
{
    private const string ReadOnlyOption = "-c default_transaction_read_only=on";

    /// <inheritdoc/>
    public string Name => $"PostgreSQL ({(File is null ? $"connection from ${Variable}" : $"connection from {File}")})";

    /// <inheritdoc/>
    public DbConnection Open()
    {
        NpgsqlConnectionStringBuilder settings;
        try
        {
            settings = new NpgsqlConnectionStringBuilder(Read());
        }
        catch (ArgumentException)   // its message may show a part of the string
        {
            throw new DataException($"{Name} is no connection string; write Host=...;Database=...;Username=...;Password=...");
        }
        if (string.IsNullOrEmpty(settings.Host)) throw new DataException($"{Name} names no host; write Host=...;Database=...;Username=...;Password=...");
        settings.Pooling = false;
        settings.Options = string.IsNullOrEmpty(settings.Options) ? ReadOnlyOption : $"{settings.Options} {ReadOnlyOption}";
        NpgsqlConnection connection = new(settings.ConnectionString);
        try
        {
            connection.Open();
            return connection;
        }
        catch (Exception e) when (e is NpgsqlException or SocketException or TimeoutException or ArgumentException)
        {
            connection.Dispose();
            string reason = e is PostgresException refused ? refused.MessageText : e.Message;
            throw new DataException($"{Name}: {settings.Host}:{settings.Port} does not let {settings.Username ?? "nobody"} into database {settings.Database ?? "(none)"}: {reason.TrimEnd('.')}.", e);
        }
    }

    /// <inheritdoc/>
    public void Restrict(DbConnection connection, DbTransaction transaction)
    {
        using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY";
        command.ExecuteNonQuery();
    }

    private string Read()
    {
        if (Variable is not null)
            return Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : throw new DataException($"the environment variable {Variable} is not set; put the connection string of the database into it.");
        try
        {
            return System.IO.File.ReadAllText(File!).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"the connection file {File} cannot be read: {e.Message}", e);
        }
    }
}
