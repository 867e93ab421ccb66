using System.Buffers.Binary;

namespace Fed.Learning.Data.Arrays;

/// <summary>The element types of array files.</summary>
internal enum ElementType
{
    UInt8,
    Int8,
    UInt16,
    Int16,
    UInt32,
    Int32,
    UInt64,
    Int64,
    Float16,
    Float32,
    Float64,
}

/// <summary>An array of numbers as its bytes; the first axis counts rows. Elements become float64 when they are asked for.</summary>
/// <param name="File">Its name in messages.</param>
/// <param name="Type">Of every element.</param>
/// <param name="IsBigEndian">Order of an element's bytes.</param>
/// <param name="Shape">Axis lengths, outermost first.</param>
/// <param name="Bytes">Row-major, as many as type and shape say.</param>
internal sealed record NumericArray(string File, ElementType Type, bool IsBigEndian, ImmutableArray<int> Shape, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>Axis lengths as messages show them.</summary>
    public string ShapeText => $"[{string.Join(", ", Shape)}]";

    /// <summary>Length of the first axis.</summary>
    public int Rows => Shape[0];

    /// <summary>Elements of a row.</summary>
    public int Columns { get; } = Shape.Skip(1).Aggregate(1, static (product, axis) => product * axis);

    /// <summary>Bytes of one element.</summary>
    public static int SizeOf(ElementType type) => type switch
    {
        ElementType.UInt8 or ElementType.Int8 => 1,
        ElementType.UInt16 or ElementType.Int16 or ElementType.Float16 => 2,
        ElementType.UInt32 or ElementType.Int32 or ElementType.Float32 => 4,
        _ => 8,
    };

    /// <summary>Bytes that a shape needs, or -1 where they are more than an array can hold. An axis of 0 excuses no other: the columns of no rows are still columns.</summary>
    public static long ByteCount(ImmutableArray<int> shape, ElementType type)
    {
        long count = SizeOf(type);
        foreach (int axis in shape)
        {
            if (axis < 0 || (axis > 0 && count > Array.MaxLength / axis)) return -1;
            count *= Math.Max(axis, 1);
        }
        return shape.Contains(0) ? 0 : count;
    }

    /// <summary>One element.</summary>
    public double this[int row, int column]
    {
        get
        {
            int size = SizeOf(Type);
            ReadOnlySpan<byte> raw = Bytes.Span.Slice((row * Columns + column) * size, size);
            return Type switch
            {
                ElementType.UInt8 => raw[0],
                ElementType.Int8 => (sbyte)raw[0],
                ElementType.Float16 => (double)BitConverter.UInt16BitsToHalf((ushort)Bits(raw)),
                ElementType.Float32 => BitConverter.UInt32BitsToSingle((uint)Bits(raw)),
                ElementType.Float64 => BitConverter.UInt64BitsToDouble(Bits(raw)),
                ElementType.Int16 => (short)Bits(raw),
                ElementType.Int32 => (int)Bits(raw),
                ElementType.Int64 => (long)Bits(raw),
                _ => Bits(raw),
            };
        }
    }

    private ulong Bits(ReadOnlySpan<byte> raw) => raw.Length switch
    {
        2 => IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(raw) : BinaryPrimitives.ReadUInt16LittleEndian(raw),
        4 => IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(raw) : BinaryPrimitives.ReadUInt32LittleEndian(raw),
        _ => IsBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(raw) : BinaryPrimitives.ReadUInt64LittleEndian(raw),
    };
}
