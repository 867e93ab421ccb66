using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Crypto.Ckks;

/// <content>The butterflies: each a vector loop where four neighbours exist, and the same operations one by one.</content>
internal sealed partial class SlotTransform
{
    private static readonly int Width = Vector256<double>.Count;

    /// <summary>One stage from bit-reversed to natural order: <c>(a, b) := (a + b·w*, a - b·w*)</c>.</summary>
    private void Gather(Span<double> real, Span<double> imaginary, int half, bool vector)
    {
        ReadOnlySpan<double> cosines = _cosines.AsSpan(half, half), sines = _sines.AsSpan(half, half);
        for (int start = 0; start < real.Length; start += 2 * half)
        {
            Span<double> ar = real.Slice(start, half), ai = imaginary.Slice(start, half), br = real.Slice(start + half, half), bi = imaginary.Slice(start + half, half);
            int k = 0;
            for (; vector && k <= half - Width; k += Width)
            {
                Vector256<double> c = Load(cosines, k), s = Load(sines, k), xr = Load(br, k), xi = Load(bi, k), yr = Load(ar, k), yi = Load(ai, k);
                Vector256<double> tr = (xr * c) + (xi * s), ti = (xi * c) - (xr * s);
                Store(yr + tr, ar, k);
                Store(yi + ti, ai, k);
                Store(yr - tr, br, k);
                Store(yi - ti, bi, k);
            }
            for (; k < half; k++)
            {
                double tr = (br[k] * cosines[k]) + (bi[k] * sines[k]), ti = (bi[k] * cosines[k]) - (br[k] * sines[k]);
                (ar[k], br[k]) = (ar[k] + tr, ar[k] - tr);
                (ai[k], bi[k]) = (ai[k] + ti, ai[k] - ti);
            }
        }
    }

    /// <summary>One stage from natural to bit-reversed order: <c>(a, b) := (a + b, (a - b)·w)</c>.</summary>
    private void Spread(Span<double> real, Span<double> imaginary, int half, bool vector)
    {
        ReadOnlySpan<double> cosines = _cosines.AsSpan(half, half), sines = _sines.AsSpan(half, half);
        for (int start = 0; start < real.Length; start += 2 * half)
        {
            Span<double> ar = real.Slice(start, half), ai = imaginary.Slice(start, half), br = real.Slice(start + half, half), bi = imaginary.Slice(start + half, half);
            int k = 0;
            for (; vector && k <= half - Width; k += Width)
            {
                Vector256<double> c = Load(cosines, k), s = Load(sines, k), xr = Load(br, k), xi = Load(bi, k), yr = Load(ar, k), yi = Load(ai, k);
                Vector256<double> dr = yr - xr, di = yi - xi;
                Store(yr + xr, ar, k);
                Store(yi + xi, ai, k);
                Store((dr * c) - (di * s), br, k);
                Store((dr * s) + (di * c), bi, k);
            }
            for (; k < half; k++)
            {
                double dr = ar[k] - br[k], di = ai[k] - bi[k];
                ar[k] += br[k];
                ai[k] += bi[k];
                br[k] = (dr * cosines[k]) - (di * sines[k]);
                bi[k] = (dr * sines[k]) + (di * cosines[k]);
            }
        }
    }

    /// <summary>Multiplies entry k by ζ^k.</summary>
    private void Twist(Span<double> real, Span<double> imaginary, bool vector)
    {
        ReadOnlySpan<double> cosines = _twistCosines, sines = _twistSines;
        int k = 0;
        for (; vector && k <= real.Length - Width; k += Width)
        {
            Vector256<double> c = Load(cosines, k), s = Load(sines, k), r = Load(real, k), i = Load(imaginary, k);
            Store((r * c) - (i * s), real, k);
            Store((r * s) + (i * c), imaginary, k);
        }
        for (; k < real.Length; k++)
            (real[k], imaginary[k]) = ((real[k] * cosines[k]) - (imaginary[k] * sines[k]), (real[k] * sines[k]) + (imaginary[k] * cosines[k]));
    }

    /// <summary>Multiplies entry k by ζ^-k and a factor.</summary>
    private void Untwist(Span<double> real, Span<double> imaginary, double factor, bool vector)
    {
        ReadOnlySpan<double> cosines = _twistCosines, sines = _twistSines;
        int k = 0;
        Vector256<double> f = Vector256.Create(factor);
        for (; vector && k <= real.Length - Width; k += Width)
        {
            Vector256<double> c = Load(cosines, k), s = Load(sines, k), r = Load(real, k), i = Load(imaginary, k);
            Store(((r * c) + (i * s)) * f, real, k);
            Store(((i * c) - (r * s)) * f, imaginary, k);
        }
        for (; k < real.Length; k++)
            (real[k], imaginary[k]) = (((real[k] * cosines[k]) + (imaginary[k] * sines[k])) * factor, ((imaginary[k] * cosines[k]) - (real[k] * sines[k])) * factor);
    }

    private static Vector256<double> Load(ReadOnlySpan<double> span, int index) => Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(span), (nuint)index);

    private static void Store(Vector256<double> vector, Span<double> span, int index) => vector.StoreUnsafe(ref MemoryMarshal.GetReference(span), (nuint)index);
}
