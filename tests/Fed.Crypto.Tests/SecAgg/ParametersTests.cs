using System.Numerics;
using Fed.Crypto.SecAgg;
using Fed.Vectors;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Thresholds and degrees. The tables come from an independent computation with Python's integers (math.comb).</summary>
public sealed class ParametersTests
{
    [Theory]
    [InlineData(3, 0, 0, 2)]
    [InlineData(3, 1, 0, 3)]
    [InlineData(4, 0, 1, 3)]
    [InlineData(10, 3, 3, 7)]
    [InlineData(10, 0, 4, 6)]
    [InlineData(64, 21, 10, 43)]
    [InlineData(100, 33, 5, 67)]
    public void Up_to_a_hundred_sites_the_graph_is_complete_and_twice_the_threshold_exceeds_sites_and_colluders(int sites, int colluding, int dropouts, int threshold)
    {
        SecAggParameters parameters = Create(sites, colluding, dropouts);
        Assert.True(parameters.IsComplete);
        Assert.Equal((sites - 1, threshold, threshold), (parameters.Degree, parameters.Threshold, parameters.Signatures));
        Assert.True(2 * threshold > sites + colluding && 2 * (threshold - 1) <= sites + colluding);
        Assert.True(parameters.ContributorsMin >= Math.Max(threshold, Math.Max(3, colluding + 2)));
    }

    // The first pair of columns is the search without the condition 2t > k + c', as others publish it; the second is ours.
    [Theory]
    [InlineData(300, 15, 15, 30, 15, 42, 29, 15)]
    [InlineData(300, 30, 30, 42, 22, 76, 52, 27)]
    [InlineData(300, 60, 30, 56, 35, 100, 74, 46)]
    [InlineData(300, 99, 15, 70, 52, 88, 74, 58)]
    [InlineData(1000, 50, 50, 32, 18, 58, 40, 21)]
    [InlineData(1000, 100, 100, 50, 27, 110, 75, 39)]
    [InlineData(1000, 200, 100, 74, 45, 158, 115, 71)]
    [InlineData(1000, 330, 50, 86, 64, 150, 122, 93)]
    public void Above_a_hundred_sites_degree_and_threshold_are_the_smallest_that_meet_all_bounds(int sites, int colluding, int dropouts, int degreeWithout, int thresholdWithout, int degree, int threshold, int corrupt)
    {
        Assert.Equal((degreeWithout, thresholdWithout), WithoutTheFourthBound(sites, colluding, dropouts));
        SecAggParameters parameters = Create(sites, colluding, dropouts);
        Assert.Equal((degree, threshold, corrupt), (parameters.Degree, parameters.Threshold, parameters.CorruptNeighboursMax));
        Assert.True(2 * threshold > degree + corrupt && !parameters.IsComplete);
        Assert.Equal(((sites + colluding) / 2) + 1, parameters.Signatures);
    }

    [Theory]
    [InlineData(100, 5, 5, 30, 6)]
    [InlineData(100, 10, 10, 42, 11)]
    [InlineData(100, 20, 10, 54, 21)]
    [InlineData(100, 33, 5, 68, 34)]
    [InlineData(1000, 333, 333, 316, 162)]
    public void The_three_published_bounds_alone_give_the_published_table(int sites, int colluding, int dropouts, int degree, int threshold) =>
        Assert.Equal((degree, threshold), WithoutTheFourthBound(sites, colluding, dropouts));

    [Fact]
    public void Where_no_sparse_graph_will_do_the_complete_one_is_taken()
    {
        Assert.Null(SparseGraph.Find(300, 100, 99));
        SecAggParameters parameters = Create(300, 100, 99);
        Assert.True(parameters.IsComplete);
        Assert.Equal(201, parameters.Threshold);
    }

    [Theory]
    [InlineData(10, 3, 4, "2t > n + c needs t = 7 and 6 sites survive", "10 sites, 3 colluding, 3 drop-outs", "10 sites, 1 colluding, 4 drop-outs")]
    [InlineData(10, 9, 0, "hides no site", "10 sites, 8 colluding, 0 drop-outs", "")]
    [InlineData(10, 0, 6, "needs t = 6 and 4 sites survive", "10 sites, 0 colluding, 4 drop-outs", "")]
    [InlineData(300, 100, 150, "needs t = 201 and 150 sites survive", "300 sites, 100 colluding, 99 drop-outs", "")]
    [InlineData(10, 9, 9, "hides no site", "0 drop-outs", "")]
    public void What_cannot_hold_is_refused_with_the_reason_and_the_nearest_that_does(int sites, int colluding, int dropouts, string reason, string nearest, string other)
    {
        string message = Assert.Throws<InvalidParametersException>(() => Create(sites, colluding, dropouts)).Message;
        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.Contains(nearest, message, StringComparison.Ordinal);
        Assert.Contains(other, message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_minimum_of_contributors_above_the_survivors_is_refused_and_one_below_the_threshold_is_raised()
    {
        SecAggDemand demand = new(10, 0, 2, RingWidth.Ring32) { ContributorsMin = 9 };
        string message = Assert.Throws<InvalidParametersException>(() => SecAggParameters.Create(demand)).Message;
        Assert.Contains("needs 9 contributors and 8 sites survive", message, StringComparison.Ordinal);
        Assert.Contains("at least 8 contributors", message, StringComparison.Ordinal);
        Assert.Equal(6, SecAggParameters.Create(demand with { ContributorsMin = 4 }).ContributorsMin);
        Assert.Equal(8, SecAggParameters.Create(demand with { ContributorsMin = 8 }).ContributorsMin);
    }

    [Theory]
    [InlineData(2, 0, 0)]
    [InlineData(5000, 0, 0)]
    [InlineData(10, -1, 0)]
    [InlineData(10, 0, -1)]
    public void Senseless_numbers_are_refused(int sites, int colluding, int dropouts) => Assert.Throws<InvalidParametersException>(() => Create(sites, colluding, dropouts));

    [Fact]
    public void Every_demand_that_is_refused_is_met_by_what_the_refusal_names()
    {
        for (int n = 3; n <= 12; n++)
            for (int c = 0; c <= n; c++)
                for (int d = 0; d <= n; d++)
                {
                    string? message = Record(n, c, d);
                    if (message is null) continue;
                    System.Text.RegularExpressions.MatchCollection named = System.Text.RegularExpressions.Regex.Matches(message[(message.IndexOf("nearest", StringComparison.Ordinal) - 1)..], @"(\d+) sites, (\d+) colluding, (\d+) drop-outs");
                    Assert.NotEmpty(named);
                    Assert.All(named, m => Assert.Null(Record(int.Parse(m.Groups[1].Value), int.Parse(m.Groups[2].Value), int.Parse(m.Groups[3].Value))));
                }

        static string? Record(int n, int c, int d)
        {
            try
            {
                Create(n, c, d);
                return null;
            }
            catch (InvalidParametersException e)
            {
                return e.Message;
            }
        }
    }

    [Fact]
    public void Hypergeometric_tails_are_exact()
    {
        // Against counting all 6-subsets of 12, 5 of them marked.
        Hypergeometric tails = new(12, 5);
        int[] counts = new int[7];
        for (int mask = 0; mask < 1 << 12; mask++)
            if (BitOperations.PopCount((uint)mask) == 6) counts[BitOperations.PopCount((uint)mask & 31)]++;
        int total = counts.Sum();
        for (int m = 0; m <= 6; m++)
            for (int bits = 0; bits < 12; bits++)
            {
                Assert.Equal((double)counts.Take(m).Sum() / total < Math.Pow(2, -bits), tails.IsBelowRare(6, m, 1, bits));
                Assert.Equal((double)counts.Skip(m).Sum() / total < Math.Pow(2, -bits), tails.IsAtLeastRare(6, m, 1, bits));
            }
    }

    private static SecAggParameters Create(int sites, int colluding, int dropouts) => SecAggParameters.Create(new SecAggDemand(sites, colluding, dropouts, RingWidth.Ring32));

    private static (int Degree, int Threshold) WithoutTheFourthBound(int n, int c, int d)
    {
        Hypergeometric corrupt = new(n - 1, c), alive = new(n - 1, n - d);
        for (int k = 2; ; k += 2)
        {
            int threshold = corrupt.Exceeded(k, n, 40) + 1;
            if (SparseGraph.Connects(n, c + d, k) && threshold <= k && alive.IsBelowRare(k, threshold, n, 30)) return (k, threshold);
        }
    }
}
