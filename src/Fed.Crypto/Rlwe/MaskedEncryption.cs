using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Rlwe;

/// <summary>Writes a public polynomial.</summary>
/// <param name="index">Which one.</param>
/// <param name="a">Receives it in NTT form.</param>
internal delegate void PublicPolynomial(int index, Span<ulong> a);

/// <summary>Encrypts with one's own part of a secret under public polynomials that everybody can compute: m + e - a s, one polynomial. The caller joins e and m.</summary>
/// <remarks>One thread at a time. Never two messages under one a: their difference could be read. So errors come from a stream that belongs to polynomial and message, and the same message gives the same bytes.</remarks>
internal sealed class MaskedEncryption : IDisposable
{
    private readonly RlweSecretKey _secret;
    private readonly PublicPolynomial _polynomials;
    private readonly IRandomStream _errors;
    private readonly ulong[] _a;
    private readonly SecretBuffer<ulong> _product;

    /// <summary>Of one vector.</summary>
    /// <param name="secret">s; the caller disposes it.</param>
    /// <param name="polynomials">a of each ciphertext.</param>
    /// <param name="errors">Where errors are drawn; disposed here.</param>
    public MaskedEncryption(RlweSecretKey secret, PublicPolynomial polynomials, IRandomStream errors)
    {
        (_secret, _polynomials, _errors) = (secret, polynomials, errors);
        _a = new ulong[secret.Ring.Words];
        _product = new SecretBuffer<ulong>(secret.Ring.Words);
    }

    /// <summary>The ring of the secret.</summary>
    public RnsRing Ring => _secret.Ring;

    /// <summary>Draws e, which the caller adds to its message.</summary>
    /// <param name="error">Receives N coefficients.</param>
    public void DrawError(Span<sbyte> error) => Sampler.CenteredBinomial(_errors, error);

    /// <summary>Completes a ciphertext.</summary>
    /// <param name="index">Which one.</param>
    /// <param name="c">On entry m + e as residues of coefficients, on exit m + e - a s in NTT form.</param>
    public void Encrypt(int index, Span<ulong> c)
    {
        RnsRing ring = _secret.Ring;
        _polynomials(index, _a);
        ring.Forward(c);
        ring.Multiply(_a, _secret.Evaluations, _product.Span);
        ring.Subtract(c, _product.Span, c);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _errors.Dispose();
        _product.Dispose();
    }
}
