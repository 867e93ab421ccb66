using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Ckks;

/// <summary>Samples under a fresh AES-256 key from the operating system: the only source of keys and ciphertexts outside tests.</summary>
internal sealed class SystemSampleSource : ISampleSource
{
    private readonly AesCtrStream _stream = AesCtrStream.Fresh(SystemEntropy.Instance);

    /// <inheritdoc/>
    public void Fill(Span<byte> bytes) => _stream.Fill(bytes);

    /// <inheritdoc/>
    public void Uniform(RnsRing ring, Span<ulong> poly) => Sampler.Uniform(_stream, ring, poly);

    /// <inheritdoc/>
    public void Ternary(Span<sbyte> coefficients) => Sampler.Ternary(_stream, coefficients);

    /// <inheritdoc/>
    public void Error(Span<sbyte> coefficients) => Sampler.CenteredBinomial(_stream, coefficients);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
