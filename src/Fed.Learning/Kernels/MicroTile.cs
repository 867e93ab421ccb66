using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fed.Learning.Kernels;

/// <summary>The innermost kernel of a product: six rows by two vectors, kept in registers while the inner index runs.</summary>
internal static class MicroTile
{
    /// <summary>Rows of a tile: twelve sums hide the latency of the fused multiply-add and leave registers for the factors, even where there are sixteen.</summary>
    public const int Rows = 6;

    /// <summary>Columns of the widest tile: two vectors of sixteen lanes.</summary>
    public const int ColumnsMax = 32;

    /// <summary>Adds a product of packed panels to a tile of C.</summary>
    /// <param name="a">For each inner index six numbers.</param>
    /// <param name="b">For each inner index two vectors.</param>
    /// <param name="depth">Inner length.</param>
    /// <param name="c">The tile's first entry.</param>
    /// <param name="stride">From a row of the tile to the next.</param>
    public static void Add<T, TLanes>(ref readonly T a, ref readonly T b, int depth, ref T c, int stride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        int count = TLanes.Count;
        ref T left = ref Unsafe.AsRef(in a);
        ref T right = ref Unsafe.AsRef(in b);
        TLanes c00 = TLanes.Load(in c, 0), c01 = TLanes.Load(in c, count);
        TLanes c10 = TLanes.Load(in c, stride), c11 = TLanes.Load(in c, stride + count);
        TLanes c20 = TLanes.Load(in c, 2 * stride), c21 = TLanes.Load(in c, 2 * stride + count);
        TLanes c30 = TLanes.Load(in c, 3 * stride), c31 = TLanes.Load(in c, 3 * stride + count);
        TLanes c40 = TLanes.Load(in c, 4 * stride), c41 = TLanes.Load(in c, 4 * stride + count);
        TLanes c50 = TLanes.Load(in c, 5 * stride), c51 = TLanes.Load(in c, 5 * stride + count);
        for (; depth > 0; depth--)
        {
            TLanes b0 = TLanes.Load(in right, 0), b1 = TLanes.Load(in right, count), x;
            x = TLanes.All(left);
            c00 = TLanes.MultiplyAdd(x, b0, c00);
            c01 = TLanes.MultiplyAdd(x, b1, c01);
            x = TLanes.All(Unsafe.Add(ref left, 1));
            c10 = TLanes.MultiplyAdd(x, b0, c10);
            c11 = TLanes.MultiplyAdd(x, b1, c11);
            x = TLanes.All(Unsafe.Add(ref left, 2));
            c20 = TLanes.MultiplyAdd(x, b0, c20);
            c21 = TLanes.MultiplyAdd(x, b1, c21);
            x = TLanes.All(Unsafe.Add(ref left, 3));
            c30 = TLanes.MultiplyAdd(x, b0, c30);
            c31 = TLanes.MultiplyAdd(x, b1, c31);
            x = TLanes.All(Unsafe.Add(ref left, 4));
            c40 = TLanes.MultiplyAdd(x, b0, c40);
            c41 = TLanes.MultiplyAdd(x, b1, c41);
            x = TLanes.All(Unsafe.Add(ref left, 5));
            c50 = TLanes.MultiplyAdd(x, b0, c50);
            c51 = TLanes.MultiplyAdd(x, b1, c51);
            left = ref Unsafe.Add(ref left, Rows);
            right = ref Unsafe.Add(ref right, 2 * count);
        }
        c00.Store(ref c, 0);
        c01.Store(ref c, count);
        c10.Store(ref c, stride);
        c11.Store(ref c, stride + count);
        c20.Store(ref c, 2 * stride);
        c21.Store(ref c, 2 * stride + count);
        c30.Store(ref c, 3 * stride);
        c31.Store(ref c, 3 * stride + count);
        c40.Store(ref c, 4 * stride);
        c41.Store(ref c, 4 * stride + count);
        c50.Store(ref c, 5 * stride);
        c51.Store(ref c, 5 * stride + count);
    }
}
