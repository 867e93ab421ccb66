using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>Encryptions of zero, which every ciphertext and public key starts from. With SEAL's samples they are SEAL's, bit for bit.</summary>
/// <remarks>No branch or index depends on key, errors or u.</remarks>
internal static class ZeroEncryption
{
    /// <summary><c>c0 = -(a·s + e)</c>, for the uniform polynomial a that becomes the second polynomial.</summary>
    /// <param name="level">Where.</param>
    /// <param name="key">The secret key.</param>
    /// <param name="uniform">a, in NTT form.</param>
    /// <param name="samples">Gives e.</param>
    /// <param name="first">Receives the first polynomial.</param>
    public static void Symmetric(ContextData level, SecretKey key, ReadOnlySpan<ulong> uniform, ISampleSource samples, Span<ulong> first)
    {
        RnsRing ring = level.Ring;
        using SecretScratch<sbyte> error = new(ring.N);
        samples.Error(error.Span);
        ring.FromSigned(error.Span, first);
        ring.Forward(first);
        ring.MultiplyAdd(uniform, key.At(level), first);
        ring.Negate(first);
    }

    /// <summary><see cref="Symmetric"/> with a polynomial expanded from a new seed, which takes its place.</summary>
    /// <param name="level">Where.</param>
    /// <param name="key">The secret key.</param>
    /// <param name="type">The generator that expands the seed.</param>
    /// <param name="samples">Gives the seed, then e.</param>
    public static (ulong[] First, UniformRandomGeneratorInfo Seed) Seeded(ContextData level, SecretKey key, PrngType type, ISampleSource samples)
    {
        Span<byte> bytes = stackalloc byte[UniformRandomGeneratorInfo.SeedBytes];
        samples.Fill(bytes);
        UniformRandomGeneratorInfo seed = new(type, bytes);
        ulong[] first = GC.AllocateUninitializedArray<ulong>(level.Ring.Words);
        using SecretScratch<ulong> uniform = new(level.Ring.Words);
        seed.Expand(level.Ring, uniform.Span);
        Symmetric(level, key, uniform.Span, samples, first);
        return (first, seed);
    }

    /// <summary><c>(b·u + e0, a·u + e1)</c> under a public key. Where the level above has one prime more, computed there and divided by that prime, as SEAL does.</summary>
    /// <param name="level">Level of the result.</param>
    /// <param name="key">The public key.</param>
    /// <param name="samples">Gives u, then both errors.</param>
    /// <param name="words">Receives both polynomials.</param>
    public static void Public(ContextData level, PublicKey key, ISampleSource samples, Span<ulong> words)
    {
        ContextData source = level.PreviousContextData ?? level;
        RnsRing ring = source.Ring;
        using SecretScratch<sbyte> small = new(ring.N);
        using SecretScratch<ulong> blind = new(ring.Words), product = new(ring.Words);
        samples.Ternary(small.Span);
        ring.FromSigned(small.Span, blind.Span);
        ring.Forward(blind.Span);
        for (int polynomial = 0; polynomial < Ciphertext.PolynomialCount; polynomial++)
        {
            samples.Error(small.Span);
            Span<ulong> result = words.Slice(polynomial * level.Ring.Words, level.Ring.Words);
            ring.Multiply(blind.Span, key.Data(polynomial)[..ring.Words], product.Span);
            if (source == level) AddError(ring, small.Span, product.Span, result);
            else source.AddErrorAndDivideByLast(product.Span, small.Span, result);
        }
    }

    private static void AddError(RnsRing ring, ReadOnlySpan<sbyte> error, ReadOnlySpan<ulong> product, Span<ulong> result)
    {
        ring.FromSigned(error, result);
        ring.Forward(result);
        ring.Add(result, product);
    }
}
