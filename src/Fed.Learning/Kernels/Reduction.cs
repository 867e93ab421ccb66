using System.Numerics;
using System.Runtime.CompilerServices;
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

    /// <summary>Sum of a span: sixteen running sums, entry i into sum i mod 16, then a fixed tree.</summary>
    public static T Sum<T>(ReadOnlySpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector512.IsHardwareAccelerated ? Sum<T, Lanes512<T>>(a)
        : Vector256.IsHardwareAccelerated ? Sum<T, Lanes256<T>>(a)
        : Vector128.IsHardwareAccelerated ? Sum<T, Lanes128<T>>(a)
        : Sum<T, Lanes1<T>>(a);

    /// <summary>At a given width.</summary>
    internal static T Sum<T, TLanes>(ReadOnlySpan<T> a)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        const int Running = 16;
        Span<T> sums = stackalloc T[Running];
        ref T from = ref MemoryMarshal.GetReference(a), to = ref MemoryMarshal.GetReference(sums);
        int whole = a.Length / Running * Running;
        for (int j = 0; j < Running; j += TLanes.Count)
        {
            TLanes sum = TLanes.All(T.Zero);
            for (int i = j; i < whole; i += Running) sum += TLanes.Load(in from, i);
            sum.Store(ref to, j);
        }
        for (int i = whole; i < a.Length; i++) sums[i - whole] += a[i];
        return Tree(ref to);
    }

    /// <summary>Sixteen running sums made one: halves are added until one number is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static T Tree<T>(ref T sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            ref float s = ref Unsafe.As<T, float>(ref sums);
            Vector128<float> quarter = Vector128.LoadUnsafe(ref s) + Vector128.LoadUnsafe(ref s, 8) + (Vector128.LoadUnsafe(ref s, 4) + Vector128.LoadUnsafe(ref s, 12));
            return (T)(object)(quarter[0] + quarter[2] + (quarter[1] + quarter[3]));
        }
        else
        {
            ref double s = ref Unsafe.As<T, double>(ref sums);
            Vector256<double> quarter = Vector256.LoadUnsafe(ref s) + Vector256.LoadUnsafe(ref s, 8) + (Vector256.LoadUnsafe(ref s, 4) + Vector256.LoadUnsafe(ref s, 12));
            return (T)(object)(quarter[0] + quarter[2] + (quarter[1] + quarter[3]));
        }
    }
}
