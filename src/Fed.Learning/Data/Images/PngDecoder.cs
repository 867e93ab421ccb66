using System.Buffers.Binary;
using System.IO.Compression;

namespace Fed.Learning.Data.Images;

/// <summary>
/// Decodes PNG images of 8 bits, grey or RGB, not interlaced: what exports of imaging pipelines are. Checks every chunk's CRC, undoes all five filters, and inflates exactly as many bytes as the size
/// announces. No palette, alpha, 1, 2, 4 or 16 bits: those are refused by name, since dropping them silently would change the data.
/// </summary>
/// <remarks>W3C PNG specification, https://www.w3.org/TR/png-3/</remarks>
internal static class PngDecoder
{
    /// <summary>The first eight bytes of every PNG file.</summary>
    public static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A];

    private const int HeaderBytes = 13;
    private static readonly uint[] CrcTable = MakeCrcTable();

    public static Picture Decode(string path, ReadOnlySpan<byte> file)
    {
        int at = Signature.Length;
        (int width, int height, int channels) = Header(path, Next(path, file, ref at));
        using MemoryStream packed = new();
        while (true)
        {
            Chunk chunk = Next(path, file, ref at);
            if (chunk.Type == "IEND") break;
            if (chunk.Type == "IDAT") packed.Write(chunk.Data);
            else if (chunk.Type != "PLTE" && (chunk.Type == "tRNS" || char.IsAsciiLetterUpper(chunk.Type[0])))   // of RGB a palette is only advice
                throw new DataException($"{path} has a {chunk.Type} chunk, which is not read here; save it as an 8-bit grey or RGB PNG.");
        }
        int line = width * channels;
        byte[] raw = Inflate(path, packed, (line + 1) * height);
        ushort[] values = new ushort[line * height];
        byte[] above = new byte[line];
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = raw.AsSpan(y * (line + 1) + 1, line);
            Unfilter(path, raw[y * (line + 1)], row, above, channels);
            for (int x = 0; x < line; x++) values[x % channels * (width * height) + y * width + x / channels] = row[x];
            row.CopyTo(above);
        }
        return new Picture(channels, height, width, values);
    }

    private static (int Width, int Height, int Channels) Header(string path, Chunk chunk)
    {
        if (chunk.Type != "IHDR" || chunk.Data.Length != HeaderBytes) throw new DataException($"{path} is damaged: its first chunk is no header.");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(chunk.Data), height = BinaryPrimitives.ReadUInt32BigEndian(chunk.Data[4..]);
        Picture.RequireSize(path, width, height);
        (byte bits, byte colour, byte interlace) = (chunk.Data[8], chunk.Data[9], chunk.Data[12]);
        if (bits != 8 || colour is not (0 or 2)) throw new DataException($"{path} has {bits} bits and PNG colour type {colour}; 8-bit grey (0) and RGB (2) are read, without palette or alpha. Convert it.");
        if (interlace != 0) throw new DataException($"{path} is interlaced; save it without interlacing.");
        if (chunk.Data[10] != 0 || chunk.Data[11] != 0) throw new DataException($"{path} is damaged: it names a compression or filter method that does not exist.");
        return ((int)width, (int)height, colour == 0 ? 1 : 3);
    }

    private static Chunk Next(string path, ReadOnlySpan<byte> file, ref int at)
    {
        const int Frame = 12;   // length, type, CRC
        if (file.Length - at < Frame) throw new DataException($"{path} is cut off: its end chunk is missing.");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
        if (length > file.Length - at - Frame) throw new DataException($"{path} is cut off or damaged: a chunk at byte {at} claims {length} bytes.");
        ReadOnlySpan<byte> typed = file.Slice(at + 4, (int)length + 4);
        foreach (byte letter in typed[..4])
            if (!char.IsAsciiLetter((char)letter)) throw new DataException($"{path} is damaged: the chunk at byte {at} has no name.");
        if (Crc(typed) != BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..])) throw new DataException($"{path} is damaged: the checksum of the chunk at byte {at} is wrong.");
        at += Frame + (int)length;
        return new Chunk(System.Text.Encoding.ASCII.GetString(typed[..4]), typed[4..]);
    }

    // Never more bytes than the size announces, whatever the packed stream would give.
    private static byte[] Inflate(string path, MemoryStream packed, int bytes)
    {
        const int RatioMax = 1032;   // of deflate: so an image that claims much must bring its share of bytes
        if (packed.Length * RatioMax < bytes) throw new DataException($"{path} is cut off: its pixels need more bytes than it has.");
        packed.Position = 0;
        byte[] raw = new byte[bytes];
        try
        {
            using ZLibStream stream = new(packed, CompressionMode.Decompress);
            int read = stream.ReadAtLeast(raw, bytes, throwOnEndOfStream: false);
            if (read < bytes) throw new DataException($"{path} is cut off: {read} of {bytes} bytes of pixels are there.");
            if (stream.ReadByte() >= 0) throw new DataException($"{path} is damaged: it has more pixels than its size says.");
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{path} is damaged: its pixels cannot be decompressed.", e);
        }
        return raw;
    }

    // What each filter predicts from the left, from above, and from above left.
    private static void Unfilter(string path, byte filter, Span<byte> row, ReadOnlySpan<byte> above, int step)
    {
        if (filter > 4) throw new DataException($"{path} is damaged: a line has the filter {filter}, which does not exist.");
        for (int x = 0; x < row.Length; x++)
        {
            int left = x >= step ? row[x - step] : 0, up = above[x], corner = x >= step ? above[x - step] : 0;
            int predicted = filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) };
            row[x] = unchecked((byte)(row[x] + predicted));
        }
    }

    private static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner, toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes) crc = CrcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] MakeCrcTable()
    {
        const uint Polynomial = 0xEDB88320;   // CRC-32 of ISO 3309, reflected
        uint[] table = new uint[256];
        for (uint n = 0; n < table.Length; n++)
        {
            uint c = n;
            for (int k = 0; k < 8; k++) c = (c & 1) != 0 ? Polynomial ^ (c >> 1) : c >> 1;
            table[n] = c;
        }
        return table;
    }

    private readonly ref struct Chunk(string type, ReadOnlySpan<byte> data)
    {
        public string Type { get; } = type;

        public ReadOnlySpan<byte> Data { get; } = data;
    }
}
