using System.Numerics;
using System.Runtime.Intrinsics;

namespace Fed.Learning.Numerics;

/// <summary>
/// Vector kernels whose additions happen in a declared order: sixteen running sums, entry i into sum i mod 16, then a fixed tree. No fused multiply-add. So the result
/// has the same bits at every vector width, with hardware vectors or without.
/// </summary>
internal static class FixedOrder
{
    private const int Lanes = 16;

    /// <summary>Inner product of two spans of one length.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => Vector256.IsHardwareAccelerated ? DotVector(a, b) : DotScalar(a, b);

    /// <summary>The scalar twin of <see cref="DotVector"/>.</summary>
    internal static double DotScalar(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Span<double> sums = stackalloc double[Lanes];
        sums.Clear();
        for (int i = 0; i < a.Length; i++) sums[i % Lanes] += a[i] * b[i];
        return Tree(sums);
    }

    /// <summary>Four vectors of four lanes.</summary>
    internal static double DotVector(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector256<double> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i <= a.Length - Lanes; i += Lanes)
        {
            s0 += Vector256.Create(a[i..]) * Vector256.Create(b[i..]);
            s1 += Vector256.Create(a[(i + 4)..]) * Vector256.Create(b[(i + 4)..]);
            s2 += Vector256.Create(a[(i + 8)..]) * Vector256.Create(b[(i + 8)..]);
            s3 += Vector256.Create(a[(i + 12)..]) * Vector256.Create(b[(i + 12)..]);
        }
        Span<double> sums = stackalloc double[Lanes];
        s0.CopyTo(sums);
        s1.CopyTo(sums[4..]);
        s2.CopyTo(sums[8..]);
        s3.CopyTo(sums[12..]);
        for (; i < a.Length; i++) sums[i % Lanes] += a[i] * b[i];
        return Tree(sums);
    }

    /// <summary><c>y[i] += alpha * x[i]</c>. Elementwise, so the order is no question.</summary>
    public static void AddScaled<T>(T alpha, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int i = 0;
        Vector256<T> factor = Vector256.Create(alpha);
        for (; Vector256.IsHardwareAccelerated && i <= x.Length - Vector256<T>.Count; i += Vector256<T>.Count)
            (Vector256.Create<T>(y[i..]) + factor * Vector256.Create(x[i..])).CopyTo(y[i..]);
        for (; i < x.Length; i++) y[i] += alpha * x[i];
    }

    /// <summary>Euclidean norm.</summary>
    public static double Norm(ReadOnlySpan<double> a) => Math.Sqrt(Dot(a, a));

    private static double Tree(Span<double> sums)
    {
        for (int width = Lanes / 2; width > 0; width /= 2)
            for (int i = 0; i < width; i++) sums[i] += sums[i + width];
        return sums[0];
    }
}
