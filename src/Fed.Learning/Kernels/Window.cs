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
