using System.Numerics;

namespace Fed.Learning.Kernels;

/// <summary>
/// Where things lie when a convolution is computed without copying patches. A channel is a padded plane of rows of <see cref="Pitch"/> entries; the entry that a window at place j covers at (channel, dy, dx) is then
/// at j plus an offset that (channel, dy, dx) alone decides. So the matrix of patches need not be written down: its rows are one plane, shifted. Places between and beyond the window's are computed too and left out.
/// </summary>
internal sealed class ConvolutionGrid
{
    // A multiple of two vectors at any width, so that a product has no edge on this side.
    private const int Step = 32;

    /// <summary>Fixes the layout.</summary>
    /// <param name="channels">Of the image.</param>
    /// <param name="height">Of the padded image.</param>
    /// <param name="pitch">Width of the padded image.</param>
    /// <param name="windowHeight">At least 1.</param>
    /// <param name="windowWidth">At least 1.</param>
    /// <param name="rows">Rows of places.</param>
    /// <param name="columns">Places of a row.</param>
    /// <param name="stride">From a place to the next, both ways.</param>
    public ConvolutionGrid(int channels, int height, int pitch, int windowHeight, int windowWidth, int rows, int columns, int stride)
    {
        Pitch = pitch;
        Plane = height * pitch;
        Stride = stride;
        Rows = rows;
        Columns = columns;
        int places = ((rows - 1) * pitch + columns - 1) * stride + 1;
        Length = (places + Step - 1) / Step * Step;
        ImageLength = channels * Plane + Length;   // the last window may read beyond its image
        Offsets = new int[channels * windowHeight * windowWidth];
        int k = 0;
        for (int c = 0; c < channels; c++)
            for (int dy = 0; dy < windowHeight; dy++)
                for (int dx = 0; dx < windowWidth; dx++) Offsets[k++] = c * Plane + dy * pitch + dx;
    }

    /// <summary>Entries of a row of a padded plane.</summary>
    public int Pitch { get; }

    /// <summary>Entries of a padded plane.</summary>
    public int Plane { get; }

    /// <summary>From a place to the next.</summary>
    public int Stride { get; }

    /// <summary>Rows of places.</summary>
    public int Rows { get; }

    /// <summary>Places of a row.</summary>
    public int Columns { get; }

    /// <summary>Entries of a line of results: all places, those between them, and what fills up a step.</summary>
    public int Length { get; }

    /// <summary>Entries that an image takes; outside its planes' interior they stay zero.</summary>
    public int ImageLength { get; }

    /// <summary>For each (channel, dy, dx) the offset of its row of the matrix of patches.</summary>
    public int[] Offsets { get; }

    /// <summary>Copies planes <c>[planes, height, width]</c> into padded ones.</summary>
    /// <param name="from">The planes.</param>
    /// <param name="height">Of a plane.</param>
    /// <param name="width">Of a plane.</param>
    /// <param name="top">Zeros above.</param>
    /// <param name="left">Zeros to the left.</param>
    /// <param name="stride">Distance at which entries are laid, both ways.</param>
    /// <param name="plane">Entries of a padded plane.</param>
    /// <param name="to">The padded planes.</param>
    public void Pad<T>(ReadOnlySpan<T> from, int height, int width, int top, int left, int stride, int plane, Span<T> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int p = 0, at = 0; at < from.Length; p++)
            for (int y = 0; y < height; y++, at += width)
            {
                ReadOnlySpan<T> line = from.Slice(at, width);
                Span<T> target = to[(p * plane + (top + y * stride) * Pitch + left)..];
                if (stride == 1) line.CopyTo(target);
                else
                    for (int x = 0; x < line.Length; x++) target[x * stride] = line[x];
            }
    }

    /// <summary>Takes the places out of lines of results.</summary>
    /// <param name="from">Shape <c>[lines, Length]</c>.</param>
    /// <param name="to">Receives shape <c>[lines, Rows, Columns]</c>.</param>
    public void Collect<T>(ReadOnlySpan<T> from, Span<T> to)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int line = 0, at = 0; at < to.Length; line++)
            for (int y = 0; y < Rows; y++, at += Columns)
            {
                ReadOnlySpan<T> source = from[(line * Length + y * Stride * Pitch)..];
                if (Stride == 1) source[..Columns].CopyTo(to[at..]);
                else
                    for (int x = 0; x < Columns; x++) to[at + x] = source[x * Stride];
            }
    }
}
