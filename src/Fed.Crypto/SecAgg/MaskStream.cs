using Fed.Crypto.SecAgg.Masks;
using Fed.Vectors;

namespace Fed.Crypto.SecAgg;

/// <summary>A sum of masks, added piece by piece: a silo's own and those it shares with others, or what a coordinator takes from a sum to open it. Disposing wipes the keys.</summary>
/// <remarks>Holds 240 bytes of key material a mask and no part of a vector; pieces may come in any order, any number of times. One user at a time. Applying allocates nothing.</remarks>
public sealed class MaskStream : IDisposable
{
    private const int ChunkBytes = 8192;                    // stays in the first cache while all masks pass over it

    private readonly List<(MaskCipher Cipher, bool Subtract)> _masks = [];
    private bool _disposed;

    internal MaskStream(RingWidth ring) => Ring = ring;

    /// <summary>Width of a word.</summary>
    public RingWidth Ring { get; }

    /// <summary>Number of masks.</summary>
    public int Count => _masks.Count;

    /// <summary>Adds the masks to a piece of the vector, in place.</summary>
    /// <param name="offset">Index of the piece's first word in the whole vector.</param>
    /// <param name="words">Little-endian ring words; a whole number of them.</param>
    /// <exception cref="ArgumentException">The piece is no whole number of words.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The offset is negative.</exception>
    public void Apply(long offset, Span<byte> words)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        int wordBytes = RingSum.WordBytes(Ring);
        if (words.Length % wordBytes != 0) throw new ArgumentException($"{words.Length} bytes are no whole number of {wordBytes}-byte words", nameof(words));
        long at = checked(offset * wordBytes);
        for (int done = 0; done < words.Length; done += ChunkBytes)
        {
            Span<byte> chunk = words.Slice(done, Math.Min(ChunkBytes, words.Length - done));
            foreach ((MaskCipher cipher, bool subtract) in _masks) cipher.Apply(Ring, subtract, at + done, chunk);
        }
    }

    /// <summary>Masks a piece into another buffer.</summary>
    /// <param name="offset">Index of the piece's first word in the whole vector.</param>
    /// <param name="words">Little-endian ring words.</param>
    /// <param name="masked">Receives as many bytes.</param>
    /// <inheritdoc cref="Apply(long, Span{byte})" path="/exception"/>
    public void Apply(long offset, ReadOnlySpan<byte> words, Span<byte> masked)
    {
        if (words.Length != masked.Length) throw new ArgumentException($"lengths differ: {words.Length} and {masked.Length} bytes", nameof(masked));
        words.CopyTo(masked);
        Apply(offset, masked);
    }

    /// <summary>Adds a mask to the sum, or takes it away.</summary>
    internal void Include(ReadOnlySpan<byte> key, bool subtract) => _masks.Add((MaskCipher.Create(key), subtract));

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        foreach ((MaskCipher cipher, _) in _masks) cipher.Dispose();
    }

    /// <summary>Never a key.</summary>
    public override string ToString() => "<redacted>";
}
