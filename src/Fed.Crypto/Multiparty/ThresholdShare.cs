using System.Security.Cryptography;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>
/// What a holder has of a collective secret: its own summand s_i, with which it encrypts, and of each holder's summand the value that it was dealt, S_i(alpha_j). Makes shares of the sum over terms of a (lambda_j x_Sj) + f, smudged,
/// where x_Sj is the sum of what the members of S dealt; keeps no record of them.
/// </summary>
/// <remarks>
/// The Lagrange factor is as large as the modulus, so it multiplies the public polynomial or the key, never the share with its smudging. f is a discrete Gaussian of the deviation that the layout's proof states, from a
/// public bound on the error of the sum (never a measured one): every honest holder adds its own, so that it hides the error even if all others pool what they know.
/// </remarks>
internal sealed class ThresholdShare : IDisposable
{
    private const int ErrorKeyBytes = 32;

    private readonly RnsRing _ring;
    private readonly SecretBuffer<ulong>?[] _dealt;
    private readonly SecretBuffer<byte> _errorKey = new(ErrorKeyBytes);
    private RlweSecretKey? _own;
    private Smudge? _smudge;   // planned once for all ciphertexts of a sum
    private bool _isDisposed;

    /// <summary>Nothing yet.</summary>
    /// <param name="ring">The ring.</param>
    /// <param name="holders">How many deal.</param>
    public ThresholdShare(RnsRing ring, int holders) => (_ring, _dealt) = (ring, new SecretBuffer<ulong>?[holders]);

    /// <summary>Takes a copy of the holder's own summand, and draws the key of its errors.</summary>
    public void KeepOwn(RlweSecretKey own, IEntropy entropy)
    {
        _own = RlweSecretKey.FromEvaluations(_ring, own.Evaluations);
        entropy.Fill(_errorKey.Span);
    }

    /// <summary>Takes a copy of a dealt value; of each dealer one.</summary>
    public void Take(int dealer, ReadOnlySpan<ulong> value)
    {
        _dealt[dealer] = new SecretBuffer<ulong>(_ring.Words);
        value.CopyTo(_dealt[dealer]!.Span);
    }

    /// <summary>The holder's own summand.</summary>
    public RlweSecretKey Own
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _own ?? throw new RefusedException("this holder has not shared its secret out");
        }
    }

    /// <summary>Errors that belong to one message under one set of polynomials: the same for the same, and never the same for another.</summary>
    /// <param name="mask">Names the polynomials.</param>
    /// <param name="vector">Names the message.</param>
    public IRandomStream Errors(Hash256 mask, Hash256 vector)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        Span<byte> seed = stackalloc byte[AesCtrStream.SeedBytes];
        HMACSHA256.HashData(_errorKey.Span, new FieldHash("fedactors/contribution-errors/1").Add(mask).Add(vector).Close().ToArray(), seed);
        AesCtrStream stream = new(seed);
        CryptographicOperations.ZeroMemory(seed);
        return stream;
    }

    /// <summary>A decryption share.</summary>
    /// <param name="terms">What is opened.</param>
    /// <param name="active">Who opens.</param>
    /// <param name="party">This holder.</param>
    /// <param name="layout">Whose proof states the smudging.</param>
    /// <param name="entropy">The operating system's generator.</param>
    /// <param name="scratch">A polynomial.</param>
    /// <param name="share">Receives the share, NTT form.</param>
    public void Decrypt(IReadOnlyList<OpenedTerm> terms, ActiveSet active, int party, PackingLayout layout, IEntropy entropy, Span<ulong> scratch, Span<ulong> share)
    {
        using SecretBuffer<long> smudging = Smudging(layout, entropy);
        _ring.FromSigned(smudging.Span, share);
        _ring.Forward(share);
        AddProducts(terms, active, party, scratch, share);
    }

    /// <summary>A key switch share: the decryption share, encrypted to a receiver.</summary>
    /// <param name="terms">What is opened.</param>
    /// <param name="active">Who opens.</param>
    /// <param name="party">This holder.</param>
    /// <param name="layout">Whose proof states the smudging.</param>
    /// <param name="receiver">The receiver's key.</param>
    /// <param name="entropy">The operating system's generator.</param>
    /// <param name="scratch">A polynomial.</param>
    /// <param name="first">Receives u b' + e0 + f + the products, NTT form.</param>
    /// <param name="second">Receives u a' + e1, NTT form.</param>
    public void Switch(
        IReadOnlyList<OpenedTerm> terms, ActiveSet active, int party, PackingLayout layout, RlwePublicKey receiver, IEntropy entropy, Span<ulong> scratch, Span<ulong> first, Span<ulong> second)
    {
        using PublicKeyEncryption encryption = new(receiver, entropy);
        using SecretBuffer<long> smudging = Smudging(layout, entropy);
        using SecretBuffer<sbyte> error = new(_ring.N);
        encryption.DrawError(error.Span);
        for (int i = 0; i < _ring.N; i++) smudging.Span[i] += error.Span[i];
        _ring.FromSigned(smudging.Span, first);
        encryption.Encrypt(first, second);
        AddProducts(terms, active, party, scratch, first);
    }

    /// <summary>All of it under a wrapping key, to be kept on disk.</summary>
    public byte[] Wrap(ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> context, IEntropy entropy)
    {
        int bytes = ResiduePacking.PackedBytes(_ring);
        using SecretBuffer<byte> packed = new(ErrorKeyBytes + ((1 + _dealt.Length) * (1 + bytes)));
        _errorKey.Span.CopyTo(packed.Span);
        Write(_own is null ? [] : _own.Evaluations, packed.Span.Slice(ErrorKeyBytes, 1 + bytes));
        for (int i = 0; i < _dealt.Length; i++) Write(_dealt[i] is { } value ? value.Span : [], packed.Span.Slice(ErrorKeyBytes + ((1 + i) * (1 + bytes)), 1 + bytes));
        return Wrapping.Wrap(wrappingKey, context, packed.Span, entropy);

        void Write(ReadOnlySpan<ulong> polynomial, Span<byte> part)
        {
            if (polynomial.IsEmpty) return;
            part[0] = 1;
            ResiduePacking.Pack(_ring, polynomial, part[1..]);
        }
    }

    /// <summary>Takes what was wrapped.</summary>
    /// <exception cref="RefusedException">Another wrapping key, another holder or key, or damaged bytes.</exception>
    public static ThresholdShare Unwrap(RnsRing ring, int holders, ReadOnlySpan<byte> wrapped, ReadOnlySpan<byte> wrappingKey, ReadOnlySpan<byte> context)
    {
        int bytes = ResiduePacking.PackedBytes(ring), length = ErrorKeyBytes + ((1 + holders) * (1 + bytes)) + Wrapping.Overhead;
        if (wrapped.Length != length) throw new RefusedException($"a wrapped key part has {length} bytes, not {wrapped.Length}");
        using SecretBuffer<byte> packed = Wrapping.Unwrap(wrapped, wrappingKey, context, "the wrapped key part");
        using SecretBuffer<ulong> value = new(ring.Words);
        ThresholdShare share = new(ring, holders);
        packed.Span[..ErrorKeyBytes].CopyTo(share._errorKey.Span);
        for (int i = 0; i <= holders; i++)
        {
            ReadOnlySpan<byte> part = packed.Span.Slice(ErrorKeyBytes + (i * (1 + bytes)), 1 + bytes);
            if (part[0] == 0) continue;
            if (!ResiduePacking.Unpack(ring, part[1..], value.Span)) throw new RefusedException("the wrapped key part is no polynomial of the ring");
            if (i == 0) share._own = RlweSecretKey.FromEvaluations(ring, value.Span);
            else share.Take(i - 1, value.Span);
        }

        return share;
    }

    // (lambda a) x is a (lambda x) without a copy of the part; lambda and a are public.
    private void AddProducts(IReadOnlyList<OpenedTerm> terms, ActiveSet active, int party, Span<ulong> scratch, Span<ulong> sum)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using SecretBuffer<ulong> part = new(_ring.Words);
        foreach (OpenedTerm term in terms)
        {
            part.Wipe();
            foreach (int dealer in term.Dealers) _ring.Add(part.Span, (_dealt[dealer] ?? throw new RefusedException("a holder's deal is missing")).Span);
            term.Polynomial(scratch);
            SharingPolynomial.Scale(_ring, scratch, q => active.Lagrange(party, q));
            _ring.MultiplyAdd(scratch, part.Span, sum);
        }
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
        _own?.Dispose();
        _errorKey.Dispose();
        foreach (SecretBuffer<ulong>? value in _dealt) value?.Dispose();
    }

    public override string ToString() => "<redacted>";

    private sealed record Smudge(double Asked, WideGaussian Sampler);
}
