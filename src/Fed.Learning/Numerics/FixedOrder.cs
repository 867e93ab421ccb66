using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fed.Learning.Kernels;

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

    /// <summary><c>y[i] += alpha * x[i]</c>, rounded twice. Elementwise, so the order is no question.</summary>
    public static void AddScaled<T>(T alpha, ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => LaneLoop.Run<T, AddScaledKernel<T>>(Elementwise.Same(x, y), new(alpha, x, y));

    /// <summary>Euclidean norm.</summary>
    public static double Norm(ReadOnlySpan<double> a) => Math.Sqrt(Dot(a, a));

    private static double Tree(Span<double> sums)
    {
        for (int width = Lanes / 2; width > 0; width /= 2)
            for (int i = 0; i < width; i++) sums[i] += sums[i + width];
        return sums[0];
    }

    internal readonly ref struct AddScaledKernel<T>(T alpha, ReadOnlySpan<T> x, Span<T> y) : ILaneKernel<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        private readonly T _alpha = alpha;
        private readonly ref T _x = ref MemoryMarshal.GetReference(x);
        private readonly ref T _y = ref MemoryMarshal.GetReference(y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, T> => (TLanes.Load(in _y, offset) + TLanes.All(_alpha) * TLanes.Load(in _x, offset)).Store(ref _y, offset);
    }
}
