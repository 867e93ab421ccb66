using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fed.Learning.Kernels;

/// <summary>The innermost kernel of a product: six rows by two vectors, kept in registers while the inner index runs.</summary>
internal static class MicroTile
{
    /// <summary>Rows of a tile: twelve sums hide the latency of the fused multiply-add and leave registers for the factors, even where there are sixteen.</summary>
    public const int Rows = 6;

    /// <summary>Adds a product of packed panels to a tile of C.</summary>
    /// <param name="a">First entry of the rows of A.</param>
    /// <param name="rowStride">From a row of A to the next.</param>
    /// <param name="innerStride">Along a row of A.</param>
    /// <param name="rows">Rows that there are, 1 to 6; the tile's others repeat the last.</param>
    /// <param name="b">The packed panel: for each inner index two vectors.</param>
    /// <param name="depth">Inner length.</param>
    /// <param name="c">The tile's first entry.</param>
    /// <param name="stride">From a row of the tile to the next.</param>
    public static void Add<T, TLanes>(ref readonly T a, int rowStride, int innerStride, int rows, ref readonly T b, int depth, ref T c, int stride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        int count = TLanes.Count;
        // In bytes, computed once: what is left in the loop is a register in an address.
        nint size = Unsafe.SizeOf<T>(), row = rowStride * size, inner = innerStride * size;
        nint row1 = Math.Min(1, rows - 1) * row, row2 = Math.Min(2, rows - 1) * row, row3 = Math.Min(3, rows - 1) * row, row4 = Math.Min(4, rows - 1) * row, row5 = (rows - 1) * row;
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
            x = TLanes.All(Unsafe.AddByteOffset(ref left, row1));
            c10 = TLanes.MultiplyAdd(x, b0, c10);
            c11 = TLanes.MultiplyAdd(x, b1, c11);
            x = TLanes.All(Unsafe.AddByteOffset(ref left, row2));
            c20 = TLanes.MultiplyAdd(x, b0, c20);
            c21 = TLanes.MultiplyAdd(x, b1, c21);
            x = TLanes.All(Unsafe.AddByteOffset(ref left, row3));
            c30 = TLanes.MultiplyAdd(x, b0, c30);
            c31 = TLanes.MultiplyAdd(x, b1, c31);
            x = TLanes.All(Unsafe.AddByteOffset(ref left, row4));
            c40 = TLanes.MultiplyAdd(x, b0, c40);
            c41 = TLanes.MultiplyAdd(x, b1, c41);
            x = TLanes.All(Unsafe.AddByteOffset(ref left, row5));
            c50 = TLanes.MultiplyAdd(x, b0, c50);
            c51 = TLanes.MultiplyAdd(x, b1, c51);
            left = ref Unsafe.AddByteOffset(ref left, inner);
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
