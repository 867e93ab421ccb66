using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Learning.Kernels;

/// <summary>
/// Matrix product <c>C += A B</c>. Each entry is one chain of fused multiply-adds in the order of the inner index, <c>c = fma(a[i, k], b[k, j], c)</c> for k = 0, 1, ..., whatever the blocking,
/// the vector width or the number of threads: so the bits are the same everywhere.
/// </summary>
/// <remarks>
/// After Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", ACM TOMS 34(3), 2008, doi:10.1145/1356052.1356053, with one deviation: B is packed panel by panel, A is read where
/// it lies. The batches of a site are short, so that a packed A would not be read often enough to pay for its packing.
/// </remarks>
internal static class MatrixProduct
{
    // A panel of B (InnerBlock x two vectors) is 32 KiB: it stays in the first-level cache, or close by in the second, while all rows of A pass.
    private const int InnerBlock = 256;

    // Up to here the other way round leaves fewer lanes idle.
    private const int FewColumns = 12;

    // Below this a product is over before another thread has woken up (about 30 us on one core).
    private const long ForkedFrom = 1 << 20;

    // A part of the rows packs the panel for itself; fewer rows would not be worth it.
    private const int RowsOfPartMin = 48;

    /// <summary>Adds A B to C. Allocates nothing.</summary>
    /// <param name="a">Shape <c>[rows, inner]</c>.</param>
    /// <param name="b">Shape <c>[inner, columns]</c>.</param>
    /// <param name="c">Shape <c>[rows, columns]</c>, row-major; must not overlap the others.</param>
    public static void Add<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated) Add<T, Lanes512<T>>(a, b, c);
        else if (Vector256.IsHardwareAccelerated) Add<T, Lanes256<T>>(a, b, c);
        else if (Vector128.IsHardwareAccelerated) Add<T, Lanes128<T>>(a, b, c);
        else Add<T, Lanes1<T>>(a, b, c);
    }

    /// <summary>At a given width.</summary>
    internal static void Add<T, TLanes>(MatrixView<T> a, MatrixView<T> b, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        if (a.Columns != b.Rows || c.Length < (long)a.Rows * b.Columns)
            throw new ArgumentException($"{a.Rows} x {a.Columns} times {b.Rows} x {b.Columns} does not give {c.Length} numbers", nameof(c));
        if (a.Rows == 0 || b.Columns == 0 || a.Columns == 0) return;
        // Few columns leave most lanes of a tile idle; then C^T = B^T A^T, its lanes along the rows of C.
        Product<T, TLanes> product = b.Columns < FewColumns && a.Rows > b.Columns ? new(b.Transposed, a.Transposed, c, 1, b.Columns) : new(a, b, c, b.Columns, 1);
        if ((long)a.Rows * a.Columns * b.Columns < ForkedFrom) product.RunAll();
        else ForkJoin.Run(product);
    }

    /// <summary>A product in parts: panels of two vectors of columns, times groups of rows.</summary>
    private readonly ref struct Product<T, TLanes> : IParts
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        private readonly MatrixView<T> _a;
        private readonly MatrixView<T> _b;
        private readonly Span<T> _c;
        private readonly int _rowStride;
        private readonly int _columnStride;
        private readonly int _panels;
        private readonly int _rowsOfPart;

        public Product(MatrixView<T> a, MatrixView<T> b, Span<T> c, int rowStride, int columnStride)
        {
            _a = a;
            _b = b;
            _c = c;
            _rowStride = rowStride;
            _columnStride = columnStride;
            _panels = (b.Columns + Width - 1) / Width;
            int groups = Math.Max(1, 2 * ForkJoin.Degree / _panels);
            _rowsOfPart = Math.Max(RowsOfPartMin, (a.Rows + groups - 1) / groups);
            _rowsOfPart += Rows - 1 - (_rowsOfPart - 1) % Rows;
            Parts = _panels * ((a.Rows + _rowsOfPart - 1) / _rowsOfPart);
        }

        private static int Rows => MicroTile.Rows<T, TLanes>();

        private static int Width => 2 * TLanes.Count;

        public int Parts { get; }

        public void RunAll()
        {
            for (int part = 0; part < Parts; part++) Run(part);
        }

        [SkipLocalsInit]
        public void Run(int part)
        {
            Span<T> memory = stackalloc T[InnerBlock * 2 * TLanes.Count + Rows * 2 * TLanes.Count];
            ref T packed = ref MemoryMarshal.GetReference(memory), tile = ref Unsafe.Add(ref packed, InnerBlock * Width);
            int column = part % _panels * Width, row = part / _panels * _rowsOfPart, columns = Math.Min(Width, _b.Columns - column), rowEnd = Math.Min(_a.Rows, row + _rowsOfPart);
            for (int inner = 0; inner < _a.Columns; inner += InnerBlock)
            {
                int depth = Math.Min(InnerBlock, _a.Columns - inner);
                Packing.Panel(in _b.Values[inner * _b.RowStride + column * _b.ColumnStride], columns, depth, _b.ColumnStride, _b.RowStride, Width, ref packed);
                for (int r = row; r < rowEnd; r += Rows)
                    Tile(in _a.Values[r * _a.RowStride + inner * _a.ColumnStride], ref packed, Math.Min(Rows, rowEnd - r), columns, depth, ref _c[r * _rowStride + column * _columnStride], ref tile);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Tile(ref readonly T a, ref T packed, int rows, int columns, int depth, ref T c, ref T tile)
        {
            if (_columnStride == 1 && rows == Rows && columns == Width)
            {
                MicroTile.Add<T, TLanes, PackedPanel>(in a, _a.RowStride, _a.ColumnStride, rows, in packed, new(Width), depth, ref c, _rowStride);
                return;
            }
            // A tile at the edge, or of a transposed C, goes through a whole tile of its own; what lies outside is thrown away.
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++) Unsafe.Add(ref tile, i * Width + j) = Unsafe.Add(ref c, i * _rowStride + j * _columnStride);
            MicroTile.Add<T, TLanes, PackedPanel>(in a, _a.RowStride, _a.ColumnStride, rows, in packed, new(Width), depth, ref tile, Width);
            for (int i = 0; i < rows; i++)
                for (int j = 0; j < columns; j++) Unsafe.Add(ref c, i * _rowStride + j * _columnStride) = Unsafe.Add(ref tile, i * Width + j);
        }
    }
}
