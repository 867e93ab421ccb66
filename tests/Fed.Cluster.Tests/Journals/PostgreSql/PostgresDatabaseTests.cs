using Fed.Actors.Persistence;
using Fed.Cluster.Journals.PostgreSql;
using Npgsql;
using Xunit;

namespace Fed.Cluster.Tests.Journals.PostgreSql;

/// <summary>What is asked of a server, a role and a schema before anything is written.</summary>
[Collection(PostgresTests.Name)]
public sealed class PostgresDatabaseTests(PostgresFixture server)
{
    private const string Scratch = "scratch";

    private static readonly int Newest = PostgresMigrations.All[^1].Version;
    private static readonly PostgresMigration Next = new(Newest + 1, "CREATE TABLE fed.next(x integer); INSERT INTO fed.next VALUES(7)");

    [Theory]
    [InlineData("synchronous_commit", "off")]
    [InlineData("synchronous_commit", "local")]
    [InlineData("synchronous_commit", "remote_write")]
    public void Commit_that_may_be_forgotten_is_refused_by_its_setting(string setting, string value)
    {
        server.Execute($"ALTER ROLE {PostgresFixture.Node} SET {setting} = {value}");
        try
        {
            string message = Assert.Throws<IOException>(() => server.Open()).Message;
            Assert.Contains($"{setting} = {value}", message, StringComparison.Ordinal);
            Assert.Contains("set it to on", message, StringComparison.Ordinal);
        }
        finally
        {
            server.Execute($"ALTER ROLE {PostgresFixture.Node} RESET {setting}");
        }
    }

    [Fact]
    public async Task Setting_that_changes_later_is_seen_by_the_next_connection()
    {
        using PostgresDatabase database = server.OpenEmpty();
        using PostgresJournal journal = new(database);
        server.Execute($"ALTER ROLE {PostgresFixture.Node} SET synchronous_commit = off");
        try
        {
            server.Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{PostgresFixture.Node}'");
            AppendOutcome outcome = await PostgresRequests.AppendAsync(journal, PostgresRequests.Request("a", after: 0, epoch: 0));
            Assert.Equal(AppendStatus.Failed, outcome.Status);
            Assert.Contains("synchronous_commit = off", outcome.Reason, StringComparison.Ordinal);
        }
        finally
        {
            server.Execute($"ALTER ROLE {PostgresFixture.Node} RESET synchronous_commit");
        }
    }

    [Fact]
    public void Database_of_another_encoding_is_refused()
    {
        server.Create(Scratch, "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
        Assert.Contains("ENCODING 'UTF8'", Assert.Throws<IOException>(() => PostgresDatabase.Open(server.Options(database: Scratch))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(PostgresFixture.Owner)]
    [InlineData("somebody")]
    public void Role_that_could_change_history_is_refused(string role)
    {
        if (role != PostgresFixture.Owner)
            server.Execute($"DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN PASSWORD '{PostgresFixture.Password}' IN ROLE {PostgresFixture.Owner}");
        string message = Assert.Throws<IOException>(() => PostgresDatabase.Open(new PostgresOptions { Connection = server.Connection(role) })).Message;
        Assert.Contains($"the role '{role}' may change the journal", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("UPDATE fed.events SET payload = ''")]
    [InlineData("DELETE FROM fed.events")]
    [InlineData("TRUNCATE fed.events")]
    [InlineData("INSERT INTO fed.events VALUES('a', 1, 0, 0, 't', 1, '', '')")]
    [InlineData("UPDATE fed.logs SET epoch = 0")]
    [InlineData("UPDATE fed.leases SET holder = 'me'")]
    [InlineData("DELETE FROM fed.snapshots")]
    [InlineData("DELETE FROM fed.blobs")]
    [InlineData("UPDATE fed.pieces SET bytes = ''")]
    [InlineData("DELETE FROM fed.schema_versions")]
    [InlineData("DROP FUNCTION fed.delete_blob")]
    [InlineData("CREATE TABLE fed.mine()")]
    public void Node_s_role_changes_nothing_but_through_the_functions(string sql)
    {
        using NpgsqlConnection connection = new(server.Connection(PostgresFixture.Node) + ";Pooling=false");
        connection.Open();
        using NpgsqlCommand command = new(sql, connection);
        Assert.Equal("42501", Assert.Throws<PostgresException>(() => command.ExecuteNonQuery()).SqlState);   // insufficient privilege, or not the owner
    }

    [Fact]
    public void Other_roles_may_not_even_look()
    {
        server.Execute($"DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN PASSWORD '{PostgresFixture.Password}'");
        using NpgsqlConnection connection = new(server.Connection("stranger") + ";Pooling=false");
        connection.Open();
        foreach (string sql in (string[])["SELECT * FROM fed.events", "SELECT * FROM fed.acquire_lease('coordinator', 'me', '1 s')"])
        {
            using NpgsqlCommand command = new(sql, connection);
            Assert.Equal("42501", Assert.Throws<PostgresException>(() => command.ExecuteNonQuery()).SqlState);
        }
    }

    [Fact]
    public void Schema_is_made_once_however_many_start_together()
    {
        server.Create(Scratch);
        Parallel.For(0, 6, _ => PostgresDatabase.Open(server.Options(database: Scratch)).Dispose());
        Assert.Equal((long)Newest, server.Query("SELECT count(*) FROM fed.schema_versions", Scratch));
    }

    [Fact]
    public void Missing_schema_is_told_to_a_node_that_may_not_make_it()
    {
        server.Create(Scratch);
        string message = Assert.Throws<JournalFormatException>(() => PostgresDatabase.Open(server.Options(database: Scratch) with { OwnerConnection = null })).Message;
        Assert.Contains("has no journal yet", message, StringComparison.Ordinal);
        Assert.Contains("connection of its owner", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Later_step_is_applied_to_what_is_there_and_its_objects_are_the_node_s_to_read()
    {
        Migrate(PostgresMigrations.All);
        Assert.Equal(Newest, Migrate([.. PostgresMigrations.All, Next], isFresh: false));
        using NpgsqlConnection connection = new(server.Connection(PostgresFixture.Node, database: Scratch) + ";Pooling=false");
        connection.Open();
        using NpgsqlCommand command = new("SELECT x FROM fed.next", connection);
        Assert.Equal(7, command.ExecuteScalar());
    }

    [Fact]
    public void Step_that_fails_leaves_nothing_behind()
    {
        Migrate(PostgresMigrations.All);
        PostgresMigration later = new(Newest + 2, "CREATE TABLE fed.later(); SELECT 1 / 0");
        Assert.Throws<PostgresException>(() => Migrate([.. PostgresMigrations.All, Next, later], isFresh: false));
        Assert.Equal($"{Newest} 0", server.Query("SELECT (SELECT max(version) FROM fed.schema_versions) || ' ' || (SELECT count(*) FROM pg_class WHERE relname IN ('next', 'later'))", Scratch));
    }

    [Fact]
    public void Newer_schema_is_refused_and_left_alone()
    {
        Migrate([.. PostgresMigrations.All, Next]);
        foreach (PostgresOptions options in (PostgresOptions[])[server.Options(database: Scratch), server.Options(database: Scratch) with { OwnerConnection = null }])
        {
            string message = Assert.Throws<JournalFormatException>(() => PostgresDatabase.Open(options)).Message;
            Assert.Contains($"schema {Newest + 1}, and this program knows only up to {Newest}", message, StringComparison.Ordinal);
        }
        Assert.Equal(Newest + 1L, server.Query("SELECT count(*) FROM fed.schema_versions", Scratch));
    }

    [Fact]
    public void Wrong_password_and_missing_database_are_told_at_once_without_showing_any_password()
    {
        string wrong = Assert.Throws<IOException>(() => PostgresDatabase.Open(new PostgresOptions { Connection = server.Connection(PostgresFixture.Node, password: "hunter2") })).Message;
        Assert.Contains("password authentication failed", wrong, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", wrong, StringComparison.Ordinal);
        Assert.Contains("\"nowhere\" does not exist", Assert.Throws<IOException>(() => PostgresDatabase.Open(new PostgresOptions { Connection = server.Connection(PostgresFixture.Node, database: "nowhere") })).Message, StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresFixture.Password, server.Options().ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Password=hunter2;Nonsense=1")]
    [InlineData("Host=a;Password=hunter2")]
    public void What_is_no_connection_string_is_refused_without_being_shown(string connection)
    {
        string message = Assert.Throws<ArgumentException>(() => PostgresDatabase.Open(new PostgresOptions { Connection = connection })).Message;
        Assert.Contains("write Host=", message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", message, StringComparison.Ordinal);
    }

    private int Migrate(IEnumerable<PostgresMigration> steps, bool isFresh = true)
    {
        if (isFresh) server.Create(Scratch);
        using NpgsqlConnection connection = new(server.Connection(PostgresFixture.Owner, database: Scratch) + ";Pooling=false");
        connection.Open();
        return PostgresMigrations.Apply(connection, [.. steps], PostgresFixture.Node, Scratch);
    }
}
