using System.Security.Cryptography;
using Fed.Crypto.Ckks.Wire;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>UniformRandomGeneratorInfo</c>: the public seed that a uniform polynomial is expanded from, and by which generator.</summary>
/// <remarks>Immutable. Nothing here is secret: the polynomial itself is published.</remarks>
public sealed class UniformRandomGeneratorInfo : SealObject
{
    /// <summary>Bytes of a seed.</summary>
    public const int SeedBytes = 64;

    private readonly byte[] _seed;

    /// <summary>Takes a generator and a seed.</summary>
    /// <param name="type">Blake2xb or Shake256.</param>
    /// <param name="seed"><see cref="SeedBytes"/> bytes, copied.</param>
    /// <exception cref="InvalidParametersException">Another generator, or one that this system lacks.</exception>
    /// <exception cref="ArgumentException">Another length.</exception>
    public UniformRandomGeneratorInfo(PrngType type, ReadOnlySpan<byte> seed)
    {
        if (type is not (PrngType.Blake2xb or PrngType.Shake256))
            throw new InvalidParametersException($"prng_type is {(byte)type}; seeds of {(byte)PrngType.Blake2xb} (Blake2xb) and {(byte)PrngType.Shake256} (Shake256) can be expanded");
        if (type == PrngType.Shake256 && !Shake256.IsSupported)
            throw new InvalidParametersException("prng_type is 2 (Shake256), which this system's cryptographic library lacks; use Blake2xb");
        if (seed.Length != SeedBytes) throw new ArgumentException($"a seed has {SeedBytes} bytes, not {seed.Length}", nameof(seed));
        Type = type;
        _seed = seed.ToArray();
    }

    /// <summary>The generator.</summary>
    public PrngType Type { get; }

    /// <summary>The seed.</summary>
    public ReadOnlySpan<byte> Seed => _seed;

    internal override long BodyBytes => 1 + SeedBytes;

    /// <summary>Reads a seed.</summary>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes.</exception>
    public static UniformRandomGeneratorInfo Load(ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, SealHeader.Bytes + 1 + SeedBytes, ReadBody);

    /// <summary>Reads a seed from the stream's position and leaves it behind it.</summary>
    /// <inheritdoc cref="Load(ReadOnlySpan{byte})" path="/exception"/>
    public static UniformRandomGeneratorInfo Load(Stream stream) => SealReader.Read(stream, SealHeader.Bytes + 1 + SeedBytes, ReadBody);

    internal static UniformRandomGeneratorInfo ReadBody(SealReader reader)
    {
        PrngType type = (PrngType)reader.Byte();
        byte[] seed = new byte[SeedBytes];
        reader.Bytes(seed);
        return ParametersFormat.Checked(() => new UniformRandomGeneratorInfo(type, seed));
    }

    /// <summary>The uniform polynomial in NTT form, as SEAL expands it.</summary>
    /// <param name="ring">Ring of the object's own level.</param>
    /// <param name="poly">Receives <see cref="RnsRing.Words"/> residues.</param>
    internal void Expand(RnsRing ring, Span<ulong> poly)
    {
        using IRandomStream stream = Type == PrngType.Blake2xb ? new Blake2xbStream(_seed) : new Shake256Stream(_seed);
        SealSampler.Uniform(stream, ring, poly);
    }

    internal void Write(SealWriter writer)
    {
        writer.Byte((byte)Type);
        writer.Bytes(_seed);
    }

    private protected override void WriteBody(SealWriter writer) => Write(writer);
}
