using System.Collections.Immutable;
using Fed.Crypto.Ckks.Wire;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>SEAL's <c>EncryptionParameters</c> of the CKKS scheme. Their security is checked by <see cref="CkksContext"/>, which everything else takes.</summary>
/// <remarks>Immutable.</remarks>
public sealed class EncryptionParameters : SealObject
{
    /// <summary>Takes a degree and a chain of primes.</summary>
    /// <param name="polyModulusDegree">Ring degree N, a power of two in 2..131072.</param>
    /// <param name="coeffModulus">The primes, 1..64; the last one is the special prime when there are two or more.</param>
    /// <exception cref="InvalidParametersException">A degree or a number of primes out of range.</exception>
    public EncryptionParameters(int polyModulusDegree, ImmutableArray<Modulus> coeffModulus)
    {
        if (polyModulusDegree is < 2 or > PrimeSearch.DegreeMax || !int.IsPow2(polyModulusDegree))
            throw new InvalidParametersException($"poly_modulus_degree {polyModulusDegree} is not a power of two from 2 to {PrimeSearch.DegreeMax}");
        int count = coeffModulus.IsDefault ? 0 : coeffModulus.Length;
        if (count is 0 or > Ckks.CoeffModulus.CountMax)
            throw new InvalidParametersException($"coeff_modulus has {count} primes; it needs 1 to {Ckks.CoeffModulus.CountMax}");
        PolyModulusDegree = polyModulusDegree;
        CoeffModulus = coeffModulus;
        ParmsId = ParmsId.Of(polyModulusDegree, coeffModulus.AsSpan());
    }

    /// <summary>Always <see cref="SchemeType.Ckks"/>.</summary>
    public SchemeType Scheme { get; } = SchemeType.Ckks;

    /// <summary>Ring degree N; a plaintext holds N/2 numbers.</summary>
    public int PolyModulusDegree { get; }

    /// <summary>The primes of the key level, in order.</summary>
    public ImmutableArray<Modulus> CoeffModulus { get; }

    /// <summary>The id of these very parameters: the key level's.</summary>
    public ParmsId ParmsId { get; }

    internal override long BodyBytes => ParametersFormat.BodyBytes(CoeffModulus.Length);

    /// <summary>Reads parameters; they still need a <see cref="CkksContext"/> to be judged.</summary>
    /// <param name="bytes">Exactly one object.</param>
    /// <exception cref="SealFormatException">Any other bytes, another scheme, or values no CKKS parameters can have.</exception>
    public static EncryptionParameters Load(ReadOnlySpan<byte> bytes) => SealReader.Read(bytes, ParametersFormat.BytesMax, ParametersFormat.Read);

    /// <summary>Reads parameters from the stream's position and leaves it behind them.</summary>
    /// <inheritdoc cref="Load(ReadOnlySpan{byte})" path="/exception"/>
    public static EncryptionParameters Load(Stream stream) => SealReader.Read(stream, ParametersFormat.BytesMax, ParametersFormat.Read);

    /// <summary>Degree and sizes of the primes.</summary>
    public override string ToString() => $"CKKS N={PolyModulusDegree} {{{string.Join(',', CoeffModulus.Select(static q => q.BitCount))}}}";

    private protected override void WriteBody(SealWriter writer) => ParametersFormat.Write(writer, this);
}
