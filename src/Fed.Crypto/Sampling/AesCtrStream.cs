using System.Buffers;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>The keystream of AES-256 in counter mode: our own stream, for everything that SEAL need not read.</summary>
/// <remarks>NIST SP 800-38A, CTR with the all-zero initial block and a 128-bit big-endian counter: what <c>openssl enc -aes-256-ctr</c> with a zero IV writes over zeros. 2^64 blocks are never reached.</remarks>
public sealed class AesCtrStream : IRandomStream
{
    /// <summary>Bytes of a seed: an AES-256 key.</summary>
    public const int SeedBytes = 32;

    private const int BlockBytes = 16;
    private const int BufferBytes = 8192;   // stays in the first cache
    private readonly ICounterMode _aes;
    private readonly byte[] _keystream = ArrayPool<byte>.Shared.Rent(BufferBytes);
    private GCHandle _pin;   // errors and keys are drawn from the keystream: the collector leaves no copy of it
    private ulong _block;
    private int _position = BufferBytes;
    private bool _disposed;

    /// <summary>Starts the stream of a seed.</summary>
    /// <param name="seed">32 bytes; copied.</param>
    /// <exception cref="ArgumentException">The seed has another length.</exception>
    public AesCtrStream(ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedBytes) throw new ArgumentException($"a seed has {SeedBytes} bytes, this one has {seed.Length}", nameof(seed));
        _pin = GCHandle.Alloc(_keystream, GCHandleType.Pinned);
        _aes = AesNiCounterMode.IsSupported ? new AesNiCounterMode(seed, prefix: 0) : new PortableCounterMode(seed, prefix: 0);
    }

    /// <summary>A stream nobody can predict: its seed comes from the generator and is forgotten.</summary>
    public static AesCtrStream Fresh(IEntropy entropy)
    {
        Span<byte> seed = stackalloc byte[SeedBytes];
        entropy.Fill(seed);
        AesCtrStream stream = new(seed);
        CryptographicOperations.ZeroMemory(seed);
        return stream;
    }

    /// <inheritdoc/>
    public void Fill(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        while (!buffer.IsEmpty)
        {
            if (_position == BufferBytes) Refill();
            int count = Math.Min(buffer.Length, BufferBytes - _position);
            _keystream.AsSpan(_position, count).CopyTo(buffer);
            _position += count;
            buffer = buffer[count..];
        }
    }

    private void Refill()
    {
        _aes.Keystream(_block, _keystream.AsSpan(0, BufferBytes));
        _block += BufferBytes / BlockBytes;
        _position = 0;
    }

    /// <summary>Wipes key and keystream.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _aes.Dispose();
        CryptographicOperations.ZeroMemory(_keystream);
        _pin.Free();
        ArrayPool<byte>.Shared.Return(_keystream);
    }
}
