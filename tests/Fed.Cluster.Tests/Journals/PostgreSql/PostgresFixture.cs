using Fed.Cluster.Journals.PostgreSql;
using Fed.TestKit.Servers;
using Npgsql;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>One server for all tests of the folder, which run one after another: a database with an owner and a node's role, set up as docs/operations.md says.</summary>
public sealed class PostgresFixture : IDisposable
{
    public const string Owner = "fed_owner", Node = "fed_node", Database = "federation", Password = "secret of a test";

    private readonly PostgresServer? _server = PostgresServer.IsInstalled ? new PostgresServer() : null;

    public PostgresFixture()
    {
        if (_server is null) return;
        Execute($"CREATE ROLE {Owner} LOGIN PASSWORD '{Password}'; CREATE ROLE {Node} LOGIN PASSWORD '{Password}'", "postgres");
        Create(Database);
        PostgresDatabase.Open(Options()).Dispose();
    }

    internal PostgresServer Server
    {
        get
        {
            if (_server is null) Assert.Skip("PostgreSQL is not installed (apt-get install postgresql)");
            return _server;
        }
    }

    internal PostgresOptions Options(TcpProxy? proxy = null, string database = Database, TimeSpan? outageMax = null) => new()
    {
        Connection = Connection(Node, proxy, database),
        OwnerConnection = Connection(Owner, database: database),
        OutageMax = outageMax ?? TimeSpan.FromMinutes(1),
    };

    internal string Connection(string user, TcpProxy? proxy = null, string database = Database, string password = Password) =>
        new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = proxy?.Port ?? Server.Port, Database = database, Username = user, Password = password, SslMode = SslMode.Disable }.ConnectionString;

    /// <summary>Opens the database with no events, leases or blobs in it.</summary>
    internal PostgresDatabase OpenEmpty(TcpProxy? proxy = null, TimeSpan? outageMax = null)
    {
        Execute("TRUNCATE fed.logs, fed.events, fed.snapshots, fed.leases, fed.uploads, fed.pieces, fed.blobs, fed.blob_keys, fed.blob_key_wraps");
        return Open(proxy, outageMax);
    }

    /// <summary>Opens the database as it is.</summary>
    internal PostgresDatabase Open(TcpProxy? proxy = null, TimeSpan? outageMax = null) => PostgresDatabase.Open(Options(proxy, outageMax: outageMax) with { OwnerConnection = null });

    /// <summary>Makes a database of the owner's, in place of one of the same name.</summary>
    internal void Create(string database, string options = "")
    {
        Execute($"DROP DATABASE IF EXISTS {database}", "postgres");
        Execute($"CREATE DATABASE {database} OWNER {Owner} TEMPLATE template0 {options}", "postgres");
    }

    /// <summary>Runs SQL as the superuser.</summary>
    internal void Execute(string sql, string database = Database) => Query(sql, database);

    /// <summary>The first value that a query of the superuser's gives.</summary>
    internal object? Query(string sql, string database = Database)
    {
        using NpgsqlConnection connection = new($"{Server.ConnectionString};Database={database};Pooling=false");
        connection.Open();
        using NpgsqlCommand command = new(sql, connection);
        return command.ExecuteScalar();
    }

    public void Dispose() => _server?.Dispose();
}

[CollectionDefinition(Name)]
public sealed class PostgresTests : ICollectionFixture<PostgresFixture>
{
    public const string Name = "PostgreSQL";
}
