using System.Runtime.InteropServices;
using Fed.Vectors;

namespace Fed.Actors.Shell;

/// <summary>
/// An opened sum as a blob: its integers as words of the plan's ring, little-endian; the same for every protection. Under plain it is the sealed sum itself, so that nothing is
/// stored twice.
/// </summary>
public static class OpenedSum
{
    /// <summary>How the reason of a job begins that stopped since what was opened is no sum of honest contributions.</summary>
    public const string Inconsistent = "opening inconsistent";

    /// <summary>The blob's bytes, a ring word an entry.</summary>
    public static byte[] ToBytes(RingWidth ring, ReadOnlySpan<long> opened)
    {
        if (ring == RingWidth.Ring64) return MemoryMarshal.AsBytes(opened).ToArray();
        byte[] bytes = GC.AllocateUninitializedArray<byte>(opened.Length * sizeof(int));
        Span<int> words = MemoryMarshal.Cast<byte, int>(bytes.AsSpan());
        for (int i = 0; i < words.Length; i++) words[i] = unchecked((int)opened[i]);
        return bytes;
    }

    /// <summary>The integers of a blob.</summary>
    /// <exception cref="InvalidDataException">The length is not a multiple of the ring's word.</exception>
    public static long[] FromBytes(RingWidth ring, ReadOnlySpan<byte> bytes)
    {
        int wordBytes = RingSum.WordBytes(ring);
        if (bytes.Length % wordBytes != 0) throw new InvalidDataException($"an opened sum has {wordBytes} bytes an entry; {bytes.Length} bytes are none");
        long[] opened = GC.AllocateUninitializedArray<long>(bytes.Length / wordBytes);
        RingSum.Decode(ring, bytes, opened);
        return opened;
    }
}
