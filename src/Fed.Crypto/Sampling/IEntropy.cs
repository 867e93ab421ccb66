namespace Fed.Crypto.Sampling;

/// <summary>Where secrets begin: unpredictable bytes. In the product this is <see cref="SystemEntropy"/> and nothing else; a seeded one exists in tests only.</summary>
public interface IEntropy
{
    /// <summary>Fills the buffer with fresh bytes.</summary>
    void Fill(Span<byte> buffer);
}
