using Fed.Crypto.Ckks;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>The product's samplers on a stream of a fixed seed, so that tests of noise never flake.</summary>
internal sealed class SeededSampleSource(int seed) : ISampleSource
{
    private readonly AesCtrStream _stream = new([(byte)seed, (byte)(seed >> 8), .. new byte[AesCtrStream.SeedBytes - 2]]);

    /// <summary>Gives each key and each encryption a stream of its own.</summary>
    public static Func<ISampleSource> Sequence(int first) => () => new SeededSampleSource(first++);

    public void Fill(Span<byte> bytes) => _stream.Fill(bytes);

    public void Uniform(RnsRing ring, Span<ulong> poly) => Sampler.Uniform(_stream, ring, poly);

    public void Ternary(Span<sbyte> coefficients) => Sampler.Ternary(_stream, coefficients);

    public void Error(Span<sbyte> coefficients) => Sampler.CenteredBinomial(_stream, coefficients);

    public void Dispose() => _stream.Dispose();
}
