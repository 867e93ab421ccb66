namespace Fed.Vectors.Tests;

/// <summary>Fixed seeds, so they never flake; the false-alarm probability says how likely a correct generator would have failed for a random seed.</summary>
public sealed class RoundingStatisticalTests
{
    // Hoeffding: P(|mean - expected| >= t) <= 2 exp(-2 n t^2); with n = 200,000 and t = 0.0062 that is 2 exp(-15.4) = 4e-7, below 1e-6, for each of the fractions.
    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(-0.25)]
    [InlineData(0.001)]
    public void Stochastic_rounding_is_unbiased(double fraction)
    {
        const int Length = 200_000;
        VectorSchema schema = Encoding.Training(Length, 16, 0);
        double[] values = new double[Length];
        Array.Fill(values, fraction);
        long[] grid = Encoding.Encode(schema, values).Grid[..Length];
        Assert.All(grid.Distinct(), g => Assert.InRange(g, (long)Math.Floor(fraction), (long)Math.Floor(fraction) + 1));
        Assert.InRange(grid.Average() - fraction, -0.0062, 0.0062);
    }

    // Pearson over 256 cells, 255 degrees of freedom, 2^20 draws: by Laurent and Massart 2000, P(X >= 255 + 2 sqrt(255 x) + 2 x) <= exp(-x); x = 14.5 gives 405.6 and 5e-7.
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(56)]
    public void Random_words_are_uniform_byte_by_byte(int shift)
    {
        ulong[] words = new ulong[1 << 20];
        new CounterRandom(Encoding.Seed).Fill(0, words);
        int[] cells = new int[256];
        foreach (ulong word in words) cells[(word >> shift) & 255]++;
        double expected = words.Length / 256.0;
        Assert.InRange(cells.Sum(c => (c - expected) * (c - expected) / expected), 0, 405.6);
    }
}
