using System.Numerics;

namespace Fed.Crypto.SecAgg;

/// <summary>Degree and threshold of a sparse graph. Every probability is compared in exact integers.</summary>
/// <remarks>
/// Bell, Bonawitz, Gascón, Lepoint, Raykova (CCS 2020), by union bounds. A site's k neighbours are a uniform k-subset of the n - 1 others, so the number of them from any fixed set of K sites is
/// hypergeometric. Required of k and t:
/// <list type="number">
/// <item>n P[Hyp(n - 1, c, k) >= t] &lt; 2^-40: nobody's corrupt neighbours open its secrets alone;</item>
/// <item>n ((c + d) / n)^(k / 2) &lt; 2^-40: honest survivors are connected; a circulant graph falls apart only where k / 2 consecutive places are corrupt or gone;</item>
/// <item>n P[Hyp(n - 1, n - d, k) &lt; t] &lt; 2^-30: everybody keeps t neighbours;</item>
/// <item>2t &gt; k + c', n P[Hyp(n - 1, c, k) > c'] &lt; 2^-40: no site's neighbours can be brought to open both its secrets by different lists shown to different neighbours.</item>
/// </list>
/// The fourth is ours: the threshold of Bonawitz et al. against an active server, in each neighbourhood. It implies the first.
/// </remarks>
internal static class SparseGraph
{
    private const int SecurityBits = 40, LivenessBits = 30;

    /// <summary>The smallest even k with a t; t is the smallest one.</summary>
    /// <returns>Null when it would take more than half of the others: the complete graph costs at most twice that and holds with certainty.</returns>
    public static (int Degree, int Threshold, int CorruptNeighbours)? Find(int n, int c, int d)
    {
        // A t above the mean number of survivors fails half the time, and c' is not below the mean number of corrupt ones: where 2 k (n - d) / (n - 1) does not reach k + k c / (n - 1), no k will do.
        if (2 * (n - d) - c <= n - 1) return null;
        Hypergeometric corrupt = new(n - 1, c), alive = new(n - 1, Math.Min(n - 1, n - d));
        for (int k = 2; k <= (n - 1) / 2; k += 2)
        {
            if (!Connects(n, c + d, k)) continue;
            int corruptMax = corrupt.Exceeded(k, n, SecurityBits), threshold = (k + corruptMax) / 2 + 1;
            if (threshold <= k && alive.IsBelowRare(k, threshold, n, LivenessBits)) return (k, threshold, corruptMax);
        }
        return null;
    }

    /// <summary>n (bad / n)^(k / 2) &lt; 2^-40, in integers.</summary>
    internal static bool Connects(int n, int bad, int k) =>
        (BigInteger)n * BigInteger.Pow(bad, k / 2) << SecurityBits < BigInteger.Pow(n, k / 2);
}
