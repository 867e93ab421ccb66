using Fed.Crypto.Sampling;

namespace Fed.Crypto.SelfTest;

/// <summary>Randomness that is none, so that the self-test can compare bytes: whatever is made with it is thrown away. Nothing outside the self-test can have one.</summary>
internal sealed class FixedEntropy : IEntropy, IDisposable
{
    private readonly AesCtrStream _stream = new(stackalloc byte[AesCtrStream.SeedBytes]);

    /// <inheritdoc/>
    public void Fill(Span<byte> buffer) => _stream.Fill(buffer);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}
