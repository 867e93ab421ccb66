using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Learning.Kernels;

/// <summary>Lines that are one plane of numbers, each shifted by an offset of its own.</summary>
internal readonly ref struct ShiftedPanel(ReadOnlySpan<int> offsets) : IPanel
{
    private readonly ref int _offsets = ref MemoryMarshal.GetReference(offsets);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nint Start(int inner) => Unsafe.Add(ref _offsets, inner);
}

/// <summary>
/// Products with a matrix whose rows are one plane of numbers, shifted: <c>P[k, j] = plane[offset[k] + j]</c>. It is never written down. The same bits at every width. Allocates nothing.
/// </summary>
internal static class ShiftedProduct
{
    private const int Sums = 16;

    /// <summary><c>C += A P</c>; each entry is one chain of fused multiply-adds in the order of the inner index.</summary>
    /// <param name="a">Shape <c>[rows, offsets]</c>.</param>
    /// <param name="rows">Rows of A and C.</param>
    /// <param name="plane">The plane; at least the highest offset plus <paramref name="length"/> numbers.</param>
    /// <param name="offsets">Of each row of P.</param>
    /// <param name="length">Columns of C, a multiple of two vectors at any width.</param>
    /// <param name="c">Shape <c>[rows rounded up to eight, length]</c>; the rows beyond receive what is thrown away.</param>
    public static void Add<T>(ReadOnlySpan<T> a, int rows, ReadOnlySpan<T> plane, ReadOnlySpan<int> offsets, int length, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated) Add<T, Lanes512<T>>(a, rows, plane, offsets, length, c);
        else if (Vector256.IsHardwareAccelerated) Add<T, Lanes256<T>>(a, rows, plane, offsets, length, c);
        else if (Vector128.IsHardwareAccelerated) Add<T, Lanes128<T>>(a, rows, plane, offsets, length, c);
        else Add<T, Lanes1<T>>(a, rows, plane, offsets, length, c);
    }

    /// <summary><c>sums[f, k] += sum over j of lines[f, j] * P[k, j]</c>, over several planes with their lines: sixteen running sums, place j into sum j mod 16, then a fixed tree.</summary>
    /// <param name="lines">Shape <c>[count, rows, length]</c>.</param>
    /// <param name="rows">Lines of each plane.</param>
    /// <param name="planes">Shape <c>[count, planeLength]</c>.</param>
    /// <param name="planeLength">Numbers of a plane.</param>
    /// <param name="count">Planes.</param>
    /// <param name="offsets">Of each row of P.</param>
    /// <param name="length">Columns of P, a multiple of sixteen.</param>
    /// <param name="sums">Shape <c>[rows, offsets]</c>.</param>
    public static void AddDots<T>(ReadOnlySpan<T> lines, int rows, ReadOnlySpan<T> planes, int planeLength, int count, ReadOnlySpan<int> offsets, int length, Span<T> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated) AddDots<T, Lanes512<T>>(lines, rows, planes, planeLength, count, offsets, length, sums);
        else if (Vector256.IsHardwareAccelerated) AddDots<T, Lanes256<T>>(lines, rows, planes, planeLength, count, offsets, length, sums);
        else if (Vector128.IsHardwareAccelerated) AddDots<T, Lanes128<T>>(lines, rows, planes, planeLength, count, offsets, length, sums);
        else AddDots<T, Lanes1<T>>(lines, rows, planes, planeLength, count, offsets, length, sums);
    }

    /// <summary>At a given width.</summary>
    internal static void Add<T, TLanes>(ReadOnlySpan<T> a, int rows, ReadOnlySpan<T> plane, ReadOnlySpan<int> offsets, int length, Span<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        int high = MicroTile.Rows<T, TLanes>(), width = 2 * TLanes.Count;
        if (c.Length < (rows + high - 1) / high * high * length || a.Length < rows * offsets.Length || length % width != 0) throw new ArgumentException($"{a.Length} and {c.Length} numbers do not suit {rows} rows of {length}", nameof(c));
        CheckOffsets(offsets, plane.Length - length);
        ShiftedPanel panel = new(offsets);
        for (int j = 0; j < length; j += width)
            for (int row = 0; row < rows; row += high)
                MicroTile.Add<T, TLanes, ShiftedPanel>(in a[row * offsets.Length], offsets.Length, 1, Math.Min(high, rows - row), in plane[j], panel, offsets.Length, ref c[row * length + j], length);
    }

    /// <summary>At a given width.</summary>
    [SkipLocalsInit]
    internal static void AddDots<T, TLanes>(ReadOnlySpan<T> lines, int rows, ReadOnlySpan<T> planes, int planeLength, int count, ReadOnlySpan<int> offsets, int length, Span<T> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        if (lines.Length < count * rows * length || planes.Length < count * planeLength || sums.Length < rows * offsets.Length || length % Sums != 0)
            throw new ArgumentException($"{lines.Length}, {planes.Length} and {sums.Length} numbers do not suit {count} planes and {rows} lines of {length}", nameof(sums));
        CheckOffsets(offsets, planeLength - length);
        Span<T> memory = stackalloc T[12 * Sums];
        ref T running = ref MemoryMarshal.GetReference(memory);
        for (int f = 0; f < rows; f += 4)
            for (int k = 0; k < offsets.Length; k += 3)
            {
                for (int j = 0; j < Sums; j += TLanes.Count) Tile<T, TLanes>(lines[j..], f, rows, planes[j..], planeLength, count, offsets, k, length, ref Unsafe.Add(ref running, j));
                for (int i = f; i < Math.Min(f + 4, rows); i++)
                    for (int at = k; at < Math.Min(k + 3, offsets.Length); at++) sums[i * offsets.Length + at] += Reduction.Tree(ref Unsafe.Add(ref running, (3 * (i - f) + at - k) * Sums));
            }
    }

    // Four lines by three rows of P, in as many lanes of the sixteen sums as there are. Where there are fewer lines or rows, the last is done again.
    private static void Tile<T, TLanes>(ReadOnlySpan<T> lines, int f, int rows, ReadOnlySpan<T> planes, int planeLength, int count, ReadOnlySpan<int> offsets, int k, int length, ref T running)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        TLanes zero = TLanes.All(T.Zero);
        TLanes s00 = zero, s01 = zero, s02 = zero, s10 = zero, s11 = zero, s12 = zero, s20 = zero, s21 = zero, s22 = zero, s30 = zero, s31 = zero, s32 = zero;
        int last = rows - 1, end = offsets.Length - 1;
        for (int r = 0; r < count; r++)
        {
            ref readonly T l0 = ref lines[(r * rows + f) * length];
            ref readonly T l1 = ref lines[(r * rows + Math.Min(f + 1, last)) * length];
            ref readonly T l2 = ref lines[(r * rows + Math.Min(f + 2, last)) * length];
            ref readonly T l3 = ref lines[(r * rows + Math.Min(f + 3, last)) * length];
            ref readonly T p0 = ref planes[r * planeLength + offsets[k]];
            ref readonly T p1 = ref planes[r * planeLength + offsets[Math.Min(k + 1, end)]];
            ref readonly T p2 = ref planes[r * planeLength + offsets[Math.Min(k + 2, end)]];
            for (int j = 0; j < length; j += Sums)
            {
                TLanes x0 = TLanes.Load(in p0, j), x1 = TLanes.Load(in p1, j), x2 = TLanes.Load(in p2, j), line;
                line = TLanes.Load(in l0, j);
                s00 = TLanes.MultiplyAdd(line, x0, s00);
                s01 = TLanes.MultiplyAdd(line, x1, s01);
                s02 = TLanes.MultiplyAdd(line, x2, s02);
                line = TLanes.Load(in l1, j);
                s10 = TLanes.MultiplyAdd(line, x0, s10);
                s11 = TLanes.MultiplyAdd(line, x1, s11);
                s12 = TLanes.MultiplyAdd(line, x2, s12);
                line = TLanes.Load(in l2, j);
                s20 = TLanes.MultiplyAdd(line, x0, s20);
                s21 = TLanes.MultiplyAdd(line, x1, s21);
                s22 = TLanes.MultiplyAdd(line, x2, s22);
                line = TLanes.Load(in l3, j);
                s30 = TLanes.MultiplyAdd(line, x0, s30);
                s31 = TLanes.MultiplyAdd(line, x1, s31);
                s32 = TLanes.MultiplyAdd(line, x2, s32);
            }
        }
        s00.Store(ref running, 0);
        s01.Store(ref running, Sums);
        s02.Store(ref running, 2 * Sums);
        s10.Store(ref running, 3 * Sums);
        s11.Store(ref running, 4 * Sums);
        s12.Store(ref running, 5 * Sums);
        s20.Store(ref running, 6 * Sums);
        s21.Store(ref running, 7 * Sums);
        s22.Store(ref running, 8 * Sums);
        s30.Store(ref running, 9 * Sums);
        s31.Store(ref running, 10 * Sums);
        s32.Store(ref running, 11 * Sums);
    }

    private static void CheckOffsets(ReadOnlySpan<int> offsets, int max)
    {
        foreach (int offset in offsets)
            if ((uint)offset > (uint)max) throw new ArgumentException($"the offset {offset} is not from 0 to {max}", nameof(offsets));
    }
}
