using Fed.Learning.Models.Losses;

namespace Fed.Learning.Tests.Models.Losses;

public sealed class HazardLossTests
{
    private static readonly HazardLoss Loss = new([1, 2, 4]);

    /// <summary>Hazards 0.2, 0.5, 0.1, 0.4 in the intervals (0, 1], (1, 2], (2, 4], (4, ...).</summary>
    [Theory]
    [InlineData(0.5, 1, 0.2)]
    [InlineData(1, 1, 0.2)]
    [InlineData(2, 1, 0.8 * 0.5)]
    [InlineData(3, 1, 0.8 * 0.5 * 0.1)]
    [InlineData(9, 1, 0.8 * 0.5 * 0.9 * 0.4)]
    [InlineData(0.5, 0, 1)]
    [InlineData(3, 0, 0.8 * 0.5)]
    [InlineData(9, 0, 0.8 * 0.5 * 0.9)]
    public void Likelihood_is_of_intervals_survived_and_of_the_event(double time, double hasEvent, double likelihood)
    {
        double[] scores = [.. new[] { 0.2, 0.5, 0.1, 0.4 }.Select(static h => Math.Log(h / (1 - h)))];
        Assert.Equal(-Math.Log(likelihood), Loss.Evaluate(scores, [time, hasEvent], 1, new double[4]), 1e-12);
    }

    [Fact]
    public void There_is_a_score_for_each_interval() => Assert.Equal(4, Loss.Outputs);
}
