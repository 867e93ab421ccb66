using Fed.Learning.Data;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Data;

public sealed class PartitionerTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("iid", "82 95 91 89 99")]
    [InlineData("dirichlet_0.5", "251 6 158 41")]
    [InlineData("dirichlet_1", "135 6 45 47 223")]
    public void Partition_file_gives_the_sites_of_its_column(string column, string expectedTrainingRows)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer(column);
        Assert.Equal(expectedTrainingRows, string.Join(' ', sites.Select(static s => s.Train.Rows)));
        Assert.Equal(113, sites.Sum(static s => s.Test.Rows));
        Assert.Equal(sites.Select(static s => s.Site).Order(StringComparer.Ordinal), sites.Select(static s => s.Site));
    }

    [Fact]
    public void Key_column_gives_one_site_per_value_in_the_order_of_its_numbers()
    {
        ImmutableArray<SiteData> sites = Samples.Contraception();
        Assert.Equal(60, sites.Length);
        Assert.Equal(("district-01", "district-02", "district-61"), (sites[0].Site, sites[1].Site, sites[^1].Site));
        Assert.Equal((1548, 386), (sites.Sum(static s => s.Train.Rows), sites.Sum(static s => s.Test.Rows)));
        Assert.Equal(["livch=1", "livch=2", "livch=3+", "age", "urban"], sites[0].Features);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_divisions_deal_out_every_row_once_and_depend_on_the_seed_only(long seed)
    {
        DataTable table = Table(1000, 3);
        foreach (PartitionSource source in new PartitionSource[] { new PartitionSource.Iid(7, seed), new PartitionSource.Dirichlet(7, 0.3, seed) })
        {
            ImmutableArray<SiteData> sites = Partitioner.Divide(table, source, 3), again = Partitioner.Divide(table, source, 3);
            Assert.Equal(7, sites.Length);
            Assert.Equal(Enumerable.Range(0, 1000).Select(static r => (double)r), sites.SelectMany(static s => s.Train.Values.Concat(s.Test.Values)).Order());
            Assert.Equal(sites.Select(static s => s.Train.Values), again.Select(static s => s.Train.Values));
        }
    }

    [Fact]
    public void Iid_division_is_even() =>
        Assert.All(Partitioner.Divide(Table(1000, 2), new PartitionSource.Iid(8, 3)), static site => Assert.Equal(125, site.Train.Rows + site.Test.Rows));

    [Fact]
    public void Small_alpha_makes_sites_differ_and_a_large_one_makes_them_alike()
    {
        Assert.True(ClassSpread(0.1) > 0.25, $"{ClassSpread(0.1)}");
        Assert.True(ClassSpread(1000) < 0.05, $"{ClassSpread(1000)}");
    }

    // Mean distance of the sites' shares of class 1 from one half.
    private static double ClassSpread(double alpha) =>
        Partitioner.Divide(Table(4000, 2), new PartitionSource.Dirichlet(8, alpha, 11), 2).Where(static s => s.Train.Rows > 0).Average(static s => Math.Abs(s.Train.Targets.Average() - 0.5));

    [Fact]
    public void Regression_targets_are_divided_by_rank()
    {
        DataTable table = Table(500, 0);
        Assert.Equal(500, Partitioner.Divide(table, new PartitionSource.Dirichlet(4, 0.5, 1)).Sum(static s => s.Train.Rows + s.Test.Rows));
    }

    [Fact]
    public void Names_replace_the_values_in_their_order()
    {
        ImmutableArray<SiteData> sites = Partitioner.Divide(Table(30, 2), new PartitionSource.Iid(3, 1), 2, ["north", "east", "south"]);
        Assert.Equal(["east", "north", "south"], sites.Select(static s => s.Site));
        Assert.StartsWith("2 site names are given, but the partition has 3 sites (0, 1, 2);",
            Assert.Throws<DataException>(static () => Partitioner.Divide(Table(30, 2), new PartitionSource.Iid(3, 1), 2, ["a", "b"])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("row,p\n0,1\n", "p", "has 1 rows, but t.csv has 3; a partition file has one line per row of the data.")]
    [InlineData("row,p\n0,1\n2,1\n1,1\n", "p", "row 1, column 'row' holds '2'; the lines must follow the data's rows, counted from 0.")]
    [InlineData("p\n1\n\"\"\n1\n", "p", "row 1, column 'p' is empty, but it says which site the row belongs to.")]
    [InlineData("p\n1\n1\n1\n", "q", "has no column 'q'; its columns are p.")]
    public void Partition_file_that_does_not_suit_the_data_is_refused(string text, string column, string expected)
    {
        File.WriteAllText(_file, text);
        Assert.EndsWith(expected, Assert.Throws<DataException>(() => Partitioner.Divide(Table(3, 2), new PartitionSource.FromFile(_file, column))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_divide_nothing_are_refused()
    {
        Assert.Equal("the partition column 'k' is no key column of t.csv; declare it with type = key.",
            Assert.Throws<DataException>(static () => Partitioner.Divide(Table(3, 2), new PartitionSource.FromColumn("k"))).Message);
        Assert.StartsWith("a federation of 1 sites", Assert.Throws<DataException>(static () => Partitioner.Divide(Table(3, 2), new PartitionSource.Iid(1, 1))).Message, StringComparison.Ordinal);
        Assert.Contains("alpha", Assert.Throws<DataException>(static () => Partitioner.Divide(Table(3, 2), new PartitionSource.Dirichlet(2, 0, 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Partition_of_training_rows_deals_test_rows_out_in_turn()
    {
        File.WriteAllText(_file, "p\nb\na\nb\n");
        DataTable table = Table(6, 2) with { Roles = [RowRole.Train, RowRole.Validation, RowRole.Train, RowRole.Test, RowRole.Test, RowRole.Test] };
        ImmutableArray<SiteData> sites = Partitioner.Divide(table, new PartitionSource.FromFile(_file, "p"));
        Assert.Equal([1], sites[0].Validation.Values);
        Assert.Equal([3, 5], sites[0].Test.Values);
        Assert.Equal([0, 2], sites[1].Train.Values);
        Assert.Equal([4], sites[1].Test.Values);
    }

    [Fact]
    public void Quantity_skew_makes_sizes_differ_and_classes_alike()
    {
        ImmutableArray<SiteData> sites = Partitioner.Divide(Table(5000, 2), new PartitionSource.Quantity(8, 0.5, 4), 2), even = Partitioner.Divide(Table(5000, 2), new PartitionSource.Quantity(8, 1000, 4), 2);
        Assert.Equal(5000, sites.Sum(static s => s.Train.Rows + s.Test.Rows));
        Assert.True(sites.Max(static s => s.Train.Rows) > 5 * sites.Min(static s => s.Train.Rows));
        Assert.True(even.Max(static s => s.Train.Rows) < 1.3 * even.Min(static s => s.Train.Rows));
        Assert.All(sites.Where(static s => s.Train.Rows > 200), static s => Assert.InRange(s.Train.Targets.Average(), 0.35, 0.65));
        Assert.Contains("alpha", Assert.Throws<DataException>(static () => Partitioner.Divide(Table(3, 2), new PartitionSource.Quantity(2, 0, 1))).Message, StringComparison.Ordinal);
    }

    private static DataTable Table(int rows, int classes)
    {
        double[] values = [.. Enumerable.Range(0, rows).Select(static r => (double)r)], targets = [.. Enumerable.Range(0, rows).Select(r => classes == 0 ? r * 0.37 % 5 : r % classes)];
        return new DataTable("t.csv", ["x"], new Matrix(1, values, targets), [.. Enumerable.Range(0, rows)], [.. Enumerable.Range(0, rows).Select(static r => r % 5 == 4 ? RowRole.Test : RowRole.Train)],
            ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty, rows);
    }
}
