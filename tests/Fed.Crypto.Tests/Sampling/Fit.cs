namespace Fed.Crypto.Tests.Sampling;

/// <summary>
/// Tests of fit. Each says by how many standard deviations of a normal variable its statistic lies beside the expected value; a right sampler stays below <see cref="Alarm"/> but with a
/// probability of 1e-9 over the choice of the seed (one-sided 6.0 deviations: 9.9e-10). The seeds are fixed, so that the verdict is always the same.
/// </summary>
internal static class Fit
{
    public const double Alarm = 6.0;

    /// <summary>Pearson's chi-square of counts against probabilities, as a normal deviate (Wilson and Hilferty 1931). Cells that expect fewer than 25 are joined with the next.</summary>
    public static double ChiSquare(ReadOnlySpan<long> counts, ReadOnlySpan<double> probabilities)
    {
        double total = 0, rest = 1, statistic = 0, observed = 0, expected = 0, left = 0;
        foreach (long count in counts) total += count;
        left = total;
        int cells = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            observed += counts[i];
            expected += total * probabilities[i];
            left -= counts[i];
            rest -= probabilities[i];
            if (expected < 25 || (i + 1 < counts.Length && total * rest < 25)) continue;
            statistic += (observed - expected) * (observed - expected) / expected;
            cells++;
            observed = expected = 0;
        }
        Assert.True(cells > 1 && Math.Abs(rest) < 1e-6 && left == 0, $"{cells} cells, {rest} of the mass and {left} counts over");
        double freedom = cells - 1, spread = 2 / (9 * freedom);
        return (Math.Cbrt(statistic / freedom) - 1 + spread) / Math.Sqrt(spread);
    }

    /// <summary>A count of independent events against its binomial expectation, in standard deviations, either side.</summary>
    public static double Count(long count, long trials, double probability) =>
        Math.Abs(count - (trials * probability)) / Math.Sqrt(trials * probability * (1 - probability));

    /// <summary>The mean of values against its expectation, in standard deviations, either side.</summary>
    public static double Mean(double sum, long values, double mean, double deviation) => Math.Abs((sum / values) - mean) / (deviation / Math.Sqrt(values));

    /// <summary>The normal distribution function, good to 1e-15 (the error function's series; its continued fraction in the tails).</summary>
    public static double Phi(double x)
    {
        double z = Math.Abs(x), density = Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI), upper;
        if (z < 3)
        {
            double term = z, sum = z;
            for (int i = 3; Math.Abs(term) > 1e-18; i += 2) sum += term *= z * z / i;
            upper = 0.5 - (density * sum);
        }
        else
        {
            double fraction = z;
            for (int i = 60; i > 0; i--) fraction = z + (i / fraction);
            upper = density / fraction;
        }
        return x > 0 ? 1 - upper : upper;
    }
}
