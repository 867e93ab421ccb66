using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Fed.Learning.Data.Arrays;

/// <summary>Reads NumPy's .npy files: numbers and booleans, any byte order, row-major.</summary>
/// <remarks>Format versions 1 to 3 of https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html</remarks>
internal static partial class NpyFile
{
    private const int HeaderBytesMax = 1 << 20;

    /// <summary>Reads a file. Nothing is allocated on its header's word alone: the file's own length is the limit.</summary>
    /// <exception cref="DataException">The file is missing, damaged, or holds no numbers.</exception>
    public static NumericArray Read(string path)
    {
        byte[] file = DataFile.ReadAll(path, Array.MaxLength);
        if (!file.AsSpan().StartsWith<byte>([0x93, .. "NUMPY"u8]) || file.Length < 12) throw new DataException($"{path} is no .npy file: it does not begin with NumPy's mark; save it with numpy.save.");
        bool isFirst = file[6] == 1;
        if (file[6] is < 1 or > 3) throw new DataException($"{path} is of .npy version {file[6]}.{file[7]}; versions 1 to 3 are read.");
        int begin = isFirst ? 10 : 12;
        long length = isFirst ? BinaryPrimitives.ReadUInt16LittleEndian(file.AsSpan(8)) : BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(8));
        if (length > HeaderBytesMax || begin + length > file.Length) throw new DataException($"{path} is cut off: its header has {length} bytes, but the file {file.Length}.");
        string header = Encoding.Latin1.GetString(file, begin, (int)length);
        (ElementType type, bool isBigEndian) = Element(path, Match(DescrPattern, header, path, "descr"));
        if (Match(OrderPattern, header, path, "fortran_order") == "True") throw new DataException($"{path} is stored column by column (fortran_order); save it with numpy.ascontiguousarray.");
        ImmutableArray<int> shape = Shape(path, Match(ShapePattern, header, path, "shape"));
        ReadOnlyMemory<byte> data = file.AsMemory(begin + (int)length);
        long needed = NumericArray.ByteCount(shape, type);
        if (needed != data.Length) throw new DataException($"{path} says that its shape is [{string.Join(", ", shape)}], but {data.Length} bytes of data follow; it is cut off or damaged.");
        return new NumericArray(path, type, isBigEndian, shape, data);
    }

    private static string Match(Regex pattern, string header, string path, string key) =>
        pattern.Match(header) is { Success: true } found ? found.Groups[1].Value : throw new DataException($"{path} has no readable '{key}' in its header; it is damaged.");

    private static (ElementType Type, bool IsBigEndian) Element(string path, string code) => (code.Trim('\'').TrimStart('<', '>', '=', '|') switch
    {
        "f8" => ElementType.Float64,
        "f4" => ElementType.Float32,
        "f2" => ElementType.Float16,
        "u1" or "b1" => ElementType.UInt8,
        "i1" => ElementType.Int8,
        "u2" => ElementType.UInt16,
        "i2" => ElementType.Int16,
        "u4" => ElementType.UInt32,
        "i4" => ElementType.Int32,
        "u8" => ElementType.UInt64,
        "i8" => ElementType.Int64,
        "[" => throw new DataException($"{path} holds records of several fields; save each field as an array of numbers of its own."),
        _ => throw new DataException($"{path} holds elements of type {code}; numbers and booleans are read."),
    }, code.StartsWith("'>", StringComparison.Ordinal));

    private static ImmutableArray<int> Shape(string path, string text)
    {
        string[] axes = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (axes.Length == 0) throw new DataException($"{path} holds a single number; an array with one row per example is needed.");
        return [.. axes.Select(axis => int.TryParse(axis, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw new DataException($"{path} has an axis of length {axis}, which is more than can be read."))];
    }

    [GeneratedRegex(@"'descr': *('[^']*'|\[)", RegexOptions.CultureInvariant)]
    private static partial Regex DescrPattern { get; }

    [GeneratedRegex("'fortran_order': *(True|False)", RegexOptions.CultureInvariant)]
    private static partial Regex OrderPattern { get; }

    [GeneratedRegex(@"'shape': *\(([0-9, ]*)\)", RegexOptions.CultureInvariant)]
    private static partial Regex ShapePattern { get; }
}
