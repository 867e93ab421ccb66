using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Program;

public sealed class UpdateClipTests
{
    private static readonly ImmutableArray<SiteData> Sites = [.. new[] { "a", "b", "c" }.Select(static (name, k) => Samples.Site(name, Samples.Random(40, 3, 2, k), Samples.Random(9, 3, 2, 9 + k)))];
    private static readonly LearningPlan Plan = Samples.Logistic(["x0", "x1", "x2"], 0, Samples.FullBatch(5, 1));

    [Fact]
    public void An_update_beyond_the_norm_is_cut_to_it_as_a_whole_and_counted_in_the_sum()
    {
        LocalFederation free = new(Plan, Sites), bound = new(Plan with { ClipNorm = 0.01 }, Sites);
        free.Start();
        bound.Start();
        free.Round(1);
        ImmutableSortedDictionary<string, double> figures = bound.Round(1).Metrics;
        Assert.Equal(3, figures[MetricNames.Cut]);
        foreach (((double[] values, _, _), (double[] whole, _, _)) in bound.LastVectors.Zip(free.LastVectors))
        {
            double[] change = values[..4], before = whole[..4];
            Assert.Equal(0.01, Norm(change), 12);
            Assert.All(change.Zip(before), pair => Assert.Equal(pair.Second / Norm(before) * 0.01, pair.First, 12));   // the same direction
        }
    }

    [Fact]
    public void An_update_within_the_norm_is_left_to_the_last_bit()
    {
        LocalFederation free = new(Plan, Sites), bound = new(Plan with { ClipNorm = 1e6 }, Sites);
        free.Run(3);
        Assert.Equal(0, bound.Run(3)[MetricNames.Cut]);
        Assert.Equal(free.ModelSha256, bound.ModelSha256);
    }

    [Fact]
    public void The_group_is_cut_together_with_what_goes_with_the_model()
    {
        LearningPlan plan = Plan with { Algorithm = new ScaffoldOptions(5, null, 0, 1), ClipNorm = 0.01 };
        LocalFederation bound = new(plan, Sites);
        bound.Start();
        bound.Round(1);
        Assert.All(bound.LastVectors, static local => Assert.Equal(0.01, Norm(local.Values[..8]), 12));   // change and variate, four entries each
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(double.NaN)]
    public void A_norm_that_is_none_is_refused(double norm) => Assert.Contains("clip-norm", (Plan with { ClipNorm = norm }).Check(), StringComparison.Ordinal);

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(static x => x * x));
}
