using Fed.Learning.Data;
using Fed.Learning.Tests.Data.Support;

namespace Fed.Learning.Tests.Data;

/// <summary>Units, ranges, patterns, and the schema that a plan carries.</summary>
public sealed class SchemaTests
{
    private static readonly ColumnSpec Age = new("age", ColumnKind.Numeric) { Unit = "years", Min = 0, Max = 120 };

    [Theory]
    [InlineData("130", "t.csv, row 1, column 'age' holds '130', which is above the agreed maximum of 120 years; correct it, or set the column's out-of-range = missing.")]
    [InlineData("-1", "t.csv, row 1, column 'age' holds '-1', which is below the agreed minimum of 0 years; correct it, or set the column's out-of-range = missing.")]
    public void Value_out_of_range_is_named_by_file_row_and_column(string cell, string expected) =>
        Assert.Equal(expected, Tables.Refused(() => Tables.Csv($"age,y\n120,1\n{cell},0\n", Tables.Schema("y", Age))));

    [Theory]
    [InlineData(MissingPolicy.Mean, new[] { 0, double.NaN, 120 })]
    [InlineData(MissingPolicy.DropRow, new[] { 0, 120.0 })]
    public void Value_out_of_range_counts_as_empty_where_that_is_agreed(MissingPolicy missing, double[] expected) =>
        Assert.Equal(expected, Tables.Csv("age,y\n0,1\n121,0\n120,0\n", Tables.Schema("y", Age with { OutOfRange = OutOfRangePolicy.Missing, Missing = missing })).All.Values);

    [Fact]
    public void Range_holds_for_targets_too() =>
        Assert.Contains("row 0, column 'y' holds '7', which is above the agreed maximum of 5", Tables.Refused(() => Tables.Csv("a,y\n1,7\n", Tables.Schema("y", new ColumnSpec("y", ColumnKind.Numeric) { Max = 5 }))), StringComparison.Ordinal);

    [Fact]
    public void Header_may_state_the_agreed_unit() => Assert.Equal(["age", "b"], Tables.Csv("age [years],b,y\n1,2,0\n", Tables.Schema("y", Age)).Features);

    [Fact]
    public void Another_unit_is_refused_wherever_it_is_stated()
    {
        const string Expected = "t.csv, column 'age' is in months, but the agreed unit is years; convert the column.";
        Assert.Equal(Expected, Tables.Refused(() => Tables.Csv("age [months],y\n1,0\n", Tables.Schema("y", Age))));
        DataSchema site = Tables.Schema("y", Age) with { Units = ImmutableSortedDictionary<string, string>.Empty.Add("age", "months") };
        Assert.Equal(Expected, Tables.Refused(() => Tables.Csv("age,y\n1,0\n", site)));
        Assert.Contains("a unit is stated for column 'weight'", Tables.Refused(() => Tables.Csv("age,y\n1,0\n", site with { Units = site.Units.Clear().Add("weight", "kg") })), StringComparison.Ordinal);
    }

    [Fact]
    public void Unit_that_nobody_agreed_on_is_no_part_of_the_name() => Assert.Equal(["dose"], Tables.Csv("dose [mg],y\n1,0\n", Tables.Schema("y")).Features);

    [Fact]
    public void Column_that_is_declared_with_brackets_keeps_them() => Assert.Equal(["x [0]"], Tables.Csv("x [0],y\n1,0\n", Tables.Schema("y", new ColumnSpec("x [0]", ColumnKind.Numeric))).Features);

    [Fact]
    public void Pattern_stands_for_all_columns_that_begin_so()
    {
        DataSchema schema = Tables.Schema("y", new ColumnSpec("x*", ColumnKind.Integer) { Max = 255 }, new ColumnSpec("x1", ColumnKind.Ignore)) with { DefaultKind = null };
        Assert.Equal(["x0", "x2"], Tables.Csv("x0,x1,x2,y\n1,old,3,0\n", schema).Features);
        Assert.Contains("column 'x2' holds '256'", Tables.Refused(() => Tables.Csv("x0,x1,x2,y\n1,2,256,0\n", schema)), StringComparison.Ordinal);
        Assert.Equal("t.csv has no column 'z*'; its columns are x0, y.", Tables.Refused(() => Tables.Csv("x0,y\n1,0\n", Tables.Schema("y", new ColumnSpec("z*", ColumnKind.Numeric)))));
    }

    [Fact]
    public void Row_without_its_key_may_be_dropped()
    {
        DataTable table = Tables.Csv("site,a,y\nn,1,0\n,2,1\ns,3,1\n", Tables.Schema("y", new ColumnSpec("site", ColumnKind.Key, MissingPolicy.DropRow)));
        Assert.Equal([0, 2], table.Rows);
        Assert.Equal(["n", "s"], table.Keys["site"]);
        Assert.Equal(3, table.FileRows);
    }

    [Fact]
    public void Schema_depends_on_what_the_columns_mean_and_not_on_rows_or_splits()
    {
        string hash = Schema("age,y\n1,0\n", Age).Hash();
        Assert.Equal(hash, Schema("age [years],y\n7,1\n8,0\n", Age).Hash());
        Assert.NotEqual(hash, Schema("age,y\n1,0\n", Age with { Unit = "months" }).Hash());
        Assert.NotEqual(hash, Schema("age,y\n1,0\n", Age with { Max = 119 }).Hash());
    }

    [Fact]
    public void Neighbours_that_are_alike_stand_together()
    {
        FeatureSchema schema = Schema("x0,x1,x2,a,x3,y\n1,1,1,1,1,0\n", new ColumnSpec("x*", ColumnKind.Integer) { Min = 0 });
        Assert.Equal(["x0..x2", "x3"], schema.Columns.Select(static column => column.Name));
        Assert.Empty(Schema("a,b,y\n1,2,0\n").Columns);
    }

    private static FeatureSchema Schema(string csv, params ColumnSpec[] columns) => Tables.Csv(csv, Tables.Schema("y", columns)).Schema!;
}
