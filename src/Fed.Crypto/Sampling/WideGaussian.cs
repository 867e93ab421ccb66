using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>The discrete Gaussian over the integers for large deviations, as smudging needs it: constant time, deviation 2^8 to 2^58.</summary>
/// <remarks>
/// <para>
/// Convolution after Micciancio and Walter, "Gaussian Sampling over the Integers: Efficient, Generic, Constant-Time" (CRYPTO 2017, eprint 2017/259), section 4: for independent draws x1, x2 of deviation s
/// and coprime z1, z2, the sum z1 x1 + z2 x2 is a discrete Gaussian of deviation s sqrt(z1^2 + z2^2), as soon as s sqrt(2 pi) >= eta sqrt(z1^2 + z2^2). Each level about squares the deviation; five
/// levels over 32 draws of <see cref="GaussianBase"/> reach 2^58.
/// </para>
/// <para>
/// eta is the smoothing parameter of the integers for epsilon = 2^-88, sqrt(ln(2 + 2/epsilon) / pi) &lt; 4.432. The kernel of (z1, z2) is the lattice of (z2, -z1), so every probability is right up to the
/// factor (1 +- epsilon)/(1 -+ epsilon), and the statistical distance grows by less than 2 epsilon a node: 31 nodes, 2^-82. The base draws add less than 2^-90. What lies beyond
/// ten deviations, 2^-75.8 of the mass, is discarded: that is the distance to the unbounded distribution, and makes <see cref="Bound"/> a certainty.
/// </para>
/// <para>No branch and no index depends on a value that is kept: every draw runs over the whole table, and a block that holds a value beyond the bound is discarded as a whole.</para>
/// </remarks>
public sealed class WideGaussian
{
    /// <summary>The smallest deviation that is built: below it the steps between reachable deviations would be coarse.</summary>
    public const double DeviationMin = 256;

    /// <summary>The largest deviation, 2^58: 64 bits then hold 32 deviations, so that no sum on the way to a draw wraps (but with a chance below 2^-700).</summary>
    public const double DeviationMax = 288_230_376_151_711_744;

    /// <summary>Draws lie within this many deviations.</summary>
    public const int Cut = 10;

    private const double Eta = 4.432;
    private const double Smooth = Eta / 2.5066282746310002;   // eta / sqrt(2 pi): the deviation at which the integers are smooth
    private const int BlockDraws = 16;
    private readonly (long Z1, long Z2)[] _levels;

    private WideGaussian((long Z1, long Z2)[] levels, double deviation, double cut)
    {
        _levels = levels;
        Deviation = deviation;
        Bound = (long)(cut * deviation);
    }

    /// <summary>The standard deviation that is sampled: at least the one asked for; less than 4 % above it from 2^8, less than 1/10,000 above it from 2^20.</summary>
    public double Deviation { get; }

    /// <summary>No draw is larger in magnitude: ten deviations.</summary>
    public long Bound { get; }

    /// <summary>Pairs (z1, z2) of the convolution, narrow to wide.</summary>
    internal IReadOnlyList<(long Z1, long Z2)> Levels => _levels;

    /// <summary>Plans a sampler.</summary>
    /// <param name="deviation">The least standard deviation, in [2^8, 2^58].</param>
    /// <exception cref="ArgumentOutOfRangeException">The deviation is out of range or not a number.</exception>
    public static WideGaussian Create(double deviation) => Create(deviation, Cut);

    /// <summary>A sampler that cuts elsewhere, so that a test can see what lies beyond the cut being drawn again.</summary>
    internal static WideGaussian Create(double deviation, double cut)
    {
        if (!(deviation is >= DeviationMin and <= DeviationMax))
            throw new ArgumentOutOfRangeException(nameof(deviation), deviation, "a wide Gaussian has a standard deviation of 2^8 to 2^58");
        List<(long, long)> levels = [];
        double reached = Plan(deviation, levels);
        return new WideGaussian([.. levels], reached, cut);
    }

    // The level below must be so wide that it is smooth under this one's kernel. The base is, for the first pairs; above it, 5 % more than needed leaves room to land just above the target.
    private static double Plan(double deviation, List<(long Z1, long Z2)> levels)
    {
        if (deviation <= GaussianBase.Deviation) return GaussianBase.Deviation;
        double below = GaussianBase.Deviation;
        (long Z1, long Z2) pair = Pair(deviation, below);
        if (!IsSmooth(pair, below))
        {
            below = Plan(1.05 * Math.Sqrt(deviation * Smooth), levels);
            pair = Pair(deviation, below);
            if (!IsSmooth(pair, below)) throw new InvalidOperationException($"the pair {pair} is too long for the deviation {below}");
        }
        levels.Add(pair);
        return below * Length(pair);
    }

    private static bool IsSmooth((long Z1, long Z2) pair, double deviation) => Length(pair) * Smooth <= deviation;

    private static double Length((long Z1, long Z2) pair) => Math.Sqrt(((double)pair.Z1 * pair.Z1) + ((double)pair.Z2 * pair.Z2));

    // The shortest coprime pair that makes at least `deviation` of `below`, among the larger halves worth looking at.
    private static (long Z1, long Z2) Pair(double deviation, double below)
    {
        const int Candidates = 64;
        double least = deviation / below * (deviation / below);
        (long Z1, long Z2) best = (0, 0);
        double excess = double.PositiveInfinity;
        long top = (long)Math.Sqrt(least);
        for (long z1 = top + 1; z1 >= Math.Max(1, top - Candidates); z1--)
        {
            double rest = least - ((double)z1 * z1);
            for (long z2 = rest > 0 ? (long)Math.Ceiling(Math.Sqrt(rest)) : 1; z2 <= z1; z2++)
            {
                if (BigInteger.GreatestCommonDivisor(z1, z2) != 1) continue;
                double over = ((double)z2 * z2) - rest;
                if (over >= 0 && over < excess) (best, excess) = ((z1, z2), over);
                if (over >= 0) break;
            }
        }
        return best;
    }

    /// <summary>Fills the span with independent draws, each within <see cref="Bound"/>.</summary>
    /// <param name="stream">The stream; its seed must be secret.</param>
    /// <param name="draws">Receives the values; the caller wipes them.</param>
    [SkipLocalsInit]
    public void Fill(IRandomStream stream, Span<long> draws)
    {
        Span<long> tree = stackalloc long[BlockDraws << _levels.Length];
        while (!draws.IsEmpty)
        {
            GaussianBase.Fill(stream, tree);
            Combine(tree);
            if (!AreWithinBound(tree[..BlockDraws])) continue;
            int count = Math.Min(draws.Length, BlockDraws);
            tree[..count].CopyTo(draws);
            draws = draws[count..];
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(tree));
    }

    private void Combine(Span<long> tree)
    {
        int half = tree.Length / 2;
        foreach ((long z1, long z2) in _levels)
        {
            Vector256<long> factor1 = Vector256.Create(z1), factor2 = Vector256.Create(z2);
            for (int i = 0; i < half; i += Vector256<long>.Count)   // halves are whole vectors: the narrowest has BlockDraws
                ((factor1 * Vector256.Create<long>(tree[i..])) + (factor2 * Vector256.Create<long>(tree[(half + i)..]))).CopyTo(tree[i..]);
            half /= 2;
        }
    }

    private bool AreWithinBound(ReadOnlySpan<long> block)
    {
        long beyond = 0;
        foreach (long draw in block) beyond |= (Bound - draw) | (Bound + draw);   // negative as soon as one is beyond
        return beyond >= 0;
    }
}
