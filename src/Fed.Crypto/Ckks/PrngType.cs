namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>prng_type</c>, with its numbers on the wire.</summary>
public enum PrngType : byte
{
    /// <summary>A generator of the application's own; nobody else can expand its seeds.</summary>
    Unknown = 0,

    /// <summary>BLAKE2Xb in blocks of 4096 bytes: SEAL's default.</summary>
    Blake2xb = 1,

    /// <summary>SHAKE256 in blocks of 4096 bytes.</summary>
    Shake256 = 2,
}
