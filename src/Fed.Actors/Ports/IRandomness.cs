namespace Fed.Actors.Ports;

/// <summary>Secret randomness (keys, masks, shares, privacy noise): the operating system's generator. The seeded implementation lives in tests only and cannot be configured.</summary>
public interface IRandomness
{
    /// <summary>Fills the span.</summary>
    void Fill(Span<byte> destination);
}
