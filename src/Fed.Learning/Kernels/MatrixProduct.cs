using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Learning.Kernels;

/// <summary>
/// Matrix product <c>C += A B</c>. Each entry is one chain of fused multiply-adds in the order of the inner index, <c>c = fma(a[i, k], b[k, j], c)</c> for k = 0, 1, ..., whatever the blocking,
/// the vector width or the number of threads: so the bits are the same everywhere.
/// </summary>
/// <remarks>Blocked and packed after Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34(3), 2008, doi:10.1145/1356052.1356053.</remarks>
internal static class MatrixProduct
{
    // A packed block of A (RowBlock x InnerBlock) stays in the second-level cache, a panel of B (InnerBlock x two vectors) in the first.
    private const int InnerBlock = 256;
    private const int RowBlock = 96;
    private const int ColumnBlock = 1024;

    /// <summary>Numbers of scratch memory that any product needs.</summary>
    public const int ScratchLength = (RowBlock + ColumnBlock) * InnerBlock + MicroTile.Rows * MicroTile.ColumnsMax;

    /// <summary>Adds A B to C.</summary>
    /// <param name="a">Shape <c>[rows, inner]</c>.</param>
    /// <param name="b">Shape <c>[inner, columns]</c>.</param>
    /// <param name="c">Shape <c>[rows, columns]</c>, row-major; must not overlap the others.</param>
    /// <param name="scratch">At least <see cref="ScratchLength"/> numbers.</param>
    public static void Add<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, Span<T> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = a.Rows, columns = b.Columns;
        if (a.Columns != b.Rows || c.Length < (long)rows * columns) throw new ArgumentException($"{rows} x {a.Columns} times {b.Rows} x {columns} does not give {c.Length} numbers", nameof(c));
        if (Vector512.IsHardwareAccelerated) Add<T, Lanes512<T>>(a, b, c, scratch);
        else if (Vector256.IsHardwareAccelerated) Add<T, Lanes256<T>>(a, b, c, scratch);
        else if (Vector128.IsHardwareAccelerated) Add<T, Lanes128<T>>(a, b, c, scratch);
        else Add<T, Lanes1<T>>(a, b, c, scratch);
    }

    /// <summary>At a given width.</summary>
    internal static void Add<T, TLanes>(MatrixView<T> a, MatrixView<T> b, Span<T> c, Span<T> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        // Few columns leave most lanes of a tile idle; then C^T = B^T A^T, its lanes along the rows of C.
        if (b.Columns < MicroTile.Rows * 2 && a.Rows > b.Columns) Blocks<T, TLanes>(b.Transposed, a.Transposed, c, 1, b.Columns, scratch);
        else Blocks<T, TLanes>(a, b, c, b.Columns, 1, scratch);
    }

    private static void Blocks<T, TLanes>(MatrixView<T> a, MatrixView<T> b, Span<T> c, int rowStride, int columnStride, Span<T> scratch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        Span<T> packedA = scratch[..(RowBlock * InnerBlock)], packedB = scratch.Slice(RowBlock * InnerBlock, ColumnBlock * InnerBlock), tile = scratch[((RowBlock + ColumnBlock) * InnerBlock)..];
        int width = 2 * TLanes.Count;
        for (int column = 0; column < b.Columns; column += ColumnBlock)
        {
            int columns = Math.Min(ColumnBlock, b.Columns - column);
            for (int inner = 0; inner < a.Columns; inner += InnerBlock)
            {
                int depth = Math.Min(InnerBlock, a.Columns - inner);
                Packing.Panels(b.Values, inner * b.RowStride + column * b.ColumnStride, columns, depth, b.ColumnStride, b.RowStride, width, packedB);
                for (int row = 0; row < a.Rows; row += RowBlock)
                {
                    int rows = Math.Min(RowBlock, a.Rows - row);
                    Packing.Panels(a.Values, row * a.RowStride + inner * a.ColumnStride, rows, depth, a.RowStride, a.ColumnStride, MicroTile.Rows, packedA);
                    Tiles<T, TLanes>(packedA, packedB, rows, columns, depth, c[(row * rowStride + column * columnStride)..], rowStride, columnStride, tile);
                }
            }
        }
    }

    private static void Tiles<T, TLanes>(ReadOnlySpan<T> packedA, ReadOnlySpan<T> packedB, int rows, int columns, int depth, Span<T> c, int rowStride, int columnStride, Span<T> tile)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        int width = 2 * TLanes.Count;
        for (int column = 0; column < columns; column += width)
        {
            ref readonly T panelB = ref packedB[column * depth];
            int used = Math.Min(width, columns - column);
            for (int row = 0; row < rows; row += MicroTile.Rows)
            {
                ref readonly T panelA = ref packedA[row * depth];
                int high = Math.Min(MicroTile.Rows, rows - row);
                int at = row * rowStride + column * columnStride;
                if (columnStride == 1 && high == MicroTile.Rows && used == width)
                {
                    MicroTile.Add<T, TLanes>(in panelA, in panelB, depth, ref c[at], rowStride);
                    continue;
                }
                // A tile at the edge, or of a transposed C, goes through a whole tile of its own; what lies outside is thrown away.
                for (int i = 0; i < high; i++)
                    for (int j = 0; j < used; j++) tile[i * width + j] = c[at + i * rowStride + j * columnStride];
                MicroTile.Add<T, TLanes>(in panelA, in panelB, depth, ref MemoryMarshal.GetReference(tile), width);
                for (int i = 0; i < high; i++)
                    for (int j = 0; j < used; j++) c[at + i * rowStride + j * columnStride] = tile[i * width + j];
            }
        }
    }
}
