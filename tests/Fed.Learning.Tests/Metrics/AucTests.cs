using Fed.Learning.Metrics;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Metrics;

public sealed class AucTests
{
    [Fact]
    public void Exact_area_is_the_share_of_pairs_won_ties_half() => Prop.ForAll<NonEmptyArray<byte>, int>(static (bytes, seed) =>
    {
        Random random = new(seed);
        double[] scores = [.. bytes.Get.Select(static b => b % 7 - 3.0)], targets = [.. scores.Select(_ => (double)random.Next(2))];
        double wins = 0, pairs = 0;
        for (int i = 0; i < scores.Length; i++)
            for (int j = 0; j < scores.Length; j++)
            {
                if (targets[i] != 1 || targets[j] != 0) continue;
                pairs++;
                wins += scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
            }
        return pairs == 0 ? Auc.Exact(scores, targets) is null : Math.Abs(Auc.Exact(scores, targets)!.Value - wins / pairs) < 1e-12;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Histogram_area_differs_by_half_the_pairs_within_a_bin_at_most()
    {
        const int Bins = 1024;
        Random random = new(4);
        double[] targets = [.. Enumerable.Range(0, 2000).Select(_ => (double)random.Next(2))], scores = [.. targets.Select(y => 4 * random.NextDouble() - 2 + y)];
        long[] negatives = new long[Bins], positives = new long[Bins];
        for (int i = 0; i < scores.Length; i++) (targets[i] == 0 ? negatives : positives)[Auc.Bin(scores[i], Bins)]++;
        double shared = negatives.Zip(positives, static (n, p) => 0.5 * n * p).Sum() / ((double)negatives.Sum() * positives.Sum());
        Assert.InRange(Math.Abs(Auc.Histogram(negatives, positives)!.Value - Auc.Exact(scores, targets)!.Value), 0, shared);
        Assert.InRange(shared, 0, 0.005);
    }

    [Fact]
    public void Area_of_one_class_is_not_defined()
    {
        Assert.Null(Auc.Exact([1, 2], [1, 1]));
        Assert.Null(Auc.Histogram([0, 0], [1, 2]));
    }

    [Theory]
    [InlineData(-1e9, 0)]
    [InlineData(-16, 0)]
    [InlineData(0, 512)]
    [InlineData(-1e-9, 511)]
    [InlineData(15.999, 1023)]
    [InlineData(1e9, 1023)]
    public void Logits_fall_into_equal_bins_and_outliers_into_the_last(double logit, int expected) => Assert.Equal(expected, Auc.Bin(logit, 1024));
}
