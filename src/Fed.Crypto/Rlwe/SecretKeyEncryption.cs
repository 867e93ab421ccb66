using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Rlwe;

/// <summary>Encrypts under a secret key: (-a s + e + m, a), where a seed stands for a. The caller joins e and m, so that a ciphertext costs one transform per prime.</summary>
/// <remarks>One thread at a time. The seed of a comes straight from the operating system's generator: two ciphertexts with one a would give the difference of their messages away.</remarks>
internal sealed class SecretKeyEncryption : IDisposable
{
    /// <summary>What the second polynomial's seed is expanded for.</summary>
    public const string Label = "fedactors/rlwe-ciphertext/1";

    private readonly RlweSecretKey _key;
    private readonly IEntropy _entropy;
    private readonly IRandomStream _stream;
    private readonly ulong[] _a;
    private readonly SecretBuffer<ulong> _product;

    public SecretKeyEncryption(RlweSecretKey key, IEntropy entropy)
    {
        _key = key;
        _entropy = entropy;
        _stream = AesCtrStream.Fresh(entropy);
        _a = new ulong[key.Ring.Words];
        _product = new SecretBuffer<ulong>(key.Ring.Words);
    }

    /// <summary>Draws e, which the caller adds to its message.</summary>
    /// <param name="error">Receives N coefficients.</param>
    public void DrawError(Span<sbyte> error) => Sampler.CenteredBinomial(_stream, error);

    /// <summary>Completes a ciphertext.</summary>
    /// <param name="c0">On entry m + e as residues of coefficients, on exit c0 in NTT form.</param>
    /// <param name="seed">Receives the public seed of c1, 32 bytes.</param>
    public void Encrypt(Span<ulong> c0, Span<byte> seed)
    {
        RnsRing ring = _key.Ring;
        _entropy.Fill(seed);
        Expansion.Uniform(seed, Label, ring, _a);
        ring.Forward(c0);
        ring.Multiply(_a, _key.Evaluations, _product.Span);
        ring.Subtract(c0, _product.Span, c0);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        _product.Dispose();
    }
}
