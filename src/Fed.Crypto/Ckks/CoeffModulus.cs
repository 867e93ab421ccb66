using System.Collections.Immutable;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>CoeffModulus</c>: chains of primes.</summary>
public static class CoeffModulus
{
    /// <summary>Most primes of a chain, as in SEAL.</summary>
    public const int CountMax = 64;

    /// <summary>The primes that SEAL's <c>CoeffModulus::Create</c> gives for the same sizes, in the same order.</summary>
    /// <param name="polyModulusDegree">Ring degree N, a power of two.</param>
    /// <param name="bitSizes">Bits of each prime, 2..60; the last one is the special prime that only keys use.</param>
    /// <exception cref="InvalidParametersException">A size out of range, or too few primes of a size.</exception>
    public static ImmutableArray<Modulus> Create(int polyModulusDegree, params ReadOnlySpan<int> bitSizes)
    {
        if (bitSizes.Length > CountMax) throw new InvalidParametersException($"{bitSizes.Length} primes were asked for; a chain has at most {CountMax}");
        return PrimeSearch.Create(polyModulusDegree, bitSizes);
    }

    /// <summary>Largest bit length of the product of all primes at a degree.</summary>
    /// <param name="polyModulusDegree">Ring degree N.</param>
    /// <param name="level">Security level; 128-bit classical if absent.</param>
    /// <returns>Bits, or 0 where the security table has no such degree.</returns>
    public static int MaxBitCount(int polyModulusDegree, SecurityLevel? level = null) => (level ?? SecurityLevel.Classical128).ModulusBitsMax(polyModulusDegree);
}
