namespace Fed.Crypto.Packing;

/// <summary>What the payload behind a packed header is.</summary>
public enum PackedForm
{
    /// <summary>c0, then c1: bit-packed polynomials in NTT form.</summary>
    Ciphertext = 1,

    /// <summary>c0, then the 32-byte seed of c1.</summary>
    SeededCiphertext = 2,

    /// <summary>One polynomial: a share in the opening of a sum.</summary>
    Share = 3,

    /// <summary>One polynomial: values under a public polynomial times the secret of whoever contributes them, or a sum of such.</summary>
    Masked = 4,
}
