using System.Numerics;

namespace Fed.Learning.Kernels;

/// <summary>How a window moves over an image <c>[channels, height, width]</c>; a series is an image of height 1.</summary>
/// <param name="Channels">Of the image.</param>
/// <param name="Height">Of the image.</param>
/// <param name="Width">Of the image.</param>
/// <param name="WindowHeight">At least 1.</param>
/// <param name="WindowWidth">At least 1.</param>
/// <param name="Stride">At least 1.</param>
/// <param name="PaddingHeight">Zeros above and below.</param>
/// <param name="PaddingWidth">Zeros left and right.</param>
internal sealed record Window(int Channels, int Height, int Width, int WindowHeight, int WindowWidth, int Stride = 1, int PaddingHeight = 0, int PaddingWidth = 0)
{
    /// <summary>Places of the window from top to bottom.</summary>
    public int PlacesHeight => (Height + 2 * PaddingHeight - WindowHeight) / Stride + 1;

    /// <summary>Places of the window from left to right.</summary>
    public int PlacesWidth => (Width + 2 * PaddingWidth - WindowWidth) / Stride + 1;

    /// <summary>All places.</summary>
    public int Places => PlacesHeight * PlacesWidth;

    /// <summary>Entries that a window covers, over all channels.</summary>
    public int Covered => Channels * WindowHeight * WindowWidth;

    /// <summary>Entries of an image.</summary>
    public int Image => Channels * Height * Width;

    /// <summary>Refuses a window that is larger than the padded image.</summary>
    /// <exception cref="ArgumentException">No place for it.</exception>
    public Window Checked() => Channels > 0 && Height > 0 && Width > 0 && WindowHeight > 0 && WindowWidth > 0 && Stride > 0 && Height + 2 * PaddingHeight >= WindowHeight && Width + 2 * PaddingWidth >= WindowWidth
        ? this
        : throw new ArgumentException($"a window of {WindowHeight} x {WindowWidth} has no place in {Channels} channels of {Height} x {Width}");
}

/// <summary>Images as matrices of patches (im2col), so that a convolution is a matrix product, and back.</summary>
internal static class Patches
{
    /// <summary>Copies every patch: row (channel, dy, dx), column place; zero outside the image.</summary>
    /// <param name="window">The window.</param>
    /// <param name="image">Shape <c>[channels, height, width]</c>.</param>
    /// <param name="patches">Receives shape <c>[Covered, Places]</c>.</param>
    public static void Gather<T>(Window window, ReadOnlySpan<T> image, Span<T> patches)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int row = 0;
        for (int c = 0; c < window.Channels; c++)
            for (int dy = 0; dy < window.WindowHeight; dy++)
                for (int dx = 0; dx < window.WindowWidth; dx++, row++)
                {
                    Span<T> line = patches.Slice(row * window.Places, window.Places);
                    for (int py = 0; py < window.PlacesHeight; py++)
                    {
                        Span<T> part = line.Slice(py * window.PlacesWidth, window.PlacesWidth);
                        int y = py * window.Stride + dy - window.PaddingHeight;
                        if (y < 0 || y >= window.Height)
                        {
                            part.Clear();
                            continue;
                        }
                        (int first, int end) = Inside(window, dx);
                        part[..first].Clear();
                        part[end..].Clear();
                        ReadOnlySpan<T> pixels = image.Slice((c * window.Height + y) * window.Width, window.Width);
                        int x = first * window.Stride + dx - window.PaddingWidth;
                        if (window.Stride == 1) pixels.Slice(x, end - first).CopyTo(part[first..]);
                        else
                            for (int px = first; px < end; px++, x += window.Stride) part[px] = pixels[x];
                    }
                }
    }

    /// <summary>Adds every patch back to where it came from, in the order of <see cref="Gather"/>.</summary>
    /// <param name="window">The window.</param>
    /// <param name="patches">Shape <c>[Covered, Places]</c>.</param>
    /// <param name="image">Shape <c>[channels, height, width]</c>; added to.</param>
    public static void Scatter<T>(Window window, ReadOnlySpan<T> patches, Span<T> image)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int row = 0;
        for (int c = 0; c < window.Channels; c++)
            for (int dy = 0; dy < window.WindowHeight; dy++)
                for (int dx = 0; dx < window.WindowWidth; dx++, row++)
                {
                    ReadOnlySpan<T> line = patches.Slice(row * window.Places, window.Places);
                    (int first, int end) = Inside(window, dx);
                    for (int py = 0; py < window.PlacesHeight; py++)
                    {
                        int y = py * window.Stride + dy - window.PaddingHeight;
                        if (y < 0 || y >= window.Height) continue;
                        Span<T> pixels = image.Slice((c * window.Height + y) * window.Width, window.Width);
                        ReadOnlySpan<T> part = line.Slice(py * window.PlacesWidth, window.PlacesWidth);
                        int x = first * window.Stride + dx - window.PaddingWidth;
                        if (window.Stride == 1) Elementwise.Add(part[first..end], pixels.Slice(x, end - first));
                        else
                            for (int px = first; px < end; px++, x += window.Stride) pixels[x] += part[px];
                    }
                }
    }

    // The places at which column dx of the window lies inside the image.
    private static (int First, int End) Inside(Window window, int dx)
    {
        int first = Math.Max(0, (window.PaddingWidth - dx + window.Stride - 1) / window.Stride);
        int last = (window.Width - 1 + window.PaddingWidth - dx) / window.Stride;
        int end = window.Width - 1 + window.PaddingWidth - dx < 0 ? 0 : Math.Min(window.PlacesWidth, last + 1);
        return (Math.Min(first, end), end);
    }
}
