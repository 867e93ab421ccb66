using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Ckks;

/// <summary>Scaled coefficients to whole numbers, and those to residues.</summary>
internal static class CoefficientRounding
{
    /// <summary>Rounds in place, half away from zero as C's <c>round</c> does.</summary>
    /// <returns>The largest magnitude; not finite if one of the numbers is not.</returns>
    public static double Round(Span<double> low, Span<double> high) => Math.Max(Round(low), Round(high));

    /// <summary>Residues of whole numbers for every prime.</summary>
    /// <param name="low">Coefficients 0..N/2-1.</param>
    /// <param name="high">Coefficients N/2..N-1.</param>
    /// <param name="largest">Their largest magnitude.</param>
    /// <param name="ring">The primes.</param>
    /// <param name="poly">Receives the residues.</param>
    public static void ToResidues(ReadOnlySpan<double> low, ReadOnlySpan<double> high, double largest, RnsRing ring, Span<ulong> poly)
    {
        int half = low.Length;
        if (largest < RoundedResidue.LongMax)
        {
            using SecretScratch<long> integers = new(ring.N);
            for (int i = 0; i < half; i++) integers.Span[i] = (long)low[i];
            for (int i = 0; i < half; i++) integers.Span[half + i] = (long)high[i];
            ring.FromSigned(integers.Span, poly);
            return;
        }
        for (int p = 0; p < ring.Moduli.Length; p++)
        {
            Modulus q = ring.Moduli[p];
            Span<ulong> row = poly.Slice(p * ring.N, ring.N);
            for (int i = 0; i < half; i++) row[i] = RoundedResidue.Of(low[i], q);
            for (int i = 0; i < half; i++) row[half + i] = RoundedResidue.Of(high[i], q);
        }
    }

    private static double Round(Span<double> values)
    {
        ref double start = ref MemoryMarshal.GetReference(values);
        Vector256<double> largest = Vector256<double>.Zero, half = Vector256.Create(0.5), one = Vector256<double>.One;
        int i = 0;
        for (; i <= values.Length - Vector256<double>.Count; i += Vector256<double>.Count)
        {
            // Truncation is exact, and so is what it leaves; adding 0.5 first would round 0.5 - 2^-54 up.
            Vector256<double> value = Vector256.LoadUnsafe(ref start, (nuint)i), whole = Vector256.Truncate(value);
            Vector256<double> away = Vector256.GreaterThanOrEqual(Vector256.Abs(value - whole), half) & Vector256.CopySign(one, value);
            whole += away;
            largest = Vector256.Max(largest, Vector256.Abs(whole));   // a NaN stays
            whole.StoreUnsafe(ref start, (nuint)i);
        }
        double max = 0;
        for (int lane = 0; lane < Vector256<double>.Count; lane++) max = Math.Max(max, largest[lane]);
        for (; i < values.Length; i++)
        {
            values[i] = RoundedResidue.Round(values[i]);
            max = Math.Max(max, Math.Abs(values[i]));
        }
        return max;
    }
}
