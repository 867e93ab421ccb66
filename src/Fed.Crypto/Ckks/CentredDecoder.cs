using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>Residues to centred numbers in doubles.</summary>
internal static class CentredDecoder
{
    /// <summary>Coefficients in (-Q/2, Q/2), divided by a scale.</summary>
    /// <param name="ring">The primes.</param>
    /// <param name="poly">Residues of coefficients.</param>
    /// <param name="scale">The divisor.</param>
    /// <param name="low">Receives coefficients 0..N/2-1.</param>
    /// <param name="high">Receives coefficients N/2..N-1.</param>
    /// <remarks>
    /// Mixed radix with centred digits: x = d0 + q0·(d1 + q1·(d2 + ...)), |d_i| &lt; q_i/2. Each digit above the first is zero or makes x at least twice as large as
    /// everything below, so the sum in doubles loses nothing to cancellation, however small x is beside Q. No branch depends on the residues.
    /// </remarks>
    public static void Decode(RnsRing ring, ReadOnlySpan<ulong> poly, double scale, Span<double> low, Span<double> high)
    {
        int primes = ring.Moduli.Length, n = ring.N;
        (ulong[] inverses, ulong[] quotients) = Inverses(ring);
        double[] weights = Weights(ring, scale);
        Span<long> digits = stackalloc long[primes];
        for (int i = 0; i < n; i++)
        {
            double value = 0;
            for (int p = 0; p < primes; p++)
            {
                Modulus q = ring.Moduli[p];
                ulong digit = poly[(p * n) + i];
                for (int below = 0; below < p; below++)
                {
                    int at = (p * primes) + below;
                    ulong lazy = q.MultiplyLazy(q.Subtract(digit, q.Reduce(digits[below])), inverses[at], quotients[at]);
                    digit = Modulus.Correct(lazy - q.Value, q.Value);
                }
                digits[p] = Centre(digit, q.Value);
                value += digits[p] * weights[p];
            }
            if (i < low.Length) low[i] = value;
            else high[i - low.Length] = value;
        }
        digits.Clear();
    }

    private static long Centre(ulong residue, ulong q)
    {
        long above = (long)((q >> 1) - residue) >> 63;   // all ones where the residue is above q/2
        return (long)residue - ((long)q & above);
    }

    private static double[] Weights(RnsRing ring, double scale)
    {
        double[] weights = new double[ring.Moduli.Length];
        double weight = 1 / scale;
        for (int p = 0; p < weights.Length; p++)
        {
            weights[p] = weight;
            weight *= ring.Moduli[p].Value;
        }
        return weights;
    }

    private static (ulong[] Inverses, ulong[] Quotients) Inverses(RnsRing ring)
    {
        int primes = ring.Moduli.Length;
        (ulong[] inverses, ulong[] quotients) = (new ulong[primes * primes], new ulong[primes * primes]);
        for (int p = 0; p < primes; p++)
        {
            for (int below = 0; below < p; below++)
            {
                Modulus q = ring.Moduli[p];
                inverses[(p * primes) + below] = q.Inverse(q.Reduce(ring.Moduli[below].Value));
                quotients[(p * primes) + below] = q.Quotient(inverses[(p * primes) + below]);
            }
        }
        return (inverses, quotients);
    }
}
