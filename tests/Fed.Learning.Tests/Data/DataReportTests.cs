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

    [Fact]
    public void Sixty_districts_have_the_rows_of_their_file() => Assert.Equal(1548, Samples.Contraception().Sum(static site => DataReport.Of(site, 2).Classes.Sum()));
}
