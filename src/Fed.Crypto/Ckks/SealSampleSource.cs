using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Ckks;

/// <summary>Samples as SEAL 4.4 draws them from a generator that starts at a fixed seed, so that its keys and ciphertexts come out bit for bit. For tests only.</summary>
internal sealed class SealSampleSource(ReadOnlySpan<byte> seed) : ISampleSource
{
    private readonly Blake2xbStream _stream = new(seed);

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => _stream.Fill(bytes);

    /// <summary>As SEAL: from a seed that the generator gives, by a generator of its own.</summary>
    public void Uniform(RnsRing ring, Span<ulong> poly)
    {
        Span<byte> bytes = stackalloc byte[UniformRandomGeneratorInfo.SeedBytes];
        _stream.Fill(bytes);
        new UniformRandomGeneratorInfo(PrngType.Blake2xb, bytes).Expand(ring, poly);
    }

    /// <inheritdoc/>
    public void Ternary(Span<sbyte> coefficients) => SealSampler.Ternary(_stream, coefficients);

    /// <inheritdoc/>
    public void Error(Span<sbyte> coefficients) => SealSampler.CenteredBinomial(_stream, coefficients);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
