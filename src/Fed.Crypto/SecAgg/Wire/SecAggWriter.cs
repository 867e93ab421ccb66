using System.Buffers.Binary;
using Fed.Crypto.Multiparty;

namespace Fed.Crypto.SecAgg.Wire;

/// <summary>Writes one message: "FSA", version, kind, then fields of fixed order, little-endian, variable ones behind their length. There is one encoding of each message.</summary>
internal sealed class SecAggWriter
{
    /// <summary>Version of all messages.</summary>
    public const byte Version = 1;

    /// <summary>The first three bytes.</summary>
    public static ReadOnlySpan<byte> Magic => "FSA"u8;

    /// <summary>The longest signature.</summary>
    public const int SignatureBytesMax = 512;

    private byte[] _bytes;
    private int _length;

    /// <summary>Begins a message.</summary>
    /// <param name="kind">What is written.</param>
    /// <param name="capacity">Bytes to begin with. Secrets state their whole length, so that no copy is left behind by growing.</param>
    public SecAggWriter(SecAggKind kind, int capacity = 256)
    {
        _bytes = new byte[capacity];
        Add(Magic).Add(Version).Add((byte)kind);
    }

    public SecAggWriter Add(byte value)
    {
        Next(1)[0] = value;
        return this;
    }

    /// <summary>A site's place, or a count of sites.</summary>
    public SecAggWriter Add(int site)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Next(sizeof(ushort)), checked((ushort)site));
        return this;
    }

    public SecAggWriter Add(Hash256 hash)
    {
        hash.CopyTo(Next(Hash256.Bytes));
        return this;
    }

    public SecAggWriter Add(ReadOnlySpan<byte> content)
    {
        content.CopyTo(Next(content.Length));
        return this;
    }

    public SecAggWriter Add(SiteSet set) => Add(set.Sites).Add(set.Bits);

    public SecAggWriter AddSignature(ReadOnlySpan<byte> signature)
    {
        if (signature.Length > SignatureBytesMax) throw new ArgumentException($"a signature of {signature.Length} bytes: at most {SignatureBytesMax}", nameof(signature));
        return Add(signature.Length).Add(signature);
    }

    public byte[] ToArray() => _length == _bytes.Length ? _bytes : _bytes[.._length];

    private Span<byte> Next(int count)
    {
        if (_bytes.Length - _length < count) Array.Resize(ref _bytes, Math.Max(2 * _bytes.Length, _length + count));
        Span<byte> next = _bytes.AsSpan(_length, count);
        _length += count;
        return next;
    }
}
