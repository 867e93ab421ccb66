using System.Buffers.Binary;
using System.IO.Compression;
using Fed.Learning.Data;
using Fed.Learning.Data.Images;
using Fed.Learning.Data.Sources;
using Fed.Learning.Tests.Data.Support;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Data.Sources;

/// <summary>PNG, PGM and PPM images of a folder.</summary>
public sealed class ImageFolderTests : IDisposable
{
    // Written by libpng 1.6.39 with PNG_ALL_FILTERS: 16 x 20 RGB (its lines have all five filters) and 24 x 20 grey; beside them the SHA-256 of the pixels that libpng was given.
    private const string Colour = "iVBORw0KGgoAAAANSUhEUgAAABAAAAAUCAIAAAALACogAAACPklEQVQokWNwnKZ+5OfUm3P283MZKq+vPfLo0qPHLycHaOiUOm32ffL9/buwh6cM187M3GpdKyBddW8LI4NGgAgpgNHGLYCBFMDy8cV9ZmZmTk5Ofn5+UVFRaWlpRUVFdXV1XV1dY2NjS0tLe3t7V1dXb2/vwMDA8PBwxlSXqCdc6n8V1SQ0RTRkf6iyPhB4ef3LjYf3bv+6/k70CZfGPyU1SU1hDdnvqswP+F9eZ5qb+fVnudDiqXcumbl7Ofwx+vFq4msj8y/CXzo+nLpm6+gwSU7UNlcqSUDix0KneXdYZEn39KU7z0jyNPP1y+d3bdt4aO/OMycO37p68dWzh/9+fhUR4NbTVD117OCrpw95OJiNdDWjwgLZGP+aGGgz7poc9fL66xsP2W7/kn8nqsmloaCkxqEp/Eb2+03mBzdfXn994yH77d8K78U0uTUUlFTZGc53TmyPyfkT8mvNyUu/vpmffmOimhP82cdwz4wJuyPqY/5evbOBi43ZrW51toBBas+DQ6R7OqOohrSYfnrnMmkx3bR5qxrHI+E317/fvP/g5vfrr4Ufsqv9VlAX0xTTUPityv5Q+PX17zcf3L/5/fob4Ucc6gyml+U0Fy8o2LObI6G5t1bv7JGwnUEXhDZcO5i8w/27e/zxuEfTH555IPvsYv8/k1/flC6Q7ul/HEKkeTrM14U0T7uE97GrKSmoc2uKvVf4fZv94Y3X11/efMB887vsG2FNDnUlBXUuTdF38r9usz288fr6SwCazhOmZKMnLAAAAABJRU5ErkJggg==";
    private const string ColourPixels = "3ebe7f14ac8fc520e54e97a4f34634c6f3eb91239b6314d7ecac42040ff37edc";
    private const string Grey = "iVBORw0KGgoAAAANSUhEUgAAABgAAAAUCAAAAACy3qJfAAABXklEQVQYlWN0DJ0413SOy2HlgN/qn3rOuct9EGBkW7X3BiODCHbAaMOAHTB9/PKXR9EmtmXjE9mYhW9sp3wM2auzUGauCmPqk78SGqoCX+5df/JPUkOV/8vd60//S2qoMm5ijdR68uDqr8A52ks3Xe+5GbZh/8rKQF423JZfwmE58/Vdh87cevVPRO/UKx6jKDaTNKkgHq8uvymMu17euP2OS0lTlvnljdvvuZU0ZZhf3Lj9gZuRafWiz83nwqTr184zOae6S+/q6fNOfF6d73FbnoHL509ffGQQNQisWHpDMGDqA8OOpx4bFaYKTJRgbFIT/v7g+sPfYhqqwt/vX3/0W1xDVejb/euMZmdm3nO/YWUnyKW/6tsz/kfnNkkb2Z2/bYHb8n+4fH513bYD5+594lDad49B7dwvjSg+Nwa7f04cjC7sCpoK7K9v3nzDoaApz/b65q03nAqa8qwAyvOXL+JFtOAAAAAASUVORK5CYII=";
    private const string GreyPixels = "529b539dc7f1a558d397fd9e824112de86fcf076fb75722e7e9c6e095ced1e26";

    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Colour, ColourPixels, "16 x 20 colour")]
    [InlineData(Grey, GreyPixels, "24 x 20 grey")]
    public void Png_of_libpng_has_its_pixels(string base64, string sha256, string shape)
    {
        Picture picture = Picture.Decode("t.png", Convert.FromBase64String(base64));
        Assert.Equal(shape, picture.Shape);
        byte[] together = [.. Enumerable.Range(0, picture.Values.Length).Select(i => (byte)picture.Values[i % picture.Channels * picture.Width * picture.Height + i / picture.Channels])];
        Assert.Equal(sha256, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(together)));
    }

    [Fact]
    public void Png_of_any_size_and_filters_comes_back() => Prop.ForAll<PositiveInt, PositiveInt, int>(static (width, height, seed) =>
    {
        Picture picture = Draw(width.Get % 20 + 1, height.Get % 20 + 1, seed % 2 == 0 ? 1 : 3, seed);
        Picture decoded = Picture.Decode("t.png", Png(picture, row => (byte)((uint)(row + seed) % 5)));
        return decoded.Shape == picture.Shape && decoded.Values.AsSpan().SequenceEqual(picture.Values);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Damaged_png_is_refused_and_never_read_as_another_image() => Prop.ForAll<int, int, byte>(static (seed, place, change) =>
    {
        Picture picture = Draw(7, 5, 1, seed);
        byte[] file = Png(picture, static row => (byte)(row % 5));
        file[(place & int.MaxValue) % file.Length] ^= (byte)(change | 1);
        try
        {
            return Picture.Decode("t.png", file).Values.AsSpan().SequenceEqual(picture.Values);
        }
        catch (DataException e)
        {
            return e.Message.StartsWith("t.png", StringComparison.Ordinal);
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Cut_png_is_refused_at_every_length()
    {
        byte[] file = Png(Draw(6, 6, 3, 1), static _ => 4);
        for (int length = 0; length < file.Length; length++)
        {
            byte[] cut = file[..length];
            Assert.Throws<DataException>(() => Picture.Decode("t.png", cut));
        }
    }

    [Theory]
    [InlineData(16, 0, 0, "has 16 bits and PNG colour type 0")]
    [InlineData(8, 3, 0, "PNG colour type 3")]
    [InlineData(8, 6, 0, "PNG colour type 6")]
    [InlineData(8, 0, 1, "is interlaced")]
    public void Png_of_other_kinds_is_refused_by_name(byte bits, byte colour, byte interlace, string expected) => Assert.Contains(expected, Refused(Container(Header(2, 2, bits, colour, interlace))), StringComparison.Ordinal);

    [Theory]
    [InlineData(0u, 4u, "claims 0 x 4 pixels")]
    [InlineData(1_000_000u, 1_000_000u, "claims 1000000 x 1000000 pixels")]
    [InlineData(4_000_000_000u, 1u, "claims 4000000000 x 1 pixels")]
    [InlineData(4096u, 4096u, "its pixels need more bytes than it has")]
    public void Png_that_claims_much_is_refused_before_anything_is_allocated(uint width, uint height, string expected)
    {
        byte[] file = Container(Header(width, height, 8, 0, 0), Chunk("IDAT", Packed([0, 0])));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(expected, Refused(file), StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Png_that_inflates_to_more_than_its_size_is_refused()
    {
        byte[] bomb = Container(Header(4, 4, 8, 0, 0), Chunk("IDAT", Packed(new byte[10_000_000])));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("more pixels than its size says", Refused(bomb), StringComparison.Ordinal);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
    }

    [Fact]
    public void Png_with_an_unknown_filter_or_transparency_is_refused()
    {
        Assert.Contains("has the filter 9", Refused(Container(Header(1, 1, 8, 0, 0), Chunk("IDAT", Packed([9, 0])))), StringComparison.Ordinal);
        Assert.Contains("has a tRNS chunk", Refused(Container(Header(1, 1, 8, 0, 0), Chunk("tRNS", [0, 0]), Chunk("IDAT", Packed([0, 0])))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("P5 2 1 255 \u0001\u0002", 1, new ushort[] { 1, 2 })]
    [InlineData("P5\n# a comment\n2 1\n255\n\u0001\u0002", 1, new ushort[] { 1, 2 })]
    [InlineData("P2 2 2 15\n1 2\n3 15", 1, new ushort[] { 1, 2, 3, 15 })]
    [InlineData("P6 1 2 255 \u0001\u0002\u0003\u0004\u0005\u0006", 3, new ushort[] { 1, 4, 2, 5, 3, 6 })]
    [InlineData("P5 1 1 256 \u0001\u0000", 1, new ushort[] { 256 })]
    public void Grey_and_pixel_maps_are_read(string file, int channels, ushort[] expected)
    {
        Picture picture = Picture.Decode("t.pgm", Latin(file));
        Assert.Equal(channels, picture.Channels);
        Assert.Equal(expected, picture.Values);
    }

    [Theory]
    [InlineData("P5 2 2 255 \u0001", "is cut off")]
    [InlineData("P2 2 2 255 1 2", "is cut off")]
    [InlineData("P2 2 1 3 1 4", "has the grey value 4, but says that 3")]
    [InlineData("P5 0 1 255 ", "claims 0 x 1 pixels")]
    [InlineData("P5 99999 99999 255 ", "claims 99999 x 99999 pixels")]
    [InlineData("P5 1 1 70000 \u0001", "greatest grey value is 70000")]
    [InlineData("P5 a", "a number is expected at byte 3")]
    [InlineData("GIF89a", "is neither a PNG image nor a PGM or PPM map")]
    public void Damaged_maps_and_other_files_are_refused(string file, string expected) => Assert.Contains(expected, Refused(Latin(file)), StringComparison.Ordinal);

    [Fact]
    public void Folder_of_each_class_gives_the_class()
    {
        _folder.Write("cat/b.png", Png(Draw(2, 2, 1, 1), static _ => 0));
        _folder.Write("dog/a.pgm", Latin("P2 2 2 255 9 8 7 6"));
        DataTable table = TableReader.Read(new ImageFolderSource(_folder.Root), Classes());
        Assert.Equal(["x0", "x1", "x2", "x3"], table.Features);
        Assert.Equal([0, 1], table.All.Targets);
        Assert.Equal([9, 8, 7, 6], table.All.Row(1).ToArray());
        _folder.Write("dog/c.pgm", Latin("P2 1 2 255 9 8"));
        Assert.EndsWith("is 1 x 2 grey, but " + _folder["cat/b.png"] + " is 2 x 2 grey; all images need one size.", Tables.Refused(new ImageFolderSource(_folder.Root), Classes()), StringComparison.Ordinal);
    }

    [Fact]
    public void File_with_labels_brings_its_columns()
    {
        _folder.Write("i/a.pgm", Latin("P2 1 1 255 3"));
        _folder.Write("i/b.pgm", Latin("P2 1 1 255 4"));
        string labels = _folder.Write("labels.csv", "file,kind,hospital\nb.pgm,dog,north\na.pgm,cat,south\n");
        DataTable table = TableReader.Read(new ImageFolderSource(_folder["i"], labels), Classes() with { Columns = Classes().Columns.Add(new ColumnSpec("hospital", ColumnKind.Key)) });
        Assert.Equal([4, 3], table.All.Values);
        Assert.Equal(["north", "south"], table.Keys["hospital"]);
        File.WriteAllText(labels, "file,kind,hospital\n../secret.pgm,dog,north\n");
        Assert.Contains("which is no file below", Tables.Refused(new ImageFolderSource(_folder["i"], labels), Classes()), StringComparison.Ordinal);
        File.WriteAllText(labels, "file,kind,hospital\nzz.pgm,dog,north\n");
        Assert.Contains("zz.pgm does not exist", Tables.Refused(new ImageFolderSource(_folder["i"], labels), Classes()), StringComparison.Ordinal);
        File.WriteAllText(labels, "name,kind\nzz.pgm,dog\n");
        Assert.Contains("has no column 'file'", Tables.Refused(new ImageFolderSource(_folder["i"], labels), Classes()), StringComparison.Ordinal);
    }

    [Fact]
    public void Folder_that_holds_no_images_by_class_is_refused()
    {
        Assert.Contains("does not exist", Tables.Refused(new ImageFolderSource(_folder["nowhere"]), Classes()), StringComparison.Ordinal);
        Assert.Contains("holds no images", Tables.Refused(new ImageFolderSource(_folder.Root), Classes()), StringComparison.Ordinal);
        _folder.Write("loose.pgm", Latin("P2 1 1 255 3"));
        Assert.Contains("has the image loose.pgm outside any class", Tables.Refused(new ImageFolderSource(_folder.Root), Classes()), StringComparison.Ordinal);
    }

    private static DataSchema Classes() => Tables.Schema("kind", new ColumnSpec("kind", ColumnKind.Category, MissingPolicy.Error, ["cat", "dog"])) with { Classes = 2 };

    private static string Refused(byte[] file) => Assert.Throws<DataException>(() => Picture.Decode("t", file)).Message;

    private static byte[] Latin(string text) => System.Text.Encoding.Latin1.GetBytes(text);

    private static Picture Draw(int width, int height, int channels, int seed)
    {
        Random random = new(seed);
        return new Picture(channels, height, width, [.. Enumerable.Range(0, width * height * channels).Select(_ => (ushort)random.Next(256))]);
    }

    // An encoder of our own, with a filter for each row.
    private static byte[] Png(Picture picture, Func<int, byte> filter)
    {
        int step = picture.Channels, line = picture.Width * step;
        byte[] raw = new byte[(line + 1) * picture.Height];
        byte pixel(int y, int x) => y < 0 || x < 0 ? (byte)0 : (byte)picture.Values[x % step * picture.Width * picture.Height + y * picture.Width + x / step];
        for (int y = 0; y < picture.Height; y++)
        {
            byte kind = raw[y * (line + 1)] = filter(y);
            for (int x = 0; x < line; x++)
            {
                int a = x < step ? 0 : pixel(y, x - step), b = pixel(y - 1, x), c = x < step ? 0 : pixel(y - 1, x - step), p = a + b - c;
                int nearest = new[] { (Math.Abs(p - a), 0, a), (Math.Abs(p - b), 1, b), (Math.Abs(p - c), 2, c) }.Min().Item3;
                raw[y * (line + 1) + 1 + x] = unchecked((byte)(pixel(y, x) - kind switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => nearest }));
            }
        }
        byte[] packed = Packed(raw);
        int half = packed.Length / 2;
        return Container(
            Header((uint)picture.Width, (uint)picture.Height, 8, (byte)(step == 1 ? 0 : 2), 0), Chunk("tEXt", "Software\0test"u8.ToArray()), Chunk("IDAT", packed[..half]), Chunk("IDAT", packed[half..]));
    }

    private static byte[] Container(params byte[][] chunks) => [.. PngDecoder.Signature, .. chunks.SelectMany(static chunk => chunk), .. Chunk("IEND", [])];

    private static byte[] Header(uint width, uint height, byte bits, byte colour, byte interlace)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(data, width);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[12]) = (bits, colour, interlace);
        return Chunk("IHDR", data);
    }

    private static byte[] Packed(byte[] raw)
    {
        using MemoryStream packed = new();
        using (ZLibStream stream = new(packed, CompressionLevel.SmallestSize, leaveOpen: true)) stream.Write(raw);
        return packed.ToArray();
    }

    private static byte[] Chunk(string type, byte[] data)
    {
        byte[] typed = [.. Latin(type), .. data], chunk = [0, 0, 0, 0, .. typed, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(typed));
        return chunk;
    }

    // Bit by bit, unlike the decoder's table.
    private static uint Crc(byte[] bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int k = 0; k < 8; k++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        return ~crc;
    }
}
