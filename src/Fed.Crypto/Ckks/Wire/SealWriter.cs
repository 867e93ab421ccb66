using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Fed.Crypto.Ckks.Wire;

/// <summary>Writes the fields of SEAL's objects.</summary>
internal sealed class SealWriter(Stream stream, byte versionMinor)
{
    /// <summary>A header that says uncompressed: of an uncompressed object, or of a nested one.</summary>
    /// <param name="totalBytes">Of the object, its header included.</param>
    public void Header(long totalBytes)
    {
        Span<byte> bytes = stackalloc byte[SealHeader.Bytes];
        new SealHeader(versionMinor, SealCompression.None, totalBytes).Write(bytes);
        stream.Write(bytes);
    }

    public void Byte(byte value) => stream.WriteByte(value);

    public void Bytes(ReadOnlySpan<byte> bytes) => stream.Write(bytes);

    public void Word(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        stream.Write(bytes);
    }

    public void Double(double value) => Word(BitConverter.DoubleToUInt64Bits(value));

    public void ParmsId(ParmsId id)
    {
        Word(id.Word0);
        Word(id.Word1);
        Word(id.Word2);
        Word(id.Word3);
    }

    /// <summary>A <c>DynArray</c> of words: header, count, words.</summary>
    public void Array(ReadOnlySpan<ulong> words)
    {
        Header(ArrayBytes(words.Length));
        Word((ulong)words.Length);
        if (BitConverter.IsLittleEndian) stream.Write(MemoryMarshal.AsBytes(words));
        else
        {
            foreach (ulong word in words) Word(word);
        }
    }

    /// <summary>Bytes of a <c>DynArray</c> of words.</summary>
    public static long ArrayBytes(long count) => SealHeader.Bytes + 8 + (8 * count);
}
