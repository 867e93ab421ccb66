using System.Collections.Immutable;
using Fed.Host.Data;
using Fed.Host.Tests.Configuration;
using Fed.Learning.Data;
using Microsoft.Data.Sqlite;
using Xunit;

namespace Fed.Host.Tests.Data;

/// <summary>A query of a SQLite file as a source.</summary>
public sealed class SqlSourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _file;

    public SqlSourceTests()
    {
        _file = Path.Combine(_folder.Path, "ward.db");
        SQLitePCL.Batteries_V2.Init();
        using SqliteConnection connection = new($"Data Source={_file};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "create table patients (id integer primary key, ward text, age real, kind text, died integer, photo blob);"
            + "insert into patients values (3, 'n', null, 'b', 1, x'00'), (1, 'n', 60.5, 'a', 0, x'00'), (2, 's', 71, 'b', 1, x'00'), (4, 's', 1e-3, 'a', 0, x'00')";
        command.ExecuteNonQuery();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Columns_of_the_query_are_columns_of_the_table()
    {
        DataTable table = Read("select ward, age, kind, died from patients order by id");
        Assert.Equal(["age", "kind=b"], table.Features);
        Assert.Equal([60.5, 0, 71, 1, double.NaN, 1, 1e-3, 0], table.All.Values);
        Assert.Equal([0, 1, 1, 0], table.All.Targets);
        Assert.Equal(["n", "s", "n", "s"], table.Keys["ward"]);
    }

    [Fact]
    public void Values_are_parameters_and_never_text_of_the_query()
    {
        DataTable table = Read("select ward, age, kind, died from patients where ward = @ward and age > @least order by id", ("ward", "s"), ("least", 1L));
        Assert.Equal([71, 1], table.All.Values);
        Assert.Equal(0, Read("select ward, age, kind, died from patients where ward = @ward order by id", ("ward", "s' or 1=1 --")).All.Rows);
    }

    [Theory]
    [InlineData("select nowhere from patients order by id", "no such column: nowhere")]
    [InlineData("select from order by", "syntax error")]
    [InlineData("select ward, age, kind, died from patients where age > @least order by id", "; simulation.data.parameters gives none")]
    [InlineData("select age, age, died from patients order by id", "gives the column name 'age' 2 times")]
    [InlineData("select ward, age, kind, photo as died from patients order by id", "column 'died' is of type Byte[]")]
    [InlineData("delete from patients where id in (select id from patients order by id)", "readonly database")]
    public void Query_that_fails_is_told_with_its_reason(string query, string expected)
    {
        Assert.Contains(expected, Assert.Throws<DataException>(() => Read(query)).Message, StringComparison.Ordinal);
        Assert.Equal(4, Read("select ward, age, kind, died from patients order by id").All.Rows);
    }

    [Fact]
    public void File_that_is_missing_or_no_database_is_named()
    {
        Assert.Contains("nowhere.db does not exist", Assert.Throws<DataException>(() => Read("select 1 order by 1", Path.Combine(_folder.Path, "nowhere.db"))).Message, StringComparison.Ordinal);
        Assert.Contains("not a database", Assert.Throws<DataException>(() => Read("select 1 order by 1", _folder.Write("text.db", "This is no database, but a text of some length."))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Connection_string_without_a_host_is_refused()
    {
        PostgresServer server = new(_folder.Write("connection", "Username=fed;Password=hunter2"), null);
        string message = Assert.Throws<DataException>(() => server.Open()).Message;
        Assert.EndsWith("names no host; write Host=...;Database=...;Username=...;Password=...", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("select a from b order by a", true)]
    [InlineData("SELECT a FROM b\nORDER  BY a", true)]
    [InlineData("select a from border by", false)]
    [InlineData("select a from b", false)]
    public void Order_is_seen(string query, bool expected) => Assert.Equal(expected, SqlSource.IsOrdered(query));

    private DataTable Read(string query, params (string Name, object Value)[] parameters) =>
        TableReader.Read(new SqlSource(new SqliteFile(_file), query, parameters.ToImmutableSortedDictionary(static p => p.Name, static p => p.Value, StringComparer.Ordinal)), Schema);

    private static DataTable Read(string query, string file) => TableReader.Read(new SqlSource(new SqliteFile(file), query, ImmutableSortedDictionary<string, object>.Empty), Schema);

    private static readonly DataSchema Schema = new(
        [new ColumnSpec("ward", ColumnKind.Key), new ColumnSpec("age", ColumnKind.Numeric, MissingPolicy.Mean), new ColumnSpec("kind", ColumnKind.Category, MissingPolicy.Error, ["a", "b"])],
        "died", new SplitRule.EveryNth(), Classes: 2);
}
