using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Fed.Crypto.Multiparty;

/// <summary>Hashes fields under a purpose, each behind its length, so that no two different lists of fields give the same bytes.</summary>
/// <remarks>Purpose, then each field: 8 bytes of length, little-endian, and its content. Numbers are 8 bytes, text is UTF-8.</remarks>
internal sealed class FieldHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public FieldHash(string purpose) => Add(purpose);

    public FieldHash Add(string text) => Add(Encoding.UTF8.GetBytes(text));

    public FieldHash Add(Hash256 hash) => Add(hash.ToArray());

    public FieldHash Add(long number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Add(bytes);
    }

    public FieldHash Add(ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(length, content.Length);
        _hash.AppendData(length);
        _hash.AppendData(content);
        return this;
    }

    /// <summary>The hash of everything added.</summary>
    public Hash256 Close()
    {
        using (this) return new Hash256(_hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();
}
