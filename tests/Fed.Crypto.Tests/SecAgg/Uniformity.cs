using Fed.Crypto.Tests.Sampling;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>Pearson's test of equal frequencies; a uniform source alarms with the probability that <see cref="Fit.Alarm"/> states.</summary>
internal static class Uniformity
{
    /// <summary>Deviations of the statistic from what equal frequencies give.</summary>
    public static double Deviations(ReadOnlySpan<long> counts)
    {
        double[] equal = new double[counts.Length];
        Array.Fill(equal, 1.0 / counts.Length);
        return Fit.ChiSquare(counts, equal);
    }

    /// <summary>Fails where the counts are not equal enough.</summary>
    public static void Check(ReadOnlySpan<long> counts) => Assert.True(Deviations(counts) < Fit.Alarm);

    /// <summary>How often each byte occurs.</summary>
    public static long[] Bytes(ReadOnlySpan<byte> content)
    {
        long[] counts = new long[256];
        foreach (byte b in content) counts[b]++;
        return counts;
    }
}
