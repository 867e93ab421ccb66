namespace Fed.Learning.Data.Images;

/// <summary>A decoded image.</summary>
/// <param name="Channels">1 grey, 3 red, green, blue.</param>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Values">Channel after channel, shape <c>[channels, height, width]</c>: 0 to 255, or to 65535 of 16-bit maps.</param>
internal sealed record Picture(int Channels, int Height, int Width, ushort[] Values)
{
    /// <summary>Larger images are refused before anything is allocated for them.</summary>
    public const long PixelsMax = 1 << 24;

    /// <summary>The shape as messages show it.</summary>
    public string Shape => $"{Width} x {Height} {(Channels == 1 ? "grey" : "colour")}";

    /// <summary>Decodes a file by what its first bytes say.</summary>
    /// <param name="path">For messages.</param>
    /// <param name="file">Its bytes.</param>
    /// <exception cref="DataException">It is no image that is read here, or is damaged.</exception>
    public static Picture Decode(string path, ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngDecoder.Signature)) return PngDecoder.Decode(path, file);
        if (file.Length > 2 && file[0] == 'P' && file[1] is (byte)'2' or (byte)'3' or (byte)'5' or (byte)'6') return AnyMapDecoder.Decode(path, file);
        throw new DataException($"{path} is neither a PNG image nor a PGM or PPM map by its first bytes; convert it.");
    }

    /// <summary>Refuses sizes that no image here has.</summary>
    public static void RequireSize(string path, long width, long height)
    {
        if (width < 1 || height < 1 || width > PixelsMax || height > PixelsMax || width * height > PixelsMax)
            throw new DataException($"{path} claims {width} x {height} pixels; 1 to {PixelsMax} in all are read.");
    }
}
