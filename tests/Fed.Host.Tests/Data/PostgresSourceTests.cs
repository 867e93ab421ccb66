using System.Collections.Immutable;
using Fed.Host.Data;
using Fed.Host.Tests.Configuration;
using Fed.Learning.Data;
using Npgsql;
using Xunit;
using TestServer = Fed.TestKit.Servers.PostgresServer;

namespace Fed.Host.Tests.Data;

/// <summary>A query of a real PostgreSQL server as a source.</summary>
public sealed class PostgresSourceTests(PostgresSourceTests.Ward ward) : IClassFixture<PostgresSourceTests.Ward>, IDisposable
{
    private const string Query = "select ward, age, smokes, admitted, died from patients where ward <> @ward order by id";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Query_with_parameters_gives_typed_rows()
    {
        DataTable table = Read(ConnectionFile(ward.ConnectionString()), Query, ("ward", "closed"));
        Assert.Equal(["age", "smokes"], table.Features);
        Assert.Equal([60.25, 1, 71, 0, double.NaN, 1], table.All.Values);
        Assert.Equal([0, 1, 1], table.All.Targets);
        Assert.Equal(["n", "s", "n"], table.Keys["ward"]);
    }

    [Fact]
    public void Environment_variable_may_hold_the_connection()
    {
        const string Variable = "FED_TEST_WARD_DATABASE";
        Environment.SetEnvironmentVariable(Variable, ward.ConnectionString());
        Assert.Equal(3, Read(new PostgresServer(null, Variable), Query, ("ward", "closed")).All.Rows);
        Environment.SetEnvironmentVariable(Variable, null);
        Assert.Contains($"the environment variable {Variable} is not set", Refused(new PostgresServer(null, Variable), Query, ("ward", "")), StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_password_is_told_without_showing_any()
    {
        string message = Refused(ConnectionFile(ward.ConnectionString(password: "hunter2")), Query, ("ward", ""));
        Assert.Contains("does not let fed into database postgres: password authentication failed for user \"fed\"", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Server_that_is_not_there_or_a_database_that_is_not_there_is_named()
    {
        Assert.Contains("does not let fed into database postgres", Refused(ConnectionFile(ward.ConnectionString(port: 1)), Query, ("ward", "")), StringComparison.Ordinal);
        Assert.Contains("database \"nowhere\" does not exist", Refused(ConnectionFile(ward.ConnectionString(database: "nowhere")), Query, ("ward", "")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select ward from nothing order by 1", "relation \"nothing\" does not exist")]
    [InlineData("select ward from patients where age > @least order by id", "failed")]
    [InlineData("select * frm patients order by id", "syntax error")]
    [InlineData("delete from patients where ward = @ward returning ward, age as died", "read-only transaction")]
    [InlineData("select pg_sleep(0) as died; drop table patients; select 1 order by 1", "read-only transaction")]
    public void Query_that_fails_or_writes_is_refused(string query, string expected)
    {
        Assert.Contains(expected, Refused(ConnectionFile(ward.ConnectionString()), query, ("ward", "n")), StringComparison.Ordinal);
        Assert.Equal(3, Read(ConnectionFile(ward.ConnectionString()), Query, ("ward", "closed")).All.Rows);
    }

    [Fact]
    public void File_that_is_missing_or_holds_no_connection_is_named_and_not_shown()
    {
        Assert.Contains("nowhere.txt cannot be read", Refused(new PostgresServer(Path.Combine(_folder.Path, "nowhere.txt"), null), Query), StringComparison.Ordinal);
        string message = Refused(ConnectionFile("Host=x;Pasword=hunter2"), Query);
        Assert.Contains("is no connection string; write Host=", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
    }

    private PostgresServer ConnectionFile(string connection) => new(_folder.Write($"{Guid.NewGuid():n}.txt", connection + "\n"), null);

    private static string Refused(PostgresServer server, string query, params (string Name, object Value)[] parameters) => Assert.Throws<DataException>(() => Read(server, query, parameters)).Message;

    private static DataTable Read(PostgresServer server, string query, params (string Name, object Value)[] parameters) => TableReader.Read(
        new SqlSource(server, query, parameters.ToImmutableSortedDictionary(static p => p.Name, static p => p.Value, StringComparer.Ordinal)),
        new DataSchema([new ColumnSpec("ward", ColumnKind.Key), new ColumnSpec("admitted", ColumnKind.Ignore), new ColumnSpec("age", ColumnKind.Numeric, MissingPolicy.Mean)], "died", new SplitRule.EveryNth(), Classes: 2));

    /// <summary>A server with a table of four patients.</summary>
    public sealed class Ward : IDisposable
    {
        private readonly TestServer? _server = TestServer.IsInstalled ? new TestServer() : null;

        public Ward()
        {
            if (_server is null) return;
            using NpgsqlConnection connection = new(_server.ConnectionString + ";Pooling=false");
            connection.Open();
            using NpgsqlCommand command = connection.CreateCommand();
            command.CommandText = "create table patients (id int primary key, ward text, age numeric(6, 3), smokes boolean, admitted timestamptz, died smallint);"
                + "insert into patients values (3, 'n', null, true, now(), 1), (1, 'n', 60.25, true, now(), 0), (2, 's', 71, false, null, 1), (4, 'closed', 50, true, now(), 1)";
            command.ExecuteNonQuery();
        }

        public void Dispose() => _server?.Dispose();

        internal string ConnectionString(string? password = null, int? port = null, string? database = null)
        {
            if (_server is null) Assert.Skip("PostgreSQL is not installed (apt-get install postgresql)");
            return new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Password = password ?? TestServer.Password, Port = port ?? _server.Port, Database = database ?? "postgres" }.ConnectionString;
        }
    }
}
