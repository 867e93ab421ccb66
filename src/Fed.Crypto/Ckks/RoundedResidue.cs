using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>Whole numbers held in doubles, as residues. A double above 2^53 is a whole number by itself, so every one of them has an exact residue.</summary>
internal static class RoundedResidue
{
    /// <summary>Below this magnitude a double converts to a long.</summary>
    public const double LongMax = 4611686018427387904.0;   // 2^62

    private const int MantissaBits = 52;
    private const int ExponentBias = 1023;

    /// <summary>C's <c>round</c>: half away from zero.</summary>
    public static double Round(double value) => Math.Round(value, MidpointRounding.AwayFromZero);

    /// <summary>Residue of a finite whole number of any size.</summary>
    public static ulong Of(double whole, Modulus q)
    {
        if (Math.Abs(whole) < LongMax) return q.Reduce((long)whole);
        ulong bits = BitConverter.DoubleToUInt64Bits(whole);
        ulong mantissa = (bits & ((1UL << MantissaBits) - 1)) | (1UL << MantissaBits);
        int shift = (int)((bits >> MantissaBits) & 0x7FF) - ExponentBias - MantissaBits;
        ulong residue = q.Multiply(q.Reduce(mantissa), q.Power(q.Reduce(2UL), (ulong)shift));
        return whole < 0 ? q.Negate(residue) : residue;
    }
}
