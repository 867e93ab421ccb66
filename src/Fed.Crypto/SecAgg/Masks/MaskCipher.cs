using Fed.Vectors;

namespace Fed.Crypto.SecAgg.Masks;

/// <summary>One mask: the AES-256-CTR keystream of one key, read as little-endian ring words, added to or taken from a vector at any offset.</summary>
/// <remarks>
/// NIST SP 800-38A, CTR: block i of the stream is AES(key, prefix || i), prefix and i as 64-bit big-endian numbers; of a mask the prefix is 0. The offset in the vector is the offset in the stream, so pieces can be masked in any order, and a piece
/// masked twice is the same piece. A key belongs to one pair (or one site) and attempt. The two implementations agree to the bit.
/// </remarks>
internal abstract class MaskCipher : IDisposable
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 16;

    /// <summary>The fastest implementation on this processor.</summary>
    public static MaskCipher Create(ReadOnlySpan<byte> key) => AesNiMaskCipher.IsSupported ? new AesNiMaskCipher(key, 0) : new PortableMaskCipher(key, 0);

    /// <summary>Adds the mask or takes it away.</summary>
    /// <param name="ring">Width of a word.</param>
    /// <param name="subtract">Whether the mask is taken away.</param>
    /// <param name="offset">Where the words stand in the whole vector, in bytes; whole words.</param>
    /// <param name="words">Little-endian words, changed in place; whole words.</param>
    public void Apply(RingWidth ring, bool subtract, long offset, Span<byte> words)
    {
        ulong block = (ulong)offset / BlockBytes;
        int within = (int)((ulong)offset % BlockBytes);
        if (within != 0)
        {
            int count = Math.Min(words.Length, BlockBytes - within);
            ApplyPart(ring, subtract, block++, within, words[..count]);
            words = words[count..];
        }
        int whole = words.Length & -BlockBytes;
        ApplyBlocks(ring, subtract, block, words[..whole]);
        if (whole < words.Length) ApplyPart(ring, subtract, block + (ulong)whole / BlockBytes, 0, words[whole..]);
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The same for whole blocks.</summary>
    internal abstract void ApplyBlocks(RingWidth ring, bool subtract, ulong block, Span<byte> words);

    // A word never crosses a block, so a part of a block is a block with other words around it.
    private void ApplyPart(RingWidth ring, bool subtract, ulong block, int within, Span<byte> words)
    {
        Span<byte> padded = stackalloc byte[BlockBytes];
        padded.Clear();
        words.CopyTo(padded[within..]);
        ApplyBlocks(ring, subtract, block, padded);
        padded.Slice(within, words.Length).CopyTo(words);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(padded);   // what stands around the words is keystream
    }
}
