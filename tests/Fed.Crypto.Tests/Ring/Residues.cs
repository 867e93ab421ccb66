using Fed.Crypto.Ring;

namespace Fed.Crypto.Tests.Ring;

/// <summary>Reproducible rows for the ring's tests.</summary>
internal static class Residues
{
    /// <summary>Bits of the primes that rows are tested with; each size has a prime for degree 64.</summary>
    public static readonly int[] Sizes = [9, 20, 30, 36, 40, 45, 47, 48, 49, 50, 51, 54, 55, 56, 57, 58, 59, 60];

    /// <summary>The largest prime of a size: the one with the least headroom.</summary>
    public static Modulus Largest(int n, int bits)
    {
        for (int count = 4; ; count--)
        {
            try
            {
                return PrimeSearch.Create(n, [.. Enumerable.Repeat(bits, count)])[^1];
            }
            catch (InvalidParametersException) when (count > 1)
            {
            }
        }
    }

    /// <summary>Random residues, a third of them at the edges of the range.</summary>
    public static ulong[] Row(int length, ulong q, int seed)
    {
        Random random = new(seed);
        ulong[] edges = [0, 1, q / 2, (q / 2) + 1, q - 2, q - 1];
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(3) == 0 ? edges[random.Next(edges.Length)] : (ulong)random.NextInt64((long)q))];
    }

    /// <summary>A whole polynomial of such rows.</summary>
    public static ulong[] Poly(RnsRing ring, int seed) => [.. ring.Moduli.SelectMany((q, p) => Row(ring.N, q.Value, (seed * 31) + p))];
}
