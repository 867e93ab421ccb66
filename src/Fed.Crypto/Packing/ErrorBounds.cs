using System.Numerics;

namespace Fed.Crypto.Packing;

/// <summary>
/// Worst-case bounds of the error in an opened sum, in exact integers: the sum's own error, the smudging that each key holder adds when it is opened, and the bound B that both together
/// keep with the stated probability.
/// </summary>
/// <remarks>
/// Errors are centred binomial with variance 21/2 and subgaussian with the same parameter; so is, under a public key, their inner product with ternary polynomials, of weight 2N/3 on average, to which the
/// factor 1.1 of the l2 bound adds 21 %. Smudging is Li, Micciancio, Schultz, Sorrell (CRYPTO 2022, ePrint 2022/816) as OpenFHE applies it: sigma_f = sqrt(12 tau) 2^(s/2) t, with t
/// bounding the l2 norm of the error polynomial of the <em>sum</em>. Both directions of rounding are against us.
/// </remarks>
internal sealed class ErrorBounds
{
    private ErrorBounds(BigInteger coefficient, BigInteger norm, BigInteger smudging, BigInteger total, int sigmas)
    {
        Coefficient = coefficient;
        Norm = norm;
        Smudging = smudging;
        Total = total;
        Sigmas = sigmas;
    }

    /// <summary>Standard deviation of one coefficient of the sum's error, the factor 1.1 included, rounded up.</summary>
    public BigInteger Coefficient { get; }

    /// <summary>t: bound of the l2 norm of the sum's error polynomial, rounded up.</summary>
    public BigInteger Norm { get; }

    /// <summary>sigma_f of each opener's smudging, rounded up; 0 where one key is shared.</summary>
    public BigInteger Smudging { get; }

    /// <summary>B: no coefficient of the opened error is larger, but with probability <see cref="TailLog2"/>.</summary>
    public BigInteger Total { get; }

    /// <summary>How many standard deviations B is wide.</summary>
    public int Sigmas { get; }

    /// <summary>log2 of the subgaussian tail 2 exp(-k^2/2) for two bounds (the sum's error and the smudging) at a width of k standard deviations.</summary>
    public static double TailLog2(int sigmas) => 2 - sigmas * (double)sigmas / 2 * Math.Log2(Math.E);

    /// <summary>Computes the bounds.</summary>
    /// <param name="n">Ring degree.</param>
    /// <param name="isThreshold">True for smudged openings by holders of a collective key, false for one shared key.</param>
    /// <param name="job">Summands, key holders, tau, s, and whether vectors are encrypted under the public key.</param>
    /// <param name="sigmas">Width of B in standard deviations.</param>
    public static ErrorBounds Of(int n, bool isThreshold, PackingJob job, int sigmas)
    {
        // 1.1^2 * (21/2) * summands * (1 + 4/3 N holders) = 121 * 21 * summands * (3 + 4 N holders) / 600; where no public key is used, 3 alone
        BigInteger growth = isThreshold && job.UnderPublicKey ? 3 + 4 * (BigInteger)n * job.KeyHolders : 3;
        BigInteger variance600 = 121 * 21 * job.Summands * growth;
        BigInteger coefficient = SquareRootUp(variance600, 600);
        BigInteger norm = SquareRootUp(variance600 * n, 600);
        BigInteger smudging = isThreshold ? SquareRootUp((12 * (BigInteger)job.OpeningsPerKey * norm * norm) << job.StatisticalBits, 1) : 0;
        BigInteger opened = SquareRootUp(smudging * smudging * job.KeyHolders * sigmas * sigmas, 1);
        return new ErrorBounds(coefficient, norm, smudging, opened + coefficient * sigmas, sigmas);
    }

    // The smallest integer r with r^2 >= value / divisor.
    private static BigInteger SquareRootUp(BigInteger value, int divisor)
    {
        BigInteger target = (value + divisor - 1) / divisor;
        if (target.IsZero) return target;
        BigInteger root = BigInteger.One << (int)((target.GetBitLength() + 1) / 2);   // Newton's method from above ends at the floor.
        while (true)
        {
            BigInteger next = (root + target / root) >> 1;
            if (next >= root) break;
            root = next;
        }
        return root * root == target ? root : root + 1;
    }
}
