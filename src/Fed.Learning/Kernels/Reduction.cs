using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Learning.Kernels;

/// <summary>Sums over a span in a declared order: sixty-four running sums, entry i into sum i mod 64, by fused multiply-adds, then a fixed tree. The same bits at every width.</summary>
internal static class Reduction
{
    private const int Sums = 64;

    /// <summary>Inner product of two spans of one length.</summary>
    public static T Dot<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _ = Elementwise.Same(a, b);
        return Vector512.IsHardwareAccelerated ? Dot<T, Lanes512<T>>(a, b)
            : Vector256.IsHardwareAccelerated ? Dot<T, Lanes256<T>>(a, b)
            : Vector128.IsHardwareAccelerated ? Dot<T, Lanes128<T>>(a, b)
            : Dot<T, Lanes1<T>>(a, b);
    }

    /// <summary>At a given width.</summary>
    internal static T Dot<T, TLanes>(ReadOnlySpan<T> a, ReadOnlySpan<T> b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        Span<T> sums = stackalloc T[Sums];
        sums.Clear();
        ref T left = ref MemoryMarshal.GetReference(a), right = ref MemoryMarshal.GetReference(b), sum = ref MemoryMarshal.GetReference(sums);
        int i = 0;
        for (; i <= a.Length - Sums; i += Sums)
            for (int j = 0; j < Sums; j += TLanes.Count)
                TLanes.MultiplyAdd(TLanes.Load(in left, i + j), TLanes.Load(in right, i + j), TLanes.Load(in sum, j)).Store(ref sum, j);
        for (int j = 0; i < a.Length; i++, j++) sums[j] = T.FusedMultiplyAdd(a[i], b[i], sums[j]);
        for (int width = Sums / 2; width > 0; width /= 2)
            for (int j = 0; j < width; j++) sums[j] += sums[j + width];
        return sums[0];
    }
}
