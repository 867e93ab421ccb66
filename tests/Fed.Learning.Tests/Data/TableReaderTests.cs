using System.Text;
using Fed.Learning.Data;

namespace Fed.Learning.Tests.Data;

public sealed class TableReaderTests
{
    private static readonly DataSchema Schema = new(
        [
            new ColumnSpec("age", ColumnKind.Numeric), new ColumnSpec("children", ColumnKind.Integer, MissingPolicy.Zero), new ColumnSpec("stage", ColumnKind.Category, MissingPolicy.Mean, ["I", "II", "III"]),
            new ColumnSpec("site", ColumnKind.Key), new ColumnSpec("note", ColumnKind.Ignore), new ColumnSpec("y", ColumnKind.Integer, MissingPolicy.DropRow),
        ],
        "y", new SplitRule.EveryNth(), DefaultKind: null, Classes: 2);

    private const string Header = "age,children,stage,site,note,y\n";

    [Fact]
    public void Columns_become_features_as_declared()
    {
        DataTable table = Read(Header + "1.5,2,I,a,x,0\n-2e1,,III,b,,1\n3,1,,a,,1\n4,0,II,a,,\n5,0,II,b,,0\n6,0,II,a,,1\n");
        Assert.Equal(["age", "children", "stage=II", "stage=III"], table.Features);
        Assert.Equal([1.5, 2, 0, 0, -20, 0, 0, 1, 3, 1, double.NaN, double.NaN, 5, 0, 1, 0, 6, 0, 1, 0], table.All.Values);
        Assert.Equal([0, 1, 1, 0, 1], table.All.Targets);
        Assert.Equal([0, 1, 2, 4, 5], table.Rows);
        Assert.Equal([RowRole.Train, RowRole.Train, RowRole.Train, RowRole.Test, RowRole.Train], table.Roles);
        Assert.Equal(["a", "b", "a", "b", "a"], table.Keys["site"]);
        Assert.Equal(6, table.FileRows);
    }

    [Theory]
    [InlineData("old,2,I,a,x,0", "t.csv, row 1, column 'age' holds 'old', which is not a number; correct it, or leave it empty with a missing-value policy.")]
    [InlineData("NaN,2,I,a,x,0", "t.csv, row 1, column 'age' holds 'NaN', which is not a finite number; correct it, or leave it empty with a missing-value policy.")]
    [InlineData("Infinity,2,I,a,x,0", "t.csv, row 1, column 'age' holds 'Infinity', which is not a finite number; correct it, or leave it empty with a missing-value policy.")]
    [InlineData("1e999,2,I,a,x,0", "t.csv, row 1, column 'age' holds '1e999', which is not a finite number; correct it, or leave it empty with a missing-value policy.")]
    [InlineData(",2,I,a,x,0", "t.csv, row 1, column 'age' is empty; fill it, or give the column a missing-value policy (mean, zero or drop-row).")]
    [InlineData("1,2.5,I,a,x,0", "t.csv, row 1, column 'children' holds '2.5', which is not a whole number.")]
    [InlineData("1,2,IV,a,x,0", "t.csv, row 1, column 'stage' holds 'IV', which is none of the agreed categories I, II, III.")]
    [InlineData("1,2,I,a,x,2", "t.csv, row 1, column 'y' holds '2', but the model has the classes 0 to 1; check the target column, or declare it as a category.")]
    public void Wrong_cell_is_named_by_file_row_and_column(string row, string expected) =>
        Assert.Equal(expected, Assert.Throws<DataException>(() => Read(Header + "1,1,I,a,,0\n" + row + "\n")).Message);

    [Theory]
    [InlineData("age,children,stage,site,note\n", "t.csv has no column 'y'; its columns are age, children, stage, site, note.")]
    [InlineData("age,children,stage,site,note,y,zip\n", "t.csv has a column 'zip' that is not declared; declare it, or set a default type.")]
    public void Header_that_does_not_suit_the_schema_is_named(string header, string expected) => Assert.Equal(expected, Assert.Throws<DataException>(() => Read(header)).Message);

    [Fact]
    public void Undeclared_columns_take_the_default_type()
    {
        DataTable table = Read("a,b,y\n1,2,0\n", new DataSchema([], "y", new SplitRule.EveryNth(), Classes: 2));
        Assert.Equal(["a", "b"], table.Features);
    }

    [Fact]
    public void Split_column_says_train_or_test_and_is_no_feature()
    {
        DataSchema schema = new([], "y", new SplitRule.ByColumn("set"), Classes: 2);
        DataTable table = Read("a,set,y\n1,train,0\n2,test,1\n", schema);
        Assert.Equal(["a"], table.Features);
        Assert.Equal([RowRole.Train, RowRole.Test], table.Roles);
        Assert.Equal("t.csv, row 0, column 'set' holds 'both'; a split column says 'train', 'validation' or 'test'.", Assert.Throws<DataException>(() => Read("a,set,y\n1,both,0\n", schema)).Message);
        Assert.Equal("t.csv has no split column 'set'; its columns are a, y.", Assert.Throws<DataException>(() => Read("a,y\n1,0\n", schema)).Message);
    }

    [Fact]
    public void Target_that_is_a_category_gets_its_index_and_no_feature()
    {
        DataSchema schema = new([new ColumnSpec("y", ColumnKind.Category, MissingPolicy.Error, ["benign", "malignant"])], "y", new SplitRule.EveryNth(), Classes: 2);
        DataTable table = Read("a,y\n1,malignant\n2,benign\n", schema);
        Assert.Equal([1, 0], table.All.Targets);
        Assert.Equal(["a"], table.Features);
    }

    [Fact]
    public void Schema_mistakes_are_named()
    {
        Assert.Equal("column 'a' needs at least two different categories in the order that all sites agree on.",
            Refused(new DataSchema([new ColumnSpec("a", ColumnKind.Category, MissingPolicy.Error, ["x", "x"])], "y", new SplitRule.EveryNth())));
        Assert.Equal("column 'a' is declared twice; declare it once.", Refused(new DataSchema([new ColumnSpec("a", ColumnKind.Numeric), new ColumnSpec("a", ColumnKind.Key)], "y", new SplitRule.EveryNth())));
        Assert.Equal("the target column 'y' is declared as Ignore; declare it as numeric, integer or category.",
            Refused(new DataSchema([new ColumnSpec("y", ColumnKind.Ignore)], "y", new SplitRule.EveryNth())));
        Assert.Equal("t.csv has no feature column beside the target 'y'; declare at least one as numeric, integer or category.",
            Refused(new DataSchema([new ColumnSpec("a", ColumnKind.Ignore)], "y", new SplitRule.EveryNth())));
        Assert.StartsWith("the split takes row i when i mod 5 is 5;", Refused(new DataSchema([], "y", new SplitRule.EveryNth(5, 5))), StringComparison.Ordinal);
    }

    private static string Refused(DataSchema schema) => Assert.Throws<DataException>(() => Read("a,y\n1,0\n", schema)).Message;

    private static DataTable Read(string text, DataSchema? schema = null)
    {
        using CsvReader csv = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.csv");
        return TableReader.Read(csv, schema ?? Schema);
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("0", 0)]
    public void Survival_reads_time_and_event_and_makes_no_feature_of_the_event(string cell, double expected)
    {
        DataTable table = Survival($"age,days,died\n60,12.5,{cell}\n");
        Assert.Equal("age", Assert.Single(table.Features));
        Assert.Equal(2, table.All.TargetColumns);
        Assert.Equal([12.5, expected], table.All.Targets);
    }

    [Fact]
    public void Event_may_be_a_category_of_two_censored_first() =>
        Assert.Equal([5, 1], Survival("age,days,died\n60,5,2\n", new ColumnSpec("died", ColumnKind.Category, MissingPolicy.Error, ["1", "2"])).All.Targets);

    [Theory]
    [InlineData("age,days,died\n60,5,2\n", "row 0, column 'died' holds '2', but an event is 1")]
    [InlineData("age,days,died\n60,5,\n", "row 0, column 'died' is empty")]
    [InlineData("age,days,died\n60,-5,1\n", "row 0, column 'days' holds '-5', but a survival time is at least 0")]
    [InlineData("age,days\n60,5\n", "no event column 'died'")]
    public void Wrong_times_and_events_are_told(string csv, string expected) =>
        Assert.Contains(expected, Assert.Throws<DataException>(() => Survival(csv)).Message, StringComparison.Ordinal);

    private static DataTable Survival(string csv, params ColumnSpec[] columns)
    {
        using CsvReader reader = new(new MemoryStream(Encoding.UTF8.GetBytes(csv)), "t.csv");
        return TableReader.Read(reader, new DataSchema([.. columns], "days", new SplitRule.EveryNth(), Event: "died"));
    }
}
