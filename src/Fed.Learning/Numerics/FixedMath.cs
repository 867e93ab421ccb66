using System.Runtime.CompilerServices;
using Fed.Learning.Kernels;

namespace Fed.Learning.Numerics;

/// <summary>
/// exp and log from additions, multiplications and divisions in a fixed order, so that they give the same bits on every CPU. The C library's may not: it picks
/// variants with fused multiply-add by CPU.
/// </summary>
internal static class FixedMath
{
    // ln 2 in two parts; the upper has 21 trailing zero bits, so that n * Ln2High is exact for |n| < 2^11 (Cody and Waite 1980).
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;
    private const double Log2E = 1.44269504088896340736;

    // 1 / k! from k = 13 down.
    private static ReadOnlySpan<double> ExponentialTerms =>
        [1 / 6227020800.0, 1 / 479001600.0, 1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0, 1 / 5040.0, 1 / 720.0, 1 / 120.0, 1 / 24.0, 1 / 6.0, 0.5, 1, 1];

    private static ReadOnlySpan<double> ArtanhTerms =>
        [1.0 / 35, 1.0 / 33, 1.0 / 31, 1.0 / 29, 1.0 / 27, 1.0 / 25, 1.0 / 23, 1.0 / 21, 1.0 / 19, 1.0 / 17, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3, 1.0];

    /// <summary>e^x, relative error below 2^-51; 0 below -708, infinity above 709.</summary>
    public static double Exp(double x)
    {
        if (double.IsNaN(x)) return x;
        if (x > 709) return double.PositiveInfinity;
        if (x < -708) return 0;
        double n = Math.Round(x * Log2E);
        double r = x - n * Ln2High - n * Ln2Low;
        // Taylor to degree 13 on |r| <= ln2 / 2: the first term left out is below 5e-18.
        double p = 0;
        foreach (double term in ExponentialTerms) p = p * r + term;
        return p * BitConverter.Int64BitsToDouble((long)(n + 1023) << 52);
    }

    /// <summary>ln x for a normal x above 0, relative error below 2^-50 away from 1.</summary>
    public static double Log(double x)
    {
        if (!(x > 0) || double.IsInfinity(x)) return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;
        long bits = BitConverter.DoubleToInt64Bits(x);
        int exponent = (int)(bits >> 52) - 1023;
        double mantissa = BitConverter.Int64BitsToDouble((bits & 0x000F_FFFF_FFFF_FFFF) | 0x3FF0_0000_0000_0000);
        if (mantissa > 1.4142135623730951)
        {
            mantissa *= 0.5;
            exponent++;
        }
        return exponent * Ln2High + (TwiceArtanh((mantissa - 1) / (mantissa + 1)) + exponent * Ln2Low);
    }

    /// <summary>ln(1 + e^x) without overflow.</summary>
    public static double Softplus(double x)
    {
        double e = Exp(-Math.Abs(x));
        return Math.Max(x, 0) + TwiceArtanh(e / (2 + e));   // ln(1 + e) = 2 artanh(e / (2 + e))
    }

    /// <summary>1 / (1 + e^-x) without overflow.</summary>
    public static double Sigmoid(double x)
    {
        double e = Exp(-Math.Abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }

    /// <summary>cos(pi x) for x in [0, 1], by its series around the quarter turn: absolute error below 1e-13.</summary>
    public static double CosineOfHalfTurn(double x)
    {
        double a = Math.PI * (x - 0.5), square = a * a, sum = 0;
        for (int k = 21; k >= 1; k -= 2) sum = 1 - square * sum / ((k + 1.0) * (k + 2));
        return -a * sum;   // cos(pi x) = -sin(pi (x - 1/2))
    }

    /// <summary>The same as <see cref="Exp(double)"/>, bit by bit, for several numbers side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp<TLanes>(TLanes x)
        where TLanes : struct, ILanes<TLanes, double>
    {
        TLanes low = TLanes.All(-708), high = TLanes.All(709);
        TLanes held = TLanes.IfLess(x, low, low, TLanes.IfLess(high, x, high, x));
        TLanes n = TLanes.Round(held * TLanes.All(Log2E));
        TLanes r = held - n * TLanes.All(Ln2High) - n * TLanes.All(Ln2Low);
        TLanes p = TLanes.All(0);
        foreach (double term in ExponentialTerms) p = p * r + TLanes.All(term);
        p *= TLanes.PowerOfTwo(n);
        return TLanes.IfLess(x, low, TLanes.All(0), TLanes.IfLess(high, x, TLanes.All(double.PositiveInfinity), p));
    }

    /// <summary>2 artanh(s) for |s| up to 1/3, for several numbers side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes TwiceArtanh<TLanes>(TLanes s)
        where TLanes : struct, ILanes<TLanes, double>
    {
        TLanes square = s * s, sum = TLanes.All(0);
        foreach (double term in ArtanhTerms) sum = sum * square + TLanes.All(term);
        return TLanes.All(2) * s * sum;
    }

    // 2 (s + s^3/3 + s^5/5 + ...) for |s| <= 1/3: after 18 terms the rest is below 1e-18.
    private static double TwiceArtanh(double s)
    {
        double square = s * s, sum = 0;
        foreach (double term in ArtanhTerms) sum = sum * square + term;
        return 2 * s * sum;
    }
}
