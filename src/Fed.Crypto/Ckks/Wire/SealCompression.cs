namespace Fed.Crypto.Ckks.Wire;

/// <summary>SEAL's <c>compr_mode_type</c>, with its numbers on the wire.</summary>
public enum SealCompression : byte
{
    /// <summary>The body as it is.</summary>
    None = 0,

    /// <summary>A zlib stream (RFC 1950).</summary>
    Zlib = 1,

    /// <summary>A Zstandard frame: SEAL's default where it was built with it. Recognised and refused: .NET has no such codec.</summary>
    Zstd = 2,
}
