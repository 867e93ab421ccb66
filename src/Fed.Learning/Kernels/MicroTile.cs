using System.Numerics;
using System.Runtime.CompilerServices;

namespace Fed.Learning.Kernels;

/// <summary>Where the lines of B lie that a tile reads, one for each inner index.</summary>
internal interface IPanel
{
    /// <summary>From the panel's first entry to the line of an inner index.</summary>
    nint Start(int inner);
}

/// <summary>Lines one after another, as <see cref="Packing"/> lays them.</summary>
internal readonly struct PackedPanel(int width) : IPanel
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Start(int inner) => (nint)inner * width;
}

/// <summary>The innermost kernel of a product: some rows by two vectors, kept in registers while the inner index runs.</summary>
internal static class MicroTile
{
    /// <summary>
    /// Rows of a tile. Twelve sums hide the latency of the fused multiply-add and leave registers for the factors where there are sixteen; 512-bit vectors come with thirty-two.
    /// </summary>
    public static int Rows<T, TLanes>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => TLanes.Count * Unsafe.SizeOf<T>() == 64 ? 8 : 6;

    /// <summary>Adds a product of rows of A with a panel of B to a tile of C.</summary>
    /// <param name="a">First entry of the rows of A.</param>
    /// <param name="rowStride">From a row of A to the next.</param>
    /// <param name="innerStride">Along a row of A.</param>
    /// <param name="rows">Rows that there are, at least 1; the tile's others repeat the last.</param>
    /// <param name="b">First entry of the panel.</param>
    /// <param name="panel">Where its lines are.</param>
    /// <param name="depth">Inner length.</param>
    /// <param name="c">The tile's first entry; all of its rows are written.</param>
    /// <param name="stride">From a row of the tile to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Add<T, TLanes, TPanel>(ref readonly T a, int rowStride, int innerStride, int rows, ref readonly T b, TPanel panel, int depth, ref T c, int stride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
        where TPanel : struct, IPanel, allows ref struct
    {
        if (Rows<T, TLanes>() == 8) Add8<T, TLanes, TPanel>(ref Unsafe.AsRef(in a), rowStride, innerStride, rows, ref Unsafe.AsRef(in b), panel, depth, ref c, stride);
        else Add6<T, TLanes, TPanel>(ref Unsafe.AsRef(in a), rowStride, innerStride, rows, ref Unsafe.AsRef(in b), panel, depth, ref c, stride);
    }

    // Both tiles are written out: their sums stay in registers only as locals with names, not as an array or a loop over rows.
    private static void Add6<T, TLanes, TPanel>(ref T left, int rowStride, int innerStride, int rows, ref T right, TPanel panel, int depth, ref T c, int stride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
        where TPanel : struct, IPanel, allows ref struct
    {
        int count = TLanes.Count;
        // In bytes, computed once: what is left in the loop is a register in an address.
        nint size = Unsafe.SizeOf<T>(), row = rowStride * size, inner = innerStride * size;
        nint row1 = Math.Min(1, rows - 1) * row, row2 = Math.Min(2, rows - 1) * row, row3 = Math.Min(3, rows - 1) * row, row4 = Math.Min(4, rows - 1) * row, row5 = Math.Min(5, rows - 1) * row;
        TLanes c00 = TLanes.Load(in c, 0), c01 = TLanes.Load(in c, count);
        TLanes c10 = TLanes.Load(in c, stride), c11 = TLanes.Load(in c, stride + count);
        TLanes c20 = TLanes.Load(in c, 2 * stride), c21 = TLanes.Load(in c, 2 * stride + count);
        TLanes c30 = TLanes.Load(in c, 3 * stride), c31 = TLanes.Load(in c, 3 * stride + count);
        TLanes c40 = TLanes.Load(in c, 4 * stride), c41 = TLanes.Load(in c, 4 * stride + count);
        TLanes c50 = TLanes.Load(in c, 5 * stride), c51 = TLanes.Load(in c, 5 * stride + count);
        for (int k = 0; k < depth; k++, left = ref Unsafe.AddByteOffset(ref left, inner))
        {
            ref T line = ref Unsafe.Add(ref right, panel.Start(k));
            TLanes b0 = TLanes.Load(in line, 0), b1 = TLanes.Load(in line, count), x;
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

    private static void Add8<T, TLanes, TPanel>(ref T left, int rowStride, int innerStride, int rows, ref T right, TPanel panel, int depth, ref T c, int stride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
        where TPanel : struct, IPanel, allows ref struct
    {
        int count = TLanes.Count;
        // In bytes, computed once: what is left in the loop is a register in an address.
        nint size = Unsafe.SizeOf<T>(), row = rowStride * size, inner = innerStride * size;
        nint row1 = Math.Min(1, rows - 1) * row, row2 = Math.Min(2, rows - 1) * row, row3 = Math.Min(3, rows - 1) * row, row4 = Math.Min(4, rows - 1) * row, row5 = Math.Min(5, rows - 1) * row, row6 = Math.Min(6, rows - 1) * row, row7 = Math.Min(7, rows - 1) * row;
        TLanes c00 = TLanes.Load(in c, 0), c01 = TLanes.Load(in c, count);
        TLanes c10 = TLanes.Load(in c, stride), c11 = TLanes.Load(in c, stride + count);
        TLanes c20 = TLanes.Load(in c, 2 * stride), c21 = TLanes.Load(in c, 2 * stride + count);
        TLanes c30 = TLanes.Load(in c, 3 * stride), c31 = TLanes.Load(in c, 3 * stride + count);
        TLanes c40 = TLanes.Load(in c, 4 * stride), c41 = TLanes.Load(in c, 4 * stride + count);
        TLanes c50 = TLanes.Load(in c, 5 * stride), c51 = TLanes.Load(in c, 5 * stride + count);
        TLanes c60 = TLanes.Load(in c, 6 * stride), c61 = TLanes.Load(in c, 6 * stride + count);
        TLanes c70 = TLanes.Load(in c, 7 * stride), c71 = TLanes.Load(in c, 7 * stride + count);
        for (int k = 0; k < depth; k++, left = ref Unsafe.AddByteOffset(ref left, inner))
        {
            ref T line = ref Unsafe.Add(ref right, panel.Start(k));
            TLanes b0 = TLanes.Load(in line, 0), b1 = TLanes.Load(in line, count), x;
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
            x = TLanes.All(Unsafe.AddByteOffset(ref left, row6));
            c60 = TLanes.MultiplyAdd(x, b0, c60);
            c61 = TLanes.MultiplyAdd(x, b1, c61);
            x = TLanes.All(Unsafe.AddByteOffset(ref left, row7));
            c70 = TLanes.MultiplyAdd(x, b0, c70);
            c71 = TLanes.MultiplyAdd(x, b1, c71);
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
        c60.Store(ref c, 6 * stride);
        c61.Store(ref c, 6 * stride + count);
        c70.Store(ref c, 7 * stride);
        c71.Store(ref c, 7 * stride + count);
    }
}
