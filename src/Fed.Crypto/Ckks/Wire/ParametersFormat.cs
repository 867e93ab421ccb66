using System.Collections.Immutable;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks.Wire;

/// <summary>Body of <c>EncryptionParameters</c>: u8 scheme, u64 N, u64 k, k Modulus objects, the plain Modulus (0 in CKKS).</summary>
internal static class ParametersFormat
{
    public const long BytesMax = SealHeader.Bytes + 17 + (ModulusBytes * (CoeffModulus.CountMax + 1));
    public const long ModulusBytes = SealHeader.Bytes + 8;

    public static long BodyBytes(int primes) => 17 + (ModulusBytes * (primes + 1));

    public static void Write(SealWriter writer, EncryptionParameters parameters)
    {
        writer.Byte((byte)parameters.Scheme);
        writer.Word((ulong)parameters.PolyModulusDegree);
        writer.Word((ulong)parameters.CoeffModulus.Length);
        foreach (Modulus q in parameters.CoeffModulus) WriteModulus(writer, q.Value);
        WriteModulus(writer, 0);
    }

    public static EncryptionParameters Read(SealReader reader)
    {
        byte scheme = reader.Byte();
        if (scheme != (byte)SchemeType.Ckks) throw new SealFormatException($"the scheme is {scheme}; only {(byte)SchemeType.Ckks} (CKKS) is read");
        ulong degree = reader.Word(), count = reader.Word();
        if (degree > PrimeSearch.DegreeMax) throw new SealFormatException($"poly_modulus_degree is {degree}, above {PrimeSearch.DegreeMax}");
        if (count is 0 or > CoeffModulus.CountMax) throw new SealFormatException($"coeff_modulus has {count} primes; it needs 1 to {CoeffModulus.CountMax}");
        return Checked(() =>
        {
            ImmutableArray<Modulus>.Builder primes = ImmutableArray.CreateBuilder<Modulus>((int)count);
            for (ulong i = 0; i < count; i++) primes.Add(new Modulus(ReadModulus(reader)));
            ulong plain = ReadModulus(reader);
            if (plain != 0) throw new SealFormatException($"plain_modulus is {plain}; CKKS has none");
            return new EncryptionParameters((int)degree, primes.MoveToImmutable());
        });
    }

    /// <summary>What cannot be parameters is no valid object either.</summary>
    public static T Checked<T>(Func<T> make)
    {
        try
        {
            return make();
        }
        catch (InvalidParametersException e)
        {
            throw new SealFormatException(e.Message, e);
        }
    }

    /// <summary>One Modulus object.</summary>
    public static void WriteModulus(SealWriter writer, ulong value)
    {
        writer.Header(ModulusBytes);
        writer.Word(value);
    }

    private static ulong ReadModulus(SealReader reader)
    {
        reader.NestedHeader("a Modulus", ModulusBytes);
        return reader.Word();
    }
}
