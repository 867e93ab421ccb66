using System.Runtime.InteropServices;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Seal;

namespace Fed.Crypto.Tests.Sampling;

/// <summary>Streams and samplers against the bytes that SEAL 4.4.3 wrote (tests/data/seal/primitives); the seed is 00..3f.</summary>
public sealed class SealSamplerKnownAnswerTests
{
    private const int N = 4096;
    private static readonly byte[] Seed = [.. Enumerable.Range(0, 64).Select(static i => (byte)i)];
    private static readonly RnsRing Ring = new(N, PrimeSearch.Create(N, 36, 36, 37));

    [Fact]
    public void Blake2xb_gives_the_bytes_of_SEAL() => AssertStream("blake2xb_seed00to3f_16384.bin", static () => new Blake2xbStream(Seed));

    [Fact]
    public void Shake256_gives_the_bytes_of_SEAL() => AssertStream("shake256_seed00to3f_16384.bin", static () => new Shake256Stream(Seed));

    [Fact]
    public void Uniform_residues_are_those_of_SEAL()
    {
        using Blake2xbStream stream = new(Seed);
        ulong[] residues = new ulong[Ring.Words];
        SealSampler.Uniform(stream, Ring, residues);
        Assert.Equal(Words("uniform_n4096_36_36_37.u64"), residues);
    }

    [Fact]
    public void Errors_are_those_of_SEAL() => AssertFirstPrime("cbd_n4096_first_prime.u64", SealSampler.CenteredBinomial);

    [Fact]
    public void Ternary_coefficients_are_those_of_SEAL() => AssertFirstPrime("ternary_n4096_first_prime.u64", SealSampler.Ternary);

    private delegate void Draw(IRandomStream stream, Span<sbyte> values);

    private static void AssertFirstPrime(string file, Draw draw)
    {
        using Blake2xbStream stream = new(Seed);
        sbyte[] values = new sbyte[N];
        draw(stream, values);
        RnsRing first = Ring.Prefix(1);
        ulong[] residues = new ulong[N];
        first.FromSigned(values, residues);
        Assert.Equal(Words(file), residues);
    }

    // Read whole, and in pieces that cross the blocks at odd places.
    private static void AssertStream(string file, Func<IRandomStream> start)
    {
        byte[] expected = SealVectors.Read("primitives", file);
        using IRandomStream whole = start(), pieces = start();
        byte[] bytes = new byte[expected.Length];
        whole.Fill(bytes);
        Assert.Equal(expected, bytes);
        Array.Clear(bytes);
        for (int at = 0, size = 1; at < bytes.Length; at += size, size = (size * 7 % 1013) + 1)
            pieces.Fill(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
        Assert.Equal(expected, bytes);
    }

    private static ulong[] Words(string file) => MemoryMarshal.Cast<byte, ulong>(SealVectors.Read("primitives", file)).ToArray();
}
