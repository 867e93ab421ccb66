using System.Numerics;

namespace Fed.Learning.Kernels;

/// <summary>Copies a block of a matrix into panels, in the order in which a product reads it; what lies beyond the block's edge is zero.</summary>
internal static class Packing
{
    /// <summary>Panel after panel of <paramref name="width"/> lines (rows of A, columns of B); within a panel, for each inner index its lines side by side.</summary>
    /// <param name="values">The matrix.</param>
    /// <param name="start">Index of the block's first entry.</param>
    /// <param name="lines">Lines of the block.</param>
    /// <param name="depth">Inner length of the block.</param>
    /// <param name="lineStride">From a line to the next.</param>
    /// <param name="innerStride">Along a line.</param>
    /// <param name="width">Lines of a panel.</param>
    /// <param name="packed">Receives lines, rounded up to whole panels, times depth.</param>
    public static void Panels<T>(ReadOnlySpan<T> values, int start, int lines, int depth, int lineStride, int innerStride, int width, Span<T> packed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int line = 0; line < lines; line += width)
        {
            int used = Math.Min(width, lines - line);
            Span<T> panel = packed.Slice(line * depth, width * depth);
            ReadOnlySpan<T> source = values[(start + line * lineStride)..];
            if (used < width) panel.Clear();
            if (lineStride == 1) Copy(source, panel, used, depth, innerStride, width);
            else Transpose(source, panel, used, depth, lineStride, innerStride, width);
        }
    }

    private static void Copy<T>(ReadOnlySpan<T> source, Span<T> panel, int used, int depth, int innerStride, int width)
    {
        for (int k = 0; k < depth; k++) source.Slice(k * innerStride, used).CopyTo(panel.Slice(k * width, used));
    }

    private static void Transpose<T>(ReadOnlySpan<T> source, Span<T> panel, int used, int depth, int lineStride, int innerStride, int width)
    {
        for (int j = 0; j < used; j++)
        {
            int from = j * lineStride;
            for (int to = j, k = 0; k < depth; k++, to += width, from += innerStride) panel[to] = source[from];
        }
    }
}
