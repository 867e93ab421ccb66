using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fed.Learning.Kernels;

/// <summary>Elementary functions from exactly rounded operations in a fixed order: the same bits on every processor and at every width.</summary>
internal static class LaneFunctions
{
    // ln 2 in two parts, the upper with trailing zero bits, so that n * upper is exact (Cody and Waite 1980): 9 bits of mantissa for float32, 32 for float64.
    private const double Ln2HighNarrow = 0.693359375, Ln2LowNarrow = -2.12194440054690582e-04;
    private const double Ln2HighWide = 6.93147180369123816490e-01, Ln2LowWide = 1.90821492927058770002e-10;

    /// <summary>e^x. Relative error below 2^-22 (float32) and 2^-50 (float64); x is held within -87 to 88, or -708 to 709. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Exp<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        bool narrow = typeof(T) == typeof(float);
        TLanes low = Constant<T, TLanes>(narrow ? -87 : -708), high = Constant<T, TLanes>(narrow ? 88 : 709);
        x = TLanes.IfLess(x, low, low, TLanes.IfLess(high, x, high, x));
        TLanes n = TLanes.Round(x * Constant<T, TLanes>(1.44269504088896340736));
        TLanes r = TLanes.MultiplyAdd(n, Constant<T, TLanes>(narrow ? -Ln2HighNarrow : -Ln2HighWide), x);
        r = TLanes.MultiplyAdd(n, Constant<T, TLanes>(narrow ? -Ln2LowNarrow : -Ln2LowWide), r);
        // Taylor on |r| <= ln2 / 2, to degree 7 (the next term is below 6e-9) or 13 (below 5e-18).
        TLanes p = Constant<T, TLanes>(1.0 / 5040);
        if (!narrow)
        {
            p = TLanes.MultiplyAdd(Constant<T, TLanes>(1.0 / 6227020800), r, Constant<T, TLanes>(1.0 / 479001600));
            p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 39916800));
            p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 3628800));
            p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 362880));
            p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 40320));
            p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 5040));
        }
        p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 720));
        p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 120));
        p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 24));
        p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1.0 / 6));
        p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(0.5));
        p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1));
        p = TLanes.MultiplyAdd(p, r, Constant<T, TLanes>(1));
        return p * TLanes.PowerOfTwo(n);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Sigmoid<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        TLanes one = TLanes.All(T.One);
        return one / (one + Exp<T, TLanes>(TLanes.All(T.Zero) - x));
    }

    /// <summary>Hyperbolic tangent, as 2 / (1 + e^-2x) - 1: absolute error of a few last bits of 1, not relative near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Tanh<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        TLanes s = Sigmoid<T, TLanes>(x + x);
        return s + s - TLanes.All(T.One);
    }

    /// <summary>A number in every lane, rounded to the precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Constant<T, TLanes>(double value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> =>
        TLanes.All(typeof(T) == typeof(float) ? (T)(object)(float)value : (T)(object)value);
}
