using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Sampling;

/// <summary>The discrete Gaussian over the integers with standard deviation 6.5: the narrow sampler from which <see cref="WideGaussian"/> builds wide ones.</summary>
/// <remarks>
/// <para>
/// A cumulative table of 127-bit probabilities. The tail is cut behind 74 (11.4 deviations, 2^-97 of the mass); each entry is rounded by less than 2^-127, so a draw is within statistical distance 2^-96
/// of the distribution.
/// </para>
/// <para>
/// A draw is a sign bit and 127 bits that are compared with the table, but its first 31 bits settle all but one draw in 2^25: only a draw that ties with the first 31 bits of a threshold needs the other 96, and
/// only then are they drawn. That changes nothing in the distribution. So that it tells nothing either, every block draws 96 bits and compares them in full, for its tied draw or, where there is none, for no draw; the
/// block's time differs only where two draws tie, once in 2^35 blocks.
/// </para>
/// </remarks>
internal static class GaussianBase
{
    /// <summary>Four times the squared deviation, exactly: 4 * 6.5^2.</summary>
    public const int QuadrupleVariance = 169;

    /// <summary>The standard deviation.</summary>
    public const double Deviation = 6.5;

    /// <summary>The largest magnitude that is drawn.</summary>
    public const int MagnitudeMax = 74;

    /// <summary>Draws of a block: its bytes of the stream are 4 for each draw, then <see cref="RestBytes"/> for each tie, and once where there is none.</summary>
    public const int BlockDraws = 512;

    /// <summary>Bytes of the stream that settle a tie.</summary>
    public const int RestBytes = 12;

    /// <summary>Bits that a first comparison takes.</summary>
    private const int FirstBits = 31;

    private const int Lanes = 8, Groups = 6;   // 48 thresholds, Groups of Lanes; what lies above them all begins with 31 ones

    // Threshold j is 2^127 P(|x| <= j): 63 high bits and 64 low ones.
    private static readonly (ulong High, ulong Low)[] Thresholds = [.. CumulativeTable().Select(static t => ((ulong)(t >> 65), (ulong)((t >> 1) & ulong.MaxValue)))];

    // Their first 31 bits, [group, place in it].
    private static readonly int[] Firsts = [.. Thresholds.Take(Groups * Lanes).Select(static t => (int)(t.High >> (63 - FirstBits)))];

    // The same by place: vector i has place i of each group.
    private static readonly int[] Places = [.. Enumerable.Range(0, Lanes * Lanes).Select(static k => k % Lanes < Groups ? Firsts[(k % Lanes * Lanes) + (k / Lanes)] : int.MaxValue)];

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

    /// <summary>Fills the span with draws; its length must be a multiple of 8.</summary>
    [SkipLocalsInit]
    public static void Fill(IRandomStream stream, Span<long> draws)
    {
        Span<int> bits = stackalloc int[BlockDraws], ties = stackalloc int[BlockDraws];
        while (!draws.IsEmpty)
        {
            int count = Math.Min(draws.Length, BlockDraws);
            stream.Fill(MemoryMarshal.AsBytes(bits[..count]));
            int tied = Avx2.IsSupported ? CompareByGroup(bits[..count], ties, draws) : CompareAll(bits[..count], ties, draws);
            do Settle(stream, bits[..count], ties, draws);
            while (--tied > 0);   // a block without a tie is settled all the same
            draws = draws[count..];
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(bits));
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(ties));
    }

    /// <summary>Compares with the one group of thresholds that matters: which it is comes out of the firsts of all groups, and its thresholds out of registers.</summary>
    /// <param name="bits">Sign bit lowest, then the first 31 bits.</param>
    /// <param name="ties">Receives -1 for a draw whose bits are the first ones of a threshold, 0 for the others.</param>
    /// <param name="draws">Receives the draws; those of ties are not final.</param>
    /// <returns>How many ties there are.</returns>
    [MethodImpl(Kernel.Loop)]
    internal static int CompareByGroup(ReadOnlySpan<int> bits, Span<int> ties, Span<long> draws)
    {
        ReadOnlySpan<int> p = Places;
        Vector256<int> place0 = Vector256.Create(p), place1 = Vector256.Create(p[8..]), place2 = Vector256.Create(p[16..]), place3 = Vector256.Create(p[24..]);
        Vector256<int> place4 = Vector256.Create(p[32..]), place5 = Vector256.Create(p[40..]), place6 = Vector256.Create(p[48..]), place7 = Vector256.Create(p[56..]), total = Vector256<int>.Zero;
        Vector256<int> group1 = Vector256.Create(p[1] - 1), group2 = Vector256.Create(p[2] - 1), group3 = Vector256.Create(p[3] - 1), group4 = Vector256.Create(p[4] - 1), group5 = Vector256.Create(p[5] - 1);
        for (int i = 0; i < bits.Length; i += Lanes)
        {
            Vector256<int> signed = Vector256.Create(bits[i..]), first = Vector256.ShiftRightLogical(signed, 1);
            Vector256<int> group = -(Vector256.GreaterThan(first, group1) + Vector256.GreaterThan(first, group2) + Vector256.GreaterThan(first, group3)
                + Vector256.GreaterThan(first, group4) + Vector256.GreaterThan(first, group5));
            Vector256<int> below = Vector256<int>.Zero, tie = Vector256<int>.Zero;
            Count(place0, group, first, ref below, ref tie);
            Count(place1, group, first, ref below, ref tie);
            Count(place2, group, first, ref below, ref tie);
            Count(place3, group, first, ref below, ref tie);
            Count(place4, group, first, ref below, ref tie);
            Count(place5, group, first, ref below, ref tie);
            Count(place6, group, first, ref below, ref tie);
            Count(place7, group, first, ref below, ref tie);
            total -= tie;
            tie.CopyTo(ties[i..]);
            Store(Vector256.ShiftLeft(group, 3) - below, signed, draws[i..]);
        }
        return Vector256.Sum(total);
    }

    /// <summary>The same, comparing with each threshold in turn.</summary>
    /// <inheritdoc cref="CompareByGroup"/>
    [MethodImpl(Kernel.Loop)]
    internal static int CompareAll(ReadOnlySpan<int> bits, Span<int> ties, Span<long> draws)
    {
        Vector256<int> total = Vector256<int>.Zero;
        for (int i = 0; i < bits.Length; i += Lanes)
        {
            Vector256<int> signed = Vector256.Create(bits[i..]), first = Vector256.ShiftRightLogical(signed, 1), below = Vector256<int>.Zero, tie = Vector256<int>.Zero;
            foreach (int threshold in Firsts)
            {
                below += Vector256.GreaterThan(first, Vector256.Create(threshold));
                tie |= Vector256.Equals(first, Vector256.Create(threshold));
            }
            total -= tie;
            tie.CopyTo(ties[i..]);
            Store(-below, signed, draws[i..]);
        }
        return Vector256.Sum(total);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Count(Vector256<int> thresholds, Vector256<int> group, Vector256<int> first, ref Vector256<int> below, ref Vector256<int> tie)
    {
        Vector256<int> threshold = Avx2.PermuteVar8x32(thresholds, group);
        below += Vector256.GreaterThan(first, threshold);   // a true lane is -1
        tie |= Vector256.Equals(first, threshold);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<int> magnitude, Vector256<int> signed, Span<long> draws)
    {
        Vector256<int> sign = -(signed & Vector256<int>.One);
        (Vector256<long> lower, Vector256<long> upper) = Vector256.Widen((magnitude ^ sign) - sign);
        lower.CopyTo(draws);
        upper.CopyTo(draws[4..]);
    }

    // Settles the last tie by the other 96 bits; without one it does the same work for nothing. Every step runs over all draws, so that neither time nor addresses tell which one it is.
    [MethodImpl(Kernel.Loop)]
    private static void Settle(IRandomStream stream, ReadOnlySpan<int> bits, Span<int> ties, Span<long> draws)
    {
        Vector256<int> first = Vector256<int>.Indices + Vector256<int>.One, places = first, step = Vector256.Create(Lanes), last = Vector256<int>.Zero, chosen = last;   // places from 1, 0 for none
        for (int i = 0; i < bits.Length; i += Lanes, places += step)
        {
            Vector256<int> tie = Vector256.Create<int>(ties[i..]);
            last = Vector256.Max(last, tie & places);
            chosen = Vector256.ConditionalSelect(tie, Vector256.Create(bits[i..]), chosen);
        }
        int place = 0;
        for (int lane = 0; lane < Lanes; lane++) place = Math.Max(place, last[lane]);
        Vector256<int> wanted = Vector256.Create(place);
        uint signed = (uint)Vector256.Sum(chosen & Vector256.Equals(last, wanted) & ~Vector256.Equals(last, Vector256<int>.Zero));

        Span<byte> rest = stackalloc byte[RestBytes];
        stream.Fill(rest);
        ulong high = ((ulong)(signed >> 1) << 32) | BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]), low = BinaryPrimitives.ReadUInt64LittleEndian(rest);
        long magnitude = 0;
        foreach ((ulong thresholdHigh, ulong thresholdLow) in Thresholds)
        {
            ulong borrow = ((~low & thresholdLow) | ((~low | thresholdLow) & (low - thresholdLow))) >> 63;
            magnitude += (long)(1 - ((high - thresholdHigh - borrow) >> 63));   // both halves have 63 bits: the top bit says that bits < threshold
        }
        CryptographicOperations.ZeroMemory(rest);
        long sign = -(long)(signed & 1);
        Vector256<long> draw = Vector256.Create((magnitude ^ sign) - sign);
        places = first;
        for (int i = 0; i < bits.Length; i += Lanes, places += step)
        {
            Vector256<int> here = Vector256.Equals(places, wanted);
            Vector256.AndNot(Vector256.Create<int>(ties[i..]), here).CopyTo(ties[i..]);
            (Vector256<long> lower, Vector256<long> upper) = Vector256.Widen(here);
            Vector256.ConditionalSelect(lower, draw, Vector256.Create<long>(draws[i..])).CopyTo(draws[i..]);
            Vector256.ConditionalSelect(upper, draw, Vector256.Create<long>(draws[(i + 4)..])).CopyTo(draws[(i + 4)..]);
        }
    }
}
