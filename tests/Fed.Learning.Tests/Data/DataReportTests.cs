using Fed.Learning.Data;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Data;

public sealed class DataReportTests
{
    [Fact]
    public void Counts_and_ranges_are_those_of_the_training_rows()
    {
        SiteData site = new("a", ["x", "y"], new Matrix(2, [1, double.NaN, 3, double.NaN, 5, double.NaN], [0, 1, 1]), new Matrix(2, [9, 9], [0])) { Validation = new Matrix(2, [7, 7], [1]) };
        DataReport report = DataReport.Of(site, 2);
        Assert.Equal((3, 1, 1), (report.Train, report.Validation, report.Test));
        Assert.Equal([1, 2], report.Classes);
        Assert.Null(report.Target);
        Assert.Equal(new FeatureSummary("x", 3, 0, 1, 3, 5), report.Features[0]);
        Assert.Equal(new FeatureSummary("y", 0, 3, double.NaN, double.NaN, double.NaN), report.Features[1]);
        Assert.Equal(new FeatureSummary("target", 3, 0, 0, 2.0 / 3, 1), DataReport.Of(site, 0).Target);
    }

    [Theory]
    [InlineData(1, "column 'x0' is constant in the training rows")]
    [InlineData(9, "9 of 10 columns are constant in the training rows: 'x0', 'x1', 'x2' and others")]
    public void Many_constant_columns_are_one_warning(int constant, string expected)
    {
        double[] values = [.. Enumerable.Range(0, 20).Select(i => i % 10 < constant ? 0.0 : i)];
        Assert.Equal(expected, Assert.Single(new SiteData("a", [.. Enumerable.Range(0, 10).Select(static c => $"x{c}")], new Matrix(10, values, [0, 1]), new Matrix(10, [], [])).Warnings(2)));
    }

    [Fact]
    public void Sixty_districts_have_the_rows_of_their_file() => Assert.Equal(1548, Samples.Contraception().Sum(static site => DataReport.Of(site, 2).Classes.Sum()));
}
