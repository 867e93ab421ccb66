using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Fed.Crypto.Sampling;

/// <summary>The discrete Gaussian over the integers with standard deviation 6.5: the narrow sampler from which <see cref="WideGaussian"/> builds wide ones.</summary>
/// <remarks>
/// A cumulative table of 127-bit probabilities, compared in full for every draw, sixteen draws at a time. The tail is cut behind 74 (11.4 deviations, 2^-97 of the mass); each entry is rounded by less
/// than 2^-127, so a draw is within statistical distance 2^-96 of the distribution.
/// </remarks>
internal static class GaussianBase
{
    /// <summary>Four times the squared deviation, exactly: 4 * 6.5^2.</summary>
    public const int QuadrupleVariance = 169;

    /// <summary>The standard deviation.</summary>
    public const double Deviation = 6.5;

    /// <summary>The largest magnitude that is drawn.</summary>
    public const int MagnitudeMax = 74;

    /// <summary>Bytes of the stream that one draw takes.</summary>
    public const int DrawBytes = 16;

    private const int Lanes = 4;
    private const int Group = 4 * Lanes;   // one pass over the table serves four vectors
    private const int BlockDraws = 64;

    // Threshold j is 2^128 P(|x| <= j), even, with both halves' top bits flipped for signed comparison; [high, low] of each in turn.
    private static readonly long[] Thresholds = MakeThresholds();

    /// <summary>The thresholds as whole numbers: entry j is 2^128 P(|x| &lt;= j), rounded down to an even number.</summary>
    public static BigInteger[] CumulativeTable()
    {
        const int Precision = 320;   // far beyond the 128 bits kept; the powers below lose less than a bit each
        BigInteger one = BigInteger.One << Precision;
        BigInteger ratio = Exponential(-2, QuadrupleVariance, one);   // rho(x) = exp(-x^2 / (2 sigma^2)) = ratio^(x^2)
        BigInteger[] weights = new BigInteger[MagnitudeMax + 1];
        BigInteger power = one, step = ratio, square = (ratio * ratio) >> Precision;
        for (int x = 0; x < weights.Length; x++)
        {
            weights[x] = x == 0 ? power : power << 1;   // both signs
            power = (power * step) >> Precision;        // (x + 1)^2 = x^2 + (2x + 1)
            step = (step * square) >> Precision;
        }
        BigInteger total = weights.Aggregate(BigInteger.Zero, static (sum, weight) => sum + weight);
        BigInteger[] table = new BigInteger[MagnitudeMax];
        BigInteger cumulative = BigInteger.Zero;
        for (int x = 0; x < table.Length; x++)
        {
            cumulative += weights[x];
            table[x] = (cumulative << 127) / total << 1;
        }
        return table;
    }

    private static BigInteger Exponential(int numerator, int denominator, BigInteger one)
    {
        BigInteger sum = one, term = one;
        for (int i = 1; !term.IsZero; i++)
        {
            term = term * numerator / (denominator * i);
            sum += term;
        }
        return sum;
    }

    private static long[] MakeThresholds()
    {
        BigInteger[] table = CumulativeTable();
        long[] thresholds = new long[2 * table.Length];
        for (int j = 0; j < table.Length; j++)   // the high half never is the smallest number, so that Compare may take 1 from it
        {
            thresholds[2 * j] = unchecked((long)(ulong)(table[j] >> 64)) ^ long.MinValue;
            thresholds[(2 * j) + 1] = unchecked((long)(ulong)(table[j] & ulong.MaxValue)) ^ long.MinValue;
        }
        return thresholds;
    }

    /// <summary>Fills the span with draws; its length must be a multiple of 16.</summary>
    /// <remarks>The thresholds are even, so that the lowest of a draw's 128 bits makes no difference to the comparisons and is free to be the sign.</remarks>
    [SkipLocalsInit]
    public static void Fill(IRandomStream stream, Span<long> draws)
    {
        Span<long> bits = stackalloc long[2 * BlockDraws];
        for (; !draws.IsEmpty; draws = draws[Math.Min(draws.Length, BlockDraws)..])
        {
            int count = Math.Min(draws.Length, BlockDraws);
            stream.Fill(MemoryMarshal.AsBytes(bits[..(2 * count)]));
            for (int i = 0; i < count; i += Group)
                Compare(bits.Slice(2 * i, 2 * Group), draws.Slice(i, Group));
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(bits));
    }

    // The magnitude is the number of thresholds t with bits >= t, that is high > t.high - (low >= t.low); a true lane is -1. Odd lows turn >= into >.
    private static void Compare(ReadOnlySpan<long> bits, Span<long> draws)
    {
        ReadOnlySpan<long> lows = bits[Group..];
        Vector256<long> high0 = Vector256.Create(bits), high1 = Vector256.Create(bits[Lanes..]), high2 = Vector256.Create(bits[(2 * Lanes)..]), high3 = Vector256.Create(bits[(3 * Lanes)..]);
        Vector256<long> low0 = Odd(lows), low1 = Odd(lows[Lanes..]), low2 = Odd(lows[(2 * Lanes)..]), low3 = Odd(lows[(3 * Lanes)..]);
        Vector256<long> count0 = Vector256<long>.Zero, count1 = count0, count2 = count0, count3 = count0;   // negative
        ref long threshold = ref MemoryMarshal.GetArrayDataReference(Thresholds);
        for (int j = 0; j < 2 * MagnitudeMax; j += 2)
        {
            Vector256<long> high = Vector256.Create(Unsafe.Add(ref threshold, j)), low = Vector256.Create(Unsafe.Add(ref threshold, j + 1));
            count0 += Vector256.GreaterThan(high0, high + Vector256.GreaterThan(low0, low));
            count1 += Vector256.GreaterThan(high1, high + Vector256.GreaterThan(low1, low));
            count2 += Vector256.GreaterThan(high2, high + Vector256.GreaterThan(low2, low));
            count3 += Vector256.GreaterThan(high3, high + Vector256.GreaterThan(low3, low));
        }
        Sign(count0, lows, draws);
        Sign(count1, lows[Lanes..], draws[Lanes..]);
        Sign(count2, lows[(2 * Lanes)..], draws[(2 * Lanes)..]);
        Sign(count3, lows[(3 * Lanes)..], draws[(3 * Lanes)..]);
    }

    private static Vector256<long> Odd(ReadOnlySpan<long> lows) => Vector256.Create(lows) | Vector256<long>.One;

    private static void Sign(Vector256<long> count, ReadOnlySpan<long> lows, Span<long> draws)
    {
        Vector256<long> sign = -(Vector256.Create(lows) & Vector256<long>.One);
        ((count ^ sign) - sign).CopyTo(draws);
    }
}
