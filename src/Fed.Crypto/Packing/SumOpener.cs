using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Packing;

/// <summary>Opens sums with a shared secret key. (A collective key has no such holder: its parties give decryption shares.)</summary>
/// <remarks>One thread at a time.</remarks>
public sealed class SumOpener : IDisposable
{
    private readonly PackingLayout _layout;
    private readonly RlweSecretKey _key;
    private readonly PackedFormat _format;
    private readonly ulong[] _second;
    private readonly SecretBuffer<ulong> _opened;
    private SumDecoder? _decoder;
    private int _decoderSummands;

    /// <summary>For sums of one layout.</summary>
    /// <param name="layout">The layout of all summands.</param>
    /// <param name="key">The key of all summands; the caller disposes it.</param>
    /// <exception cref="InvalidParametersException">The key belongs to another ring, or the profile's keys have no single holder.</exception>
    public SumOpener(PackingLayout layout, RlweSecretKey key)
    {
        layout.Profile.RequireKey(key.Ring, isPublic: false);
        (_layout, _key) = (layout, key);
        _format = new PackedFormat(layout, key.Id.AsSpan());
        _second = new ulong[key.Ring.Words];
        _opened = new SecretBuffer<ulong>(key.Ring.Words);
    }

    /// <summary>Opens one ciphertext of a sum.</summary>
    /// <param name="sum">Header and residues.</param>
    /// <param name="values">Receives the sums, as many as <see cref="PackingLayout.ValuesOf"/> says of the ciphertext's index.</param>
    /// <returns>Index and number of summands, as the header says.</returns>
    /// <exception cref="SealFormatException">The bytes are no ciphertext of this layout and key, or of an index that carries another number of values.</exception>
    /// <exception cref="OpeningInconsistentException">What was opened is no sum of honest ciphertexts.</exception>
    public PackedHeader Open(ReadOnlySpan<byte> sum, Span<long> values)
    {
        PackedHeader header = _format.Read(sum);
        if (header.Form is not (PackedForm.Ciphertext or PackedForm.SeededCiphertext)) throw new SealFormatException($"a {header.Form} is no ciphertext under one key");
        _format.RequireValues(header.Index, values.Length);
        RnsRing ring = _layout.Profile.Ring;
        _format.Unpack(sum, 0, _opened.Span);
        _format.Unpack(sum, 1, _second);
        ring.MultiplyAdd(_second, _key.Evaluations, _opened.Span);
        if (_decoder is null || _decoderSummands != header.Summands)
        {
            _decoder?.Dispose();
            (_decoder, _decoderSummands) = (new SumDecoder(_layout, header.Summands), header.Summands);
        }
        _decoder.Decode(header.Index, _opened.Span, values);
        return header;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _opened.Dispose();
        _decoder?.Dispose();
    }
}
