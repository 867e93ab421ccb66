using System.Numerics;

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
        int place = 0;
        for (int c = 0; c < window.Channels; c++)
            for (int py = 0; py < window.PlacesHeight; py++)
                for (int px = 0; px < window.PlacesWidth; px++, place++)
                {
                    int corner = (c * window.Height + py * window.Stride) * window.Width + px * window.Stride, best = corner;
                    for (int dy = 0; dy < window.WindowHeight; dy++)
                        for (int dx = 0; dx < window.WindowWidth; dx++)
                        {
                            int at = corner + dy * window.Width + dx;
                            if (image[at] > image[best] || T.IsNaN(image[at])) best = at;
                        }
                    pooled[place] = image[best];
                    from[place] = best;
                }
    }

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
