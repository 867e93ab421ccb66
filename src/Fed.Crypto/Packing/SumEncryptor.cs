using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.Packing;

/// <summary>Receives ciphertexts in order. The bytes are valid during the call only.</summary>
/// <param name="index">Which ciphertext of the vector, from 0.</param>
/// <param name="ciphertext">Header and residues.</param>
public delegate void CiphertextWriter(int index, ReadOnlySpan<byte> ciphertext);

/// <summary>Encrypts a vector of ring words that comes in pieces, ciphertext by ciphertext: memory for one ciphertext, whatever the vector's length.</summary>
/// <remarks>
/// One thread, one vector; dispose it to wipe values and randomness. <see cref="Write"/> has the shape of a <see cref="PieceWriter"/>, so that <see cref="GridEncoder"/> can write straight into it.
/// </remarks>
public sealed class SumEncryptor : IDisposable
{
    private const int BlockCoefficients = 512;

    private readonly PackingLayout _layout;
    private readonly RingWidth _ringWidth;
    private readonly CiphertextWriter _output;
    private readonly PackedFormat _format;
    private readonly PackedForm _form;
    private readonly PublicKeyEncryption? _publicKey;
    private readonly SecretKeyEncryption? _secretKey;
    private readonly MaskedEncryption? _masked;
    private readonly SecretBuffer<long> _values;
    private readonly SecretBuffer<sbyte> _errors;
    private readonly SecretBuffer<ulong> _message;
    private readonly ulong[] _second;
    private readonly byte[] _bytes;

    private RunEncoder? _encoder;
    private PackingRun? _encoderRun;
    private PackingCursor _cursor;
    private int _filled;
    private bool _isBroken;

    /// <summary>Encrypts under a public key.</summary>
    /// <param name="layout">Where the values lie, for a job that counts with the errors of public keys.</param>
    /// <param name="key">A key of the profile's ring.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <param name="ring">Width of the vector's words.</param>
    /// <param name="output">Receives the ciphertexts.</param>
    /// <exception cref="InvalidParametersException">The key belongs to another ring, or is of the kind that the profile's error bound does not count.</exception>
    public SumEncryptor(PackingLayout layout, RlwePublicKey key, IEntropy entropy, RingWidth ring, CiphertextWriter output)
        : this(layout, key.Ring, key.Id.AsSpan(), PackedForm.Ciphertext, ring, output) => _publicKey = new PublicKeyEncryption(key, entropy);

    /// <summary>Encrypts with one's own part of a secret; disposes the encryption.</summary>
    internal SumEncryptor(PackingLayout layout, ReadOnlySpan<byte> keyId, MaskedEncryption encryption, RingWidth ring, CiphertextWriter output)
        : this(layout, encryption.Ring, keyId, PackedForm.Masked, ring, output) => _masked = encryption;

    /// <summary>Encrypts under a shared secret key, seeded.</summary>
    /// <inheritdoc cref="SumEncryptor(PackingLayout, RlwePublicKey, IEntropy, RingWidth, CiphertextWriter)"/>
    public SumEncryptor(PackingLayout layout, RlweSecretKey key, IEntropy entropy, RingWidth ring, CiphertextWriter output)
        : this(layout, key.Ring, key.Id.AsSpan(), PackedForm.SeededCiphertext, ring, output) => _secretKey = new SecretKeyEncryption(key, entropy);

    private SumEncryptor(PackingLayout layout, RnsRing keyRing, ReadOnlySpan<byte> keyId, PackedForm form, RingWidth ring, CiphertextWriter output)
    {
        layout.Profile.RequireKey(keyRing, isPublic: form != PackedForm.SeededCiphertext);
        if (layout.SumForm != (form == PackedForm.Masked ? form : PackedForm.Ciphertext)) throw new InvalidParametersException($"the layout's error bound is for sums of another form than {form}");
        (_layout, _ringWidth, _output, _form) = (layout, ring, output, form);
        _format = new PackedFormat(layout, keyId);
        RnsRing r = layout.Profile.Ring;
        _values = new SecretBuffer<long>(BlockCoefficients * layout.Runs.Max(static run => run.Fields));
        _errors = new SecretBuffer<sbyte>(r.N);
        _message = new SecretBuffer<ulong>(r.Words);
        _second = form == PackedForm.Ciphertext ? new ulong[r.Words] : [];
        _bytes = new byte[_format.Bytes(form)];
        _cursor = new PackingCursor(layout, BlockCoefficients);
    }

    /// <summary>Takes the next words of the vector.</summary>
    /// <param name="words">Whole ring words, little-endian; any number of them.</param>
    /// <exception cref="ArgumentException">No whole number of words, or more words than the vector has.</exception>
    /// <exception cref="CapacityExceededException">A value is outside its segment's grid; the encryptor is of no further use.</exception>
    public void Write(ReadOnlySpan<byte> words)
    {
        int size = RingSum.WordBytes(_ringWidth);
        if (words.Length % size != 0) throw new ArgumentException($"{words.Length} bytes are no whole number of {size}-byte words", nameof(words));
        if (_isBroken) throw new InvalidOperationException("the encryptor stopped at an error; its vector is void");
        while (!words.IsEmpty)
        {
            if (_cursor.IsAtEnd) throw new ArgumentException($"the vector has {_layout.Schema.Length} entries; {words.Length / size} more came", nameof(words));
            if (_filled == 0 && _cursor.IsAtStartOfCiphertext) DrawError();
            int count = Math.Min(words.Length / size, _cursor.Values - _filled);
            RingSum.Decode(_ringWidth, words[..(count * size)], _values.Span.Slice(_filled, count));
            words = words[(count * size)..];
            _filled += count;
            if (_filled == _cursor.Values) EncodeBlock();
        }
    }

    /// <summary>Checks that the vector is complete; all its ciphertexts have then been written.</summary>
    /// <exception cref="InvalidOperationException">Words are missing.</exception>
    public void Complete()
    {
        if (_isBroken || !_cursor.IsAtEnd) throw new InvalidOperationException($"the vector is not complete: it stops in ciphertext {_cursor.Ciphertext} of {_layout.Ciphertexts}");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _publicKey?.Dispose();
        _secretKey?.Dispose();
        _masked?.Dispose();
        _values.Dispose();
        _errors.Dispose();
        _message.Dispose();
    }

    private void DrawError()
    {
        if (_publicKey is not null) _publicKey.DrawError(_errors.Span);
        else if (_masked is not null) _masked.DrawError(_errors.Span);
        else _secretKey!.DrawError(_errors.Span);
    }

    private void EncodeBlock()
    {
        PackingRun run = _cursor.Run;
        if (run != _encoderRun) (_encoderRun, _encoder) = (run, new RunEncoder(_layout, run));
        Span<long> values = _values.Span[..(_cursor.Count * run.Fields)];
        values[_filled..].Clear();   // the fields of the last coefficient that nobody uses
        if (!_encoder!.Encode(values, _errors.Span.Slice(_cursor.Start, _cursor.Count), _message.Span, _cursor.Start))
        {
            _isBroken = true;
            throw new CapacityExceededException(Outside(run));
        }
        _filled = 0;
        int ciphertext = _cursor.Ciphertext, end = _cursor.Start + _cursor.Count;
        _cursor.Advance();
        if (_cursor.Ciphertext != ciphertext) Emit(ciphertext, end);
    }

    private void Emit(int ciphertext, int end)
    {
        Span<ulong> message = _message.Span;
        if (end < _layout.Profile.N) RunEncoder.Unused(_layout).Encode([], _errors.Span[end..], message, end);
        RnsRing ring = _layout.Profile.Ring;
        _format.Write(new PackedHeader(_form, ciphertext, Summands: 1), _bytes);
        if (_publicKey is not null)
        {
            _publicKey.Encrypt(message, _second);
            ResiduePacking.Pack(ring, _second, _format.Polynomial(_bytes.AsSpan(), 1));
        }
        else if (_masked is not null)
        {
            _masked.Encrypt(ciphertext, message);
        }
        else
        {
            _secretKey!.Encrypt(message, _bytes.AsSpan(PackedFormat.HeaderBytes + _format.PolynomialBytes));
        }
        ResiduePacking.Pack(ring, message, _format.Polynomial(_bytes.AsSpan(), 0));
        _isBroken = true;   // for good where the receiver throws: it has not got this ciphertext
        _output(ciphertext, _bytes);
        _isBroken = false;
    }

    // Which value it was is looked for only now; the message names its place and the bound, not the value.
    private string Outside(PackingRun run)
    {
        System.Numerics.BigInteger limit = _layout.Proof.FieldBound(run.Bits, summands: 1);
        int at = 0;
        while (System.Numerics.BigInteger.Abs(_values.Span[at]) <= limit) at++;
        int entry = _cursor.FirstValue + at;
        int segment = _layout.Schema.Offsets.Count(offset => offset <= entry) - 1;
        return $"entry {entry - _layout.Schema.Offsets[segment]} of segment '{_layout.Schema.Segments[segment].Name}' is outside its field: a summand of {run.Bits} bits lies within +-{limit}";
    }
}
