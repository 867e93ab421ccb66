using System.Buffers.Binary;

namespace Fed.Learning.Data.Images;

/// <summary>Decodes portable grey maps and pixel maps: PGM (P2, P5) and PPM (P3, P6), up to 16 bits.</summary>
/// <remarks>https://netpbm.sourceforge.net/doc/pgm.html</remarks>
internal static class AnyMapDecoder
{
    private const int DigitsMax = 9;

    public static Picture Decode(string path, ReadOnlySpan<byte> file)
    {
        bool isBinary = file[1] is (byte)'5' or (byte)'6';
        int channels = file[1] is (byte)'3' or (byte)'6' ? 3 : 1, at = 2;
        int width = Number(path, file, ref at), height = Number(path, file, ref at), max = Number(path, file, ref at);
        Picture.RequireSize(path, width, height);
        if (max is < 1 or > ushort.MaxValue) throw new DataException($"{path} says that its greatest grey value is {max}; 1 to 65535 are possible.");
        int count = width * height * channels, size = max > byte.MaxValue ? 2 : 1;
        if (isBinary) at++;   // one blank behind the header
        long needed = isBinary ? (long)count * size : 2L * count - 1;   // text: a digit and a blank each, but the last
        if (file.Length - at < needed) throw new DataException($"{path} is cut off: {width} x {height} pixels need more bytes than it has.");
        ushort[] values = new ushort[count];
        for (int i = 0; i < count; i++)
        {
            int value = !isBinary ? Number(path, file, ref at) : size == 1 ? file[at + i] : BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2 * i)..]);
            if (value > max) throw new DataException($"{path} has the grey value {value}, but says that {max} is the greatest.");
            values[i % channels * (width * height) + i / channels] = (ushort)value;
        }
        return new Picture(channels, height, width, values);
    }

    // The next number behind blanks and comments.
    private static int Number(string path, ReadOnlySpan<byte> file, ref int at)
    {
        while (at < file.Length && (char.IsWhiteSpace((char)file[at]) || file[at] == '#'))
        {
            if (file[at] == '#')
                while (at < file.Length && file[at] != '\n') at++;
            else at++;
        }
        int begin = at, value = 0;
        for (; at < file.Length && char.IsAsciiDigit((char)file[at]) && at - begin < DigitsMax; at++) value = 10 * value + file[at] - '0';
        return at > begin ? value : throw new DataException($"{path} is damaged or cut off: a number is expected at byte {begin}.");
    }
}
