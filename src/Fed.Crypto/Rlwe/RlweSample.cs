using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Rlwe;

/// <summary>Samples of the ring learning-with-errors problem: what a public key and each party's share of a collective one are made of.</summary>
internal static class RlweSample
{
    /// <summary>Computes <c>-a s + e</c> with a fresh centred binomial error e.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="a">Public, NTT form. Never twice with the same s: two samples differ by errors alone, and many average them out.</param>
    /// <param name="s">Secret, NTT form.</param>
    /// <param name="stream">Secret randomness.</param>
    /// <param name="result">Receives the sample in NTT form.</param>
    public static void Share(RnsRing ring, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> s, IRandomStream stream, Span<ulong> result)
    {
        using SecretBuffer<sbyte> error = new(ring.N);
        Sampler.CenteredBinomial(stream, error.Span);
        Share(ring, a, s, error.Span, result);
    }

    /// <summary>The same with a given error.</summary>
    internal static void Share(RnsRing ring, ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> s, ReadOnlySpan<sbyte> error, Span<ulong> result)
    {
        using SecretBuffer<ulong> product = new(ring.Words);
        ring.FromSigned(error, result);
        ring.Forward(result);
        ring.Multiply(a, s, product.Span);
        ring.Subtract(result, product.Span, result);
    }
}
