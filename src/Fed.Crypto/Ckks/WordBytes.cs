using System.Buffers.Binary;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's bytes are little-endian; words of this machine become them in place.</summary>
internal static class WordBytes
{
    /// <summary>Swaps the bytes of each word on a big-endian machine, in either direction; nothing on others.</summary>
    public static void SwapToLittleEndian(Span<ulong> words)
    {
        if (!BitConverter.IsLittleEndian) BinaryPrimitives.ReverseEndianness(words, words);
    }
}
