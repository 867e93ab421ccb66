using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>The frame that SEAL's two generators share: a 64-byte seed, and blocks of 4096 bytes numbered from 0.</summary>
public abstract class SealBlockStream : IRandomStream
{
    /// <summary>Bytes of a seed.</summary>
    public const int SeedBytes = 64;

    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 4096;

    private readonly byte[] _seed;
    private readonly byte[] _block = new byte[BlockBytes];
    private ulong _counter;
    private int _position = BlockBytes;
    private bool _disposed;

    private protected SealBlockStream(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes) throw new ArgumentException($"a SEAL seed has {SeedBytes} bytes, this one has {seed.Length}", nameof(seed));
        _seed = seed.ToArray();
    }

    private protected abstract void Expand(ReadOnlySpan<byte> seed, ulong counter, Span<byte> block);

    /// <inheritdoc/>
    public void Fill(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (!buffer.IsEmpty)
        {
            if (_position == BlockBytes)
            {
                Expand(_seed, _counter++, _block);
                _position = 0;
            }
            int count = Math.Min(buffer.Length, BlockBytes - _position);
            _block.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            buffer = buffer[count..];
        }
    }

    /// <summary>Wipes seed and bytes.</summary>
    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_seed);
        CryptographicOperations.ZeroMemory(_block);
        GC.SuppressFinalize(this);
    }
}
