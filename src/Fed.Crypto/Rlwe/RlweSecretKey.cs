using System.Collections.Immutable;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Rlwe;

/// <summary>A secret polynomial s with ternary coefficients, as evaluations (NTT form). Zeroed when disposed; never printed.</summary>
/// <remarks>Immutable until disposed; reading is safe for all threads.</remarks>
public sealed class RlweSecretKey : IDisposable
{
    private readonly SecretBuffer<ulong> _evaluations;
    private bool _isDisposed;

    private RlweSecretKey(RnsRing ring)
    {
        Ring = ring;
        _evaluations = new SecretBuffer<ulong>(ring.Words);
    }

    /// <summary>The ring of the key.</summary>
    public RnsRing Ring { get; }

    /// <summary>s in NTT form, <c>[prime * N + i]</c>.</summary>
    /// <exception cref="ObjectDisposedException">The key is gone.</exception>
    internal ReadOnlySpan<ulong> Evaluations
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _evaluations.Span;
        }
    }

    /// <summary>SHA-256 over ring and key: names a shared key without telling anything of it, 32 bytes.</summary>
    /// <exception cref="ObjectDisposedException">The key is gone.</exception>
    public ImmutableArray<byte> Id
    {
        get
        {
            using RingHash hash = new("fedactors/rlwe-secret-key/1", Ring);
            hash.Append(Evaluations);
            return hash.Close();
        }
    }

    /// <summary>Draws a key: N coefficients uniform on {-1, 0, 1}.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    public static RlweSecretKey Generate(RnsRing ring, IEntropy entropy)
    {
        using SecretBuffer<sbyte> coefficients = new(ring.N);
        using IRandomStream stream = AesCtrStream.Fresh(entropy);
        Sampler.Ternary(stream, coefficients.Span);
        return FromCoefficients(ring, coefficients.Span);
    }

    /// <summary>Takes small coefficients; the caller wipes them.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="coefficients">N small integers.</param>
    internal static RlweSecretKey FromCoefficients(RnsRing ring, ReadOnlySpan<sbyte> coefficients)
    {
        RlweSecretKey key = new(ring);
        ring.FromSigned(coefficients, key._evaluations.Span);
        ring.Forward(key._evaluations.Span);
        return key;
    }

    /// <summary>Takes a copy of a polynomial in NTT form; the caller wipes its own.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="evaluations">Canonical residues.</param>
    internal static RlweSecretKey FromEvaluations(RnsRing ring, ReadOnlySpan<ulong> evaluations)
    {
        RlweSecretKey key = new(ring);
        evaluations.CopyTo(key._evaluations.Span);
        return key;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _evaluations.Dispose();
    }

    /// <summary>Never the key.</summary>
    public override string ToString() => "<redacted>";
}
