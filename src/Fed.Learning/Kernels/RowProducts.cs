using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Learning.Kernels;

/// <summary>
/// A matrix of rows times one vector, and its rows' weighted sum: what a model with one score a row does forwards and backwards. The same bits at every width and for any number of threads. Allocates nothing.
/// </summary>
/// <typeparam name="T">An entry.</typeparam>
/// <typeparam name="TRounding">Of a product that is added.</typeparam>
internal static class RowProducts<T, TRounding>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TRounding : struct, IRounding
{
    // Entry i of a row goes into running sum i mod 16; then a fixed tree.
    private const int Sums = 16;

    // Vectors of columns whose weighted sums run side by side.
    private const int Side = 4;

    // About 20 us of a core.
    private const long ForkedFrom = 1 << 17;

    /// <summary><c>y[r * stride] += x[r] . w</c>: sixteen running sums a row, entry i into sum i mod 16, then a fixed tree.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="w">Shape <c>[x.Columns]</c>.</param>
    /// <param name="y">At least <c>(x.Count - 1) * stride + 1</c> numbers.</param>
    /// <param name="stride">At least 1.</param>
    public static void AddDots(RowSet<T> x, ReadOnlySpan<T> w, Span<T> y, int stride = 1)
    {
        if (Vector512.IsHardwareAccelerated) AddDots<Lanes512<T>>(x, w, y, stride);
        else if (Vector256.IsHardwareAccelerated) AddDots<Lanes256<T>>(x, w, y, stride);
        else if (Vector128.IsHardwareAccelerated) AddDots<Lanes128<T>>(x, w, y, stride);
        else AddDots<Lanes1<T>>(x, w, y, stride);
    }

    /// <summary><c>sum[c] += s[r * stride] * x[r, c]</c>, first row first.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="s">At least <c>(x.Count - 1) * stride + 1</c> numbers.</param>
    /// <param name="sum">Shape <c>[x.Columns]</c>.</param>
    /// <param name="stride">At least 1.</param>
    public static void AddWeighted(RowSet<T> x, ReadOnlySpan<T> s, Span<T> sum, int stride = 1)
    {
        if (Vector512.IsHardwareAccelerated) AddWeighted<Lanes512<T>>(x, s, sum, stride);
        else if (Vector256.IsHardwareAccelerated) AddWeighted<Lanes256<T>>(x, s, sum, stride);
        else if (Vector128.IsHardwareAccelerated) AddWeighted<Lanes128<T>>(x, s, sum, stride);
        else AddWeighted<Lanes1<T>>(x, s, sum, stride);
    }

    /// <summary>At a given width.</summary>
    internal static void AddDots<TLanes>(RowSet<T> x, ReadOnlySpan<T> w, Span<T> y, int stride)
        where TLanes : struct, ILanes<TLanes, T>
    {
        Check(x, y.Length, stride, w.Length);
        Dots<TLanes> dots = new(x, w, y, stride);
        if ((long)x.Count * x.Columns >= ForkedFrom) ForkJoin.Run(dots);
        else dots.Run(0, x.Count);
    }

    /// <summary>At a given width.</summary>
    internal static void AddWeighted<TLanes>(RowSet<T> x, ReadOnlySpan<T> s, Span<T> sum, int stride)
        where TLanes : struct, ILanes<TLanes, T>
    {
        Check(x, s.Length, stride, sum.Length);
        Weighted<TLanes> weighted = new(x, s, sum, stride);
        if (weighted.Parts > 1 && (long)x.Count * x.Columns >= ForkedFrom) ForkJoin.Run(weighted);
        else
            for (int part = 0; part < weighted.Parts; part++) weighted.Run(part);
    }

    private static void Check(RowSet<T> x, int perRow, int stride, int perColumn)
    {
        if (perColumn != x.Columns || (x.Count > 0 && (x.Count - 1L) * stride >= perRow))
            throw new ArgumentException($"{x.Count} rows of {x.Columns} with {perRow} numbers for the rows, one in {stride}, and {perColumn} for the columns", nameof(x));
    }

    private readonly ref struct Dots<TLanes>(RowSet<T> x, ReadOnlySpan<T> w, Span<T> y, int stride) : IParts
        where TLanes : struct, ILanes<TLanes, T>
    {
        private readonly RowSet<T> _x = x;
        private readonly ReadOnlySpan<T> _w = w;
        private readonly Span<T> _y = y;

        public int Parts => (_x.Count + RowsOfPart - 1) / RowsOfPart;

        private int RowsOfPart => Math.Max(64, (int)(ForkedFrom / 4) / _x.Columns);

        public void Run(int part) => Run(part * RowsOfPart, Math.Min(_x.Count, (part + 1) * RowsOfPart));

        [SkipLocalsInit]
        public void Run(int from, int to)
        {
            // A row's last, partial sixteen are read whole where the matrix goes on, and what is not the row's is taken for zero: zeros do not change a sum that began at +0.
            Span<T> memory = stackalloc T[4 * Sums];
            memory.Clear();
            ref T sums = ref memory[0], edge = ref memory[Sums], weights = ref memory[2 * Sums], isInRow = ref memory[3 * Sums];
            int whole = _w.Length / Sums * Sums, left = _w.Length - whole;
            _w[whole..].CopyTo(memory[(2 * Sums)..]);
            memory.Slice(3 * Sums, left).Fill(T.One);
            ref T values = ref MemoryMarshal.GetReference(_x.Values), factors = ref MemoryMarshal.GetReference(_w);
            TLanes zero = TLanes.All(T.Zero);
            for (int r = from; r < to; r++)
            {
                int start = _x.Start(r);
                ref T row = ref Unsafe.Add(ref values, start);
                bool isLast = start + whole + Sums > _x.Values.Length;
                if (isLast)
                    for (int i = 0; i < left; i++) Unsafe.Add(ref edge, i) = Unsafe.Add(ref row, whole + i);
                for (int j = 0; j < Sums; j += TLanes.Count)
                {
                    TLanes sum = zero;
                    for (int k = j; k < whole; k += Sums) sum = TRounding.MultiplyAdd<T, TLanes>(TLanes.Load(in row, k), TLanes.Load(in factors, k), sum);
                    if (j < left)
                    {
                        TLanes entries = isLast ? TLanes.Load(in edge, j) : TLanes.IfLess(zero, TLanes.Load(in isInRow, j), TLanes.Load(in row, whole + j), zero);
                        sum = TRounding.MultiplyAdd<T, TLanes>(entries, TLanes.Load(in weights, j), sum);
                    }
                    sum.Store(ref sums, j);
                }
                _y[r * stride] += Reduction.Tree(ref sums);
            }
        }
    }

    private readonly ref struct Weighted<TLanes>(RowSet<T> x, ReadOnlySpan<T> s, Span<T> sum, int stride) : IParts
        where TLanes : struct, ILanes<TLanes, T>
    {
        private readonly RowSet<T> _x = x;
        private readonly ReadOnlySpan<T> _s = s;
        private readonly Span<T> _sum = sum;

        public int Parts => (_sum.Length + Side * TLanes.Count - 1) / (Side * TLanes.Count);

        [SkipLocalsInit]
        public void Run(int part)
        {
            int first = part * Side * TLanes.Count, columns = Math.Min(Side * TLanes.Count, _sum.Length - first), last = (columns - 1) / TLanes.Count;
            Span<T> memory = stackalloc T[2 * Side * TLanes.Count];
            memory.Clear();
            ref T held = ref MemoryMarshal.GetReference(memory), edge = ref Unsafe.Add(ref held, Side * TLanes.Count), values = ref MemoryMarshal.GetReference(_x.Values);
            _sum.Slice(first, columns).CopyTo(memory);
            // Where there are fewer vectors the last is done several times, to the same effect. Lanes beyond the columns hold what is thrown away.
            int at1 = Math.Min(1, last) * TLanes.Count, at2 = Math.Min(2, last) * TLanes.Count, at3 = last * TLanes.Count;
            TLanes sum0 = TLanes.Load(in held, 0), sum1 = TLanes.Load(in held, at1), sum2 = TLanes.Load(in held, at2), sum3 = TLanes.Load(in held, at3);
            for (int r = 0; r < _x.Count; r++)
            {
                int start = _x.Start(r) + first;
                scoped ref T row = ref Unsafe.Add(ref values, start);
                if (start + at3 + TLanes.Count > _x.Values.Length)
                {
                    // One by one: a call amid the loop would cost the sums their registers.
                    for (int c = 0; c < columns; c++) Unsafe.Add(ref edge, c) = Unsafe.Add(ref row, c);
                    row = ref edge;
                }
                TLanes factor = TLanes.All(_s[r * stride]);
                sum0 = TRounding.MultiplyAdd<T, TLanes>(factor, TLanes.Load(in row, 0), sum0);
                sum1 = TRounding.MultiplyAdd<T, TLanes>(factor, TLanes.Load(in row, at1), sum1);
                sum2 = TRounding.MultiplyAdd<T, TLanes>(factor, TLanes.Load(in row, at2), sum2);
                sum3 = TRounding.MultiplyAdd<T, TLanes>(factor, TLanes.Load(in row, at3), sum3);
            }
            sum0.Store(ref held, 0);
            sum1.Store(ref held, at1);
            sum2.Store(ref held, at2);
            sum3.Store(ref held, at3);
            memory[..columns].CopyTo(_sum.Slice(first, columns));
        }
    }
}
