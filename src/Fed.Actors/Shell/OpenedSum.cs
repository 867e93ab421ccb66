using System.Runtime.InteropServices;

namespace Fed.Actors.Shell;

/// <summary>An opened sum as a blob: its integers as little-endian 64-bit words, the same for every protection and ring.</summary>
public static class OpenedSum
{
    /// <summary>The blob's bytes, 8 an entry.</summary>
    public static byte[] ToBytes(ReadOnlySpan<long> opened)
    {
        byte[] bytes = new byte[opened.Length * sizeof(long)];
        MemoryMarshal.AsBytes(opened).CopyTo(bytes);
        return bytes;
    }

    /// <summary>The integers of a blob.</summary>
    /// <exception cref="InvalidDataException">The length is not a multiple of 8.</exception>
    public static long[] FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % sizeof(long) != 0) throw new InvalidDataException($"an opened sum has 8 bytes an entry; {bytes.Length} bytes are none");
        return MemoryMarshal.Cast<byte, long>(bytes).ToArray();
    }
}
