using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>SEAL's other generator: each block is SHAKE256 of the seed and the block number.</summary>
public sealed class Shake256Stream : SealBlockStream
{
    /// <summary>Starts the stream of a seed.</summary>
    /// <param name="seed">64 bytes; copied.</param>
    /// <exception cref="PlatformNotSupportedException">The system's cryptographic library has no SHAKE256.</exception>
    public Shake256Stream(ReadOnlySpan<byte> seed)
        : base(seed)
    {
        if (!Shake256.IsSupported) throw new PlatformNotSupportedException("this system's cryptographic library has no SHAKE256; use objects that SEAL seeded with its default, Blake2xb");
    }

    private protected override void Expand(ReadOnlySpan<byte> seed, ulong counter, Span<byte> block)
    {
        Span<byte> input = stackalloc byte[SeedBytes + 8];
        seed.CopyTo(input);
        BinaryPrimitives.WriteUInt64LittleEndian(input[SeedBytes..], counter);
        Shake256.HashData(input, block);
        CryptographicOperations.ZeroMemory(input);
    }
}
