using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fed.Learning.Kernels;

/// <summary>Copies a panel of a matrix into the order in which a product reads it; what lies beyond the panel's edge is zero.</summary>
internal static class Packing
{
    /// <summary>For each inner index the panel's lines side by side.</summary>
    /// <param name="source">The panel's first entry.</param>
    /// <param name="lines">Lines that there are, 1 to <paramref name="width"/>.</param>
    /// <param name="depth">Inner length.</param>
    /// <param name="lineStride">From a line to the next.</param>
    /// <param name="innerStride">Along a line.</param>
    /// <param name="width">Lines of a panel.</param>
    /// <param name="packed">Receives width times depth numbers.</param>
    public static void Panel<T>(ref readonly T source, int lines, int depth, int lineStride, int innerStride, int width, ref T packed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T from = ref Unsafe.AsRef(in source);
        if (lines < width) MemoryMarshal.CreateSpan(ref packed, width * depth).Clear();
        if (lineStride == 1)
        {
            for (int k = 0; k < depth; k++)
                MemoryMarshal.CreateReadOnlySpan(ref Unsafe.Add(ref from, (nint)k * innerStride), lines).CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.Add(ref packed, k * width), lines));
            return;
        }
        int line = 0;
        for (; line <= lines - 4; line += 4)   // four lines at a time, so that the writes lie side by side
        {
            ref T a = ref Unsafe.Add(ref from, (nint)line * lineStride);
            ref T b = ref Unsafe.Add(ref a, lineStride);
            ref T c = ref Unsafe.Add(ref b, lineStride);
            ref T d = ref Unsafe.Add(ref c, lineStride);
            ref T to = ref Unsafe.Add(ref packed, line);
            for (nint k = 0, at = 0; k < depth; k++, at += innerStride, to = ref Unsafe.Add(ref to, width))
            {
                to = Unsafe.Add(ref a, at);
                Unsafe.Add(ref to, 1) = Unsafe.Add(ref b, at);
                Unsafe.Add(ref to, 2) = Unsafe.Add(ref c, at);
                Unsafe.Add(ref to, 3) = Unsafe.Add(ref d, at);
            }
        }
        for (; line < lines; line++)
        {
            ref T a = ref Unsafe.Add(ref from, (nint)line * lineStride);
            for (nint k = 0; k < depth; k++) Unsafe.Add(ref packed, k * width + line) = Unsafe.Add(ref a, k * innerStride);
        }
    }
}
