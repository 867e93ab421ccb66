namespace Fed.Cluster.Journals.PostgreSql;

/// <summary>Where the database of a federation is, and how long an outage of it is waited for.</summary>
public sealed record PostgresOptions
{
    /// <summary>
    /// For the node's work: <c>Host=...;Database=...;Username=...;Password=...</c>, several hosts with commas between them, of which the one that takes writes is used. Its role reads the tables of the schema
    /// <c>fed</c> and calls its functions, and may do nothing else.
    /// </summary>
    public required string Connection { get; init; }

    /// <summary>
    /// For migrations: a role that owns the schema <c>fed</c>, or may create it. Used at the opening only. Null where somebody else migrates: then the schema must be there, in this program's version.
    /// </summary>
    public string? OwnerConnection { get; init; }

    /// <summary>How long a request is repeated while the server cannot be reached, or takes no writes. Behind it the request fails, and with it the leader that made it.</summary>
    public TimeSpan OutageMax { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one try to connect may take.</summary>
    public TimeSpan ConnectMax { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long one statement may take, and wait for a lock.</summary>
    public TimeSpan StatementMax { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long this program may be silent inside a transaction: the longest that one which was stopped or cut off keeps the locks that the next leader waits for. What was slow is done again.</summary>
    public TimeSpan SilenceMax { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The type's name only: connection strings hold passwords.</summary>
    public override string ToString() => nameof(PostgresOptions);
}
