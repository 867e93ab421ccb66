namespace Fed.Crypto.Sampling;

/// <summary>A deterministic stream of bytes grown from a seed. Not safe for several threads; disposing wipes what could bring the seed or the bytes back.</summary>
public interface IRandomStream : IDisposable
{
    /// <summary>Gives the next bytes; how the calls cut the stream makes no difference to it.</summary>
    void Fill(Span<byte> buffer);
}
