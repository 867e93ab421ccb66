using System.Buffers.Binary;
using System.IO.Compression;

namespace Fed.Learning.Data.Arrays;

/// <summary>Reads the idx files of MNIST and its kin, plain or gzip-compressed.</summary>
/// <remarks>Two zero bytes, a type, the number of axes, their lengths and the elements, all big-endian: http://yann.lecun.com/exdb/mnist/</remarks>
internal static class IdxFile
{
    private const int AxesMax = 8;
    private const int PieceBytes = 1 << 20;

    /// <summary>Reads a file. Memory grows with what is really there, whatever the header claims.</summary>
    /// <exception cref="DataException">The file is missing, damaged, or of another format.</exception>
    public static NumericArray Read(string path)
    {
        using FileStream file = DataFile.Open(path);
        bool isCompressed = file.ReadByte() == 0x1F && file.ReadByte() == 0x8B;
        file.Position = 0;
        using Stream stream = isCompressed ? new GZipStream(file, CompressionMode.Decompress) : file;
        try
        {
            return Read(path, stream);
        }
        catch (InvalidDataException e)
        {
            throw new DataException($"{path} is damaged or cut off: it cannot be decompressed.", e);   // the library's reasons mislead
        }
        catch (IOException e)
        {
            throw new DataException($"{path} cannot be read: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static NumericArray Read(string path, Stream stream)
    {
        Span<byte> head = stackalloc byte[4], axis = stackalloc byte[4];
        if (stream.ReadAtLeast(head, 4, throwOnEndOfStream: false) < 4 || head[0] != 0 || head[1] != 0) throw new DataException($"{path} is no idx file: it does not begin with two zero bytes, a type and a number of axes.");
        ElementType type = head[2] switch
        {
            0x08 => ElementType.UInt8,
            0x09 => ElementType.Int8,
            0x0B => ElementType.Int16,
            0x0C => ElementType.Int32,
            0x0D => ElementType.Float32,
            0x0E => ElementType.Float64,
            _ => throw new DataException($"{path} has the element type 0x{head[2]:X2}, which idx files do not know."),
        };
        if (head[3] is 0 or > AxesMax) throw new DataException($"{path} has {head[3]} axes; 1 to {AxesMax} are read.");
        int[] shape = new int[head[3]];
        for (int i = 0; i < shape.Length; i++)
        {
            if (stream.ReadAtLeast(axis, 4, throwOnEndOfStream: false) < 4) throw CutOff(path);
            shape[i] = BinaryPrimitives.ReadInt32BigEndian(axis);
        }
        long bytes = NumericArray.ByteCount([.. shape], type);
        if (bytes < 0) throw new DataException($"{path} claims the shape [{string.Join(", ", shape)}], which is more than can be read.");
        return new NumericArray(path, type, IsBigEndian: true, [.. shape], Elements(path, stream, bytes));
    }

    private static ReadOnlyMemory<byte> Elements(string path, Stream stream, long bytes)
    {
        byte[] data = new byte[Math.Min(bytes, PieceBytes)];
        int at = 0;
        while (at < bytes)
        {
            if (at == data.Length) Array.Resize(ref data, (int)Math.Min(bytes, 2L * data.Length));
            int read = stream.Read(data, at, data.Length - at);
            if (read == 0) throw CutOff(path);
            at += read;
        }
        return stream.ReadByte() < 0 ? data : throw new DataException($"{path} has more bytes than its axes say; it is damaged.");
    }

    private static DataException CutOff(string path) => new($"{path} is cut off: it ends before the elements that its axes announce.");
}
