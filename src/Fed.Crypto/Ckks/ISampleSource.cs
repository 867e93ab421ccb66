using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>The randomness of one key or one encryption: what SEAL draws from one generator.</summary>
internal interface ISampleSource : IDisposable
{
    /// <summary>Bytes of a public seed.</summary>
    void Fill(Span<byte> bytes);

    /// <summary>A uniform polynomial, taken as NTT form.</summary>
    void Uniform(RnsRing ring, Span<ulong> poly);

    /// <summary>Coefficients uniform on {-1, 0, 1}.</summary>
    void Ternary(Span<sbyte> coefficients);

    /// <summary>Centred binomial errors, standard deviation sqrt(10.5).</summary>
    void Error(Span<sbyte> coefficients);
}
