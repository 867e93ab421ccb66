using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>x_j, a holder's part of the collective secret: the sum of the sharing polynomials at its point. Makes shares c1 (lambda_j x_j) + f, smudged; keeps no record of them.</summary>
/// <remarks>
/// The Lagrange factor is as large as the modulus, so it multiplies c1 or the key, never the share with its smudging. f is a discrete Gaussian of the deviation that the layout's proof states, from a
/// public bound on the error of the sum (never a measured one): every honest holder adds its own, so that it hides the error even if all others pool what they know.
/// </remarks>
internal sealed class ThresholdShare : IDisposable
{
    private readonly RnsRing _ring;
    private readonly SecretBuffer<ulong> _part;
    private Smudge? _smudge;   // planned once for all ciphertexts of a sum
    private bool _isDisposed;

    public ThresholdShare(RnsRing ring)
    {
        _ring = ring;
        _part = new SecretBuffer<ulong>(ring.Words);
    }

    /// <summary>Adds a dealt value.</summary>
    public void Add(ReadOnlySpan<ulong> value) => _ring.Add(_part.Span, value);

    /// <summary>A decryption share.</summary>
    /// <param name="c1">The ciphertext's second polynomial, NTT form; changed.</param>
    /// <param name="active">Who opens.</param>
    /// <param name="party">This holder.</param>
    /// <param name="layout">Whose proof states the smudging.</param>
    /// <param name="entropy">The operating system's generator.</param>
    /// <param name="share">Receives the share, NTT form.</param>
    public void Decrypt(Span<ulong> c1, ActiveSet active, int party, PackingLayout layout, IEntropy entropy, Span<ulong> share)
    {
        using SecretBuffer<long> smudging = Smudging(layout, entropy);
        _ring.FromSigned(smudging.Span, share);
        _ring.Forward(share);
        AddProduct(c1, active, party, share);
    }

    /// <summary>A key switch share: the decryption share, encrypted to a receiver.</summary>
    /// <param name="c1">The ciphertext's second polynomial, NTT form; changed.</param>
    /// <param name="active">Who opens.</param>
    /// <param name="party">This holder.</param>
    /// <param name="layout">Whose proof states the smudging.</param>
    /// <param name="receiver">The receiver's key.</param>
    /// <param name="entropy">The operating system's generator.</param>
    /// <param name="first">Receives u b' + e0 + f + c1 (lambda x), NTT form.</param>
    /// <param name="second">Receives u a' + e1, NTT form.</param>
    public void Switch(Span<ulong> c1, ActiveSet active, int party, PackingLayout layout, RlwePublicKey receiver, IEntropy entropy, Span<ulong> first, Span<ulong> second)
    {
        using PublicKeyEncryption encryption = new(receiver, entropy);
        using SecretBuffer<long> smudging = Smudging(layout, entropy);
        using SecretBuffer<sbyte> error = new(_ring.N);
        encryption.DrawError(error.Span);
        for (int i = 0; i < _ring.N; i++) smudging.Span[i] += error.Span[i];
        _ring.FromSigned(smudging.Span, first);
        encryption.Encrypt(first, second);
        AddProduct(c1, active, party, first);
    }

    /// <summary>The part under a wrapping key, to be kept on disk.</summary>
    public byte[] Wrap(ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> context, IEntropy entropy)
    {
        using SecretBuffer<byte> packed = new(ResiduePacking.PackedBytes(_ring));
        ResiduePacking.Pack(_ring, Part, packed.Span);
        return Wrapping.Wrap(wrappingKey, context, packed.Span, entropy);
    }

    /// <summary>Takes a wrapped part.</summary>
    /// <exception cref="RefusedException">Another wrapping key, another holder or key, or damaged bytes.</exception>
    public static ThresholdShare Unwrap(RnsRing ring, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> context)
    {
        int bytes = ResiduePacking.PackedBytes(ring) + Wrapping.Overhead;
        if (wrapped.Length != bytes) throw new RefusedException($"a wrapped key part has {bytes} bytes, not {wrapped.Length}");
        using SecretBuffer<byte> packed = Wrapping.Unwrap(wrapped, wrappingKey, context, "the wrapped key part");
        ThresholdShare share = new(ring);
        if (!ResiduePacking.Unpack(ring, packed.Span, share._part.Span)) throw new RefusedException("the wrapped key part is no polynomial of the ring");
        return share;
    }

    private ReadOnlySpan<ulong> Part
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _part.Span;
        }
    }

    // (lambda c1) x is c1 (lambda x) without a copy of the part; lambda and c1 are public.
    private void AddProduct(Span<ulong> c1, ActiveSet active, int party, Span<ulong> sum)
    {
        SharingPolynomial.Scale(_ring, c1, q => active.Lagrange(party, q));
        _ring.MultiplyAdd(c1, Part, sum);
    }

    private SecretBuffer<long> Smudging(PackingLayout layout, IEntropy entropy)
    {
        double deviation = Math.BitIncrement((double)layout.Proof.SmudgingSigma);
        if (_smudge is not { } planned || planned.Asked != deviation) _smudge = planned = new Smudge(deviation, WideGaussian.Create(deviation));
        SecretBuffer<long> smudging = new(_ring.N);
        using IRandomStream stream = AesCtrStream.Fresh(entropy);
        planned.Sampler.Fill(stream, smudging.Span);
        return smudging;
    }

    public void Dispose()
    {
        _isDisposed = true;
        _part.Dispose();
    }

    public override string ToString() => "<redacted>";

    private sealed record Smudge(double Asked, WideGaussian Sampler);
}
