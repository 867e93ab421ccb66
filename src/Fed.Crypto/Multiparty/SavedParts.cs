using System.Buffers.Binary;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Multiparty;

/// <summary>Byte strings in a row, each behind its length in four bytes, little-endian: the inside of what a party keeps on its disk.</summary>
internal static class SavedParts
{
    /// <summary>Parts in one buffer of exactly their size, so that no copy of a secret is left behind by growing.</summary>
    public static SecretBuffer<byte> Join(params ReadOnlySpan<ReadOnlyMemory<byte>> parts)
    {
        int length = 0, at = 0;
        foreach (ReadOnlyMemory<byte> part in parts) length = checked(length + sizeof(int) + part.Length);
        SecretBuffer<byte> joined = new(length);
        foreach (ReadOnlyMemory<byte> part in parts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(joined.Span[at..], part.Length);
            part.Span.CopyTo(joined.Span[(at + sizeof(int))..]);
            at += sizeof(int) + part.Length;
        }

        return joined;
    }

    /// <summary>The next part.</summary>
    /// <exception cref="SealFormatException">There is none, or it is cut off.</exception>
    public static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> joined)
    {
        int length = joined.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(joined);
        if (length < 0 || length > joined.Length - sizeof(int)) throw new SealFormatException("the saved state of a party is cut off");
        ReadOnlySpan<byte> part = joined.Slice(sizeof(int), length);
        joined = joined[(sizeof(int) + length)..];
        return part;
    }
}
