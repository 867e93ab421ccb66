namespace Fed.Crypto.Sampling;

/// <summary>AES-256 in counter mode at any place of its stream. The implementations agree to the bit; disposing wipes the key.</summary>
internal interface ICounterMode : IDisposable
{
    /// <summary>Writes keystream.</summary>
    /// <param name="block">Number of the first block.</param>
    /// <param name="blocks">Receives whole blocks of 16 bytes.</param>
    void Keystream(ulong block, Span<byte> blocks);
}
