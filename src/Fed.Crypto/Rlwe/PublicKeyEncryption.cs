using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Rlwe;

/// <summary>Encrypts under a public key: (b u + e0 + m, a u + e1). The caller joins e0 and m before the transform, so that a ciphertext costs three transforms per prime.</summary>
/// <remarks>
/// Lyubashevsky, Peikert, Regev (EUROCRYPT 2010, ePrint 2012/230) without a special prime: nothing is multiplied later, and the larger error costs bits that sums have to spare.
/// One thread at a time. u, e0 and e1 are drawn anew for each ciphertext, live in pinned memory and are zeroed when disposed.
/// </remarks>
internal sealed class PublicKeyEncryption : IDisposable
{
    private readonly RlwePublicKey _key;
    private readonly IRandomStream _stream;
    private readonly SecretBuffer<sbyte> _small;
    private readonly SecretBuffer<ulong> _mask;

    public PublicKeyEncryption(RlwePublicKey key, IEntropy entropy)
    {
        _key = key;
        _stream = AesCtrStream.Fresh(entropy);
        _small = new SecretBuffer<sbyte>(key.Ring.N);
        _mask = new SecretBuffer<ulong>(key.Ring.Words);
    }

    /// <summary>Draws e0, which the caller adds to its message.</summary>
    /// <param name="error">Receives N coefficients.</param>
    public void DrawError(Span<sbyte> error) => Sampler.CenteredBinomial(_stream, error);

    /// <summary>Completes a ciphertext.</summary>
    /// <param name="c0">On entry m + e0 as residues of coefficients, on exit c0 in NTT form.</param>
    /// <param name="c1">Receives c1 in NTT form.</param>
    public void Encrypt(Span<ulong> c0, Span<ulong> c1)
    {
        RnsRing ring = _key.Ring;
        Span<ulong> u = _mask.Span;
        Sampler.Ternary(_stream, _small.Span);
        ring.FromSigned(_small.Span, u);
        ring.Forward(u);
        Sampler.CenteredBinomial(_stream, _small.Span);
        ring.FromSigned(_small.Span, c1);
        ring.Forward(c0);
        ring.Forward(c1);
        ring.MultiplyAdd(_key.B, u, c0);
        ring.MultiplyAdd(_key.A, u, c1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _small.Dispose();
        _mask.Dispose();
    }
}
