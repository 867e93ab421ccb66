using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fed.Learning.Kernels;

/// <summary>Pooling channel by channel over a window without padding; what does not fill a window at the right and lower edge is left out.</summary>
internal static class Pooling
{
    /// <summary>The highest entry of each window, the first of equals, and where it was. A NaN wins.</summary>
    /// <param name="window">The window.</param>
    /// <param name="image">Shape <c>[channels, height, width]</c>.</param>
    /// <param name="pooled">Receives shape <c>[channels, Places]</c>.</param>
    /// <param name="from">Receives each one's index in the image, same shape.</param>
    public static void Max<T>(Window window, ReadOnlySpan<T> image, Span<T> pooled, Span<int> from)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (image.Length < window.Image || pooled.Length < window.Channels * window.Places || from.Length < pooled.Length)
            throw new ArgumentException($"{image.Length} and {pooled.Length} numbers and {from.Length} indices do not suit the window", nameof(image));
        ref T pixels = ref MemoryMarshal.GetReference(image);
        bool isSmall = window is { WindowHeight: 2, WindowWidth: 2 };
        int place = 0;
        for (int c = 0; c < window.Channels; c++)
            for (int py = 0; py < window.PlacesHeight; py++)
            {
                int corner = (c * window.Height + py * window.Stride) * window.Width;
                for (int end = place + window.PlacesWidth; place < end; place++, corner += window.Stride)
                {
                    int best = isSmall ? BestOfFour(ref pixels, corner, window.Width) : Best(ref pixels, corner, window.Width, window.WindowHeight, window.WindowWidth);
                    pooled[place] = Unsafe.Add(ref pixels, best);
                    from[place] = best;
                }
            }
    }

    private static int Best<T>(ref T pixels, int corner, int width, int windowHeight, int windowWidth)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int best = corner;
        for (int dy = 0, row = corner; dy < windowHeight; dy++, row += width)
            for (int at = row; at < row + windowWidth; at++) best += (at - best) * Exceeds(Unsafe.Add(ref pixels, at), Unsafe.Add(ref pixels, best));
        return best;
    }

    // The usual window, each row first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int BestOfFour<T>(ref T pixels, int corner, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ref T top = ref Unsafe.Add(ref pixels, corner), bottom = ref Unsafe.Add(ref top, width);
        int right = Exceeds(Unsafe.Add(ref top, 1), top), rightBelow = Exceeds(Unsafe.Add(ref bottom, 1), bottom);
        return corner + right + (width + rightBelow - right) * Exceeds(Unsafe.Add(ref bottom, rightBelow), Unsafe.Add(ref top, right));
    }

    // 1 or 0, not a branch: which pixel is the highest cannot be foreseen.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Exceeds<T>(T pixel, T best)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Unsafe.BitCast<bool, byte>(pixel > best | T.IsNaN(pixel));

    /// <summary>The mean of each window, its entries added row by row.</summary>
    /// <param name="window">The window.</param>
    /// <param name="image">Shape <c>[channels, height, width]</c>.</param>
    /// <param name="pooled">Receives shape <c>[channels, Places]</c>.</param>
    public static void Mean<T>(Window window, ReadOnlySpan<T> image, Span<T> pooled)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T size = T.CreateTruncating(window.WindowHeight * window.WindowWidth);
        int place = 0;
        for (int c = 0; c < window.Channels; c++)
            for (int py = 0; py < window.PlacesHeight; py++)
                for (int px = 0; px < window.PlacesWidth; px++, place++)
                {
                    T sum = T.Zero;
                    for (int dy = 0; dy < window.WindowHeight; dy++)
                        foreach (T pixel in image.Slice((c * window.Height + py * window.Stride + dy) * window.Width + px * window.Stride, window.WindowWidth)) sum += pixel;
                    pooled[place] = sum / size;
                }
    }

    /// <summary>The slopes of <see cref="Mean"/>: each entry's share, added to the image.</summary>
    /// <param name="window">The window.</param>
    /// <param name="pooled">Slopes, shape <c>[channels, Places]</c>.</param>
    /// <param name="image">Shape <c>[channels, height, width]</c>; added to.</param>
    public static void SpreadMean<T>(Window window, ReadOnlySpan<T> pooled, Span<T> image)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T size = T.CreateTruncating(window.WindowHeight * window.WindowWidth);
        int place = 0;
        for (int c = 0; c < window.Channels; c++)
            for (int py = 0; py < window.PlacesHeight; py++)
                for (int px = 0; px < window.PlacesWidth; px++, place++)
                {
                    T share = pooled[place] / size;
                    for (int dy = 0; dy < window.WindowHeight; dy++)
                        foreach (ref T pixel in image.Slice((c * window.Height + py * window.Stride + dy) * window.Width + px * window.Stride, window.WindowWidth)) pixel += share;
                }
    }
}
