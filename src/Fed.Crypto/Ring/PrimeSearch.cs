using System.Collections.Immutable;
using System.Numerics;

namespace Fed.Crypto.Ring;

/// <summary>Primes with an NTT of a given size, chosen exactly as SEAL 4's <c>CoeffModulus::Create</c> does.</summary>
public static class PrimeSearch
{
    /// <summary>Largest ring degree that is supported, as in SEAL.</summary>
    public const int DegreeMax = 131_072;

    /// <summary>
    /// Distinct primes that are 1 modulo 2n: per size the largest ones below <c>2^bits</c>, and the smallest of those goes to the size that is named first.
    /// </summary>
    /// <param name="n">Ring degree, a power of two in 2..131072.</param>
    /// <param name="bitCounts">Size of each prime, 2..60.</param>
    /// <returns>Primes in the order of <paramref name="bitCounts"/>.</returns>
    /// <exception cref="InvalidParametersException">A degree or size out of range, or too few primes of a size.</exception>
    public static ImmutableArray<Modulus> Create(int n, params ReadOnlySpan<int> bitCounts)
    {
        RequireDegree(n);
        Dictionary<int, Stack<Modulus>> found = [];   // the largest lie at the bottom
        foreach (int bits in bitCounts)
        {
            if (bits is < 2 or > Modulus.BitCountMax)
                throw new InvalidParametersException($"a prime of {bits} bits was asked for; sizes go from 2 to {Modulus.BitCountMax} bits");
            if (!found.ContainsKey(bits)) found[bits] = Largest(n, bits, bitCounts.Count(bits));
        }
        ImmutableArray<Modulus>.Builder chain = ImmutableArray.CreateBuilder<Modulus>(bitCounts.Length);
        foreach (int bits in bitCounts) chain.Add(found[bits].Pop());
        return chain.MoveToImmutable();
    }

    /// <summary>Refuses what is no ring degree.</summary>
    internal static void RequireDegree(int n)
    {
        if (n is < 2 or > DegreeMax || !BitOperations.IsPow2(n))
            throw new InvalidParametersException($"ring degree {n} is not a power of two from 2 to {DegreeMax}");
    }

    private static Stack<Modulus> Largest(int n, int bits, int count)
    {
        ulong step = 2 * (ulong)n, least = 1UL << (bits - 1);
        Stack<Modulus> primes = new(count);
        for (ulong candidate = (((1UL << bits) - 1) / step * step) + 1; primes.Count < count; candidate -= step)
        {
            if (candidate < least)
                throw new InvalidParametersException($"there are only {primes.Count} primes of {bits} bits that are 1 modulo {step}; {count} were asked for");
            if (Modulus.IsPrime(candidate)) primes.Push(new Modulus(candidate));
        }
        return primes;
    }
}
