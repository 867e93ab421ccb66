using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Fed.Learning.Files;

/// <summary>A named array of one element type, row-major, as its little-endian bytes. Immutable as long as nobody changes the memory that it was given.</summary>
public sealed class Tensor
{
    /// <summary>Takes the bytes as they are; they are not copied.</summary>
    /// <param name="name">Not empty.</param>
    /// <param name="type">Of the elements.</param>
    /// <param name="shape">Axis lengths, outermost first, none negative; empty for a single number.</param>
    /// <param name="bytes">Little-endian, as many as type and shape say.</param>
    /// <exception cref="ArgumentException">The name is empty, or the bytes are more or fewer.</exception>
    public Tensor(string name, TensorType type, ImmutableArray<long> shape, ReadOnlyMemory<byte> bytes)
    {
        if (name.Length == 0) throw new ArgumentException("a tensor needs a name", nameof(name));
        long count = ElementCount(shape);
        if (count < 0 || count * type.ElementBytes != bytes.Length)
            throw new ArgumentException($"tensor '{name}' of {type} has {bytes.Length} bytes, its shape [{string.Join(", ", shape)}] says otherwise", nameof(bytes));
        (Name, Type, Shape, Bytes) = (name, type, shape, bytes);
    }

    /// <summary>Unique in its file.</summary>
    public string Name { get; }

    /// <summary>Of every element.</summary>
    public TensorType Type { get; }

    /// <summary>Axis lengths, outermost first.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>The elements, little-endian, row-major.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>How many elements.</summary>
    public int Count => Bytes.Length / Type.ElementBytes;

    /// <summary>A tensor of some numbers, copied.</summary>
    /// <param name="name">Not empty.</param>
    /// <param name="shape">Axis lengths, outermost first.</param>
    /// <param name="values">Row-major, as many as the shape says.</param>
    /// <exception cref="ArgumentException">Count and shape differ.</exception>
    /// <exception cref="NotSupportedException">The format has no such type.</exception>
    public static Tensor Create<T>(string name, ImmutableArray<long> shape, ReadOnlySpan<T> values) where T : unmanaged
    {
        byte[] bytes = MemoryMarshal.AsBytes(values).ToArray();
        TensorType type = TensorType.Of<T>();
        SwapWhereBigEndian(bytes, type.ElementBytes);
        return new Tensor(name, type, shape, bytes);
    }

    /// <summary>The elements as they are, copied.</summary>
    /// <typeparam name="T">The .NET type of <see cref="Type"/>.</typeparam>
    /// <exception cref="InvalidOperationException">The tensor has another type; the conversions (<see cref="ToDoubles"/> ...) take any.</exception>
    public T[] ToArray<T>() where T : unmanaged
    {
        if (TensorType.Of<T>() != Type) throw new InvalidOperationException($"tensor '{Name}' is of type {Type}, not of {typeof(T).Name}");
        var values = new T[Count];
        Bytes.Span.CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
        SwapWhereBigEndian(MemoryMarshal.AsBytes(values.AsSpan()), Type.ElementBytes);
        return values;
    }

    /// <summary>The elements as float64; of bits as 0 and 1.</summary>
    /// <exception cref="InvalidDataException">A 64-bit integer beyond 2^53, which float64 cannot hold exactly.</exception>
    public double[] ToDoubles() => Type switch
    {
        TensorType.F64 => ToArray<double>(),
        TensorType.F32 => Array.ConvertAll(ToArray<float>(), static value => (double)value),
        TensorType.F16 => Array.ConvertAll(ToArray<Half>(), static value => (double)value),
        TensorType.BF16 => Array.ConvertAll(BrainFloats(), static value => (double)value),
        TensorType.U64 => Array.ConvertAll(ToArray<ulong>(), value => value <= ExactMax ? (double)value : throw Inexact(value.ToString(CultureInfo.InvariantCulture))),
        _ => Array.ConvertAll(ToInt64s(), value => value is >= -(1L << 53) and <= 1L << 53 ? (double)value : throw Inexact(value.ToString(CultureInfo.InvariantCulture))),
    };

    /// <summary>The elements as float32, float64 rounded to the nearest; integers must be exact.</summary>
    /// <exception cref="InvalidDataException">An integer beyond 2^24, which float32 cannot hold exactly.</exception>
    public float[] ToSingles() => Type switch
    {
        TensorType.F32 => ToArray<float>(),
        TensorType.BF16 => BrainFloats(),
        TensorType.F64 or TensorType.F16 => Array.ConvertAll(ToDoubles(), static value => (float)value),
        _ => Array.ConvertAll(ToDoubles(), value => (float)value == value && Math.Abs(value) <= ExactSingleMax ? (float)value : throw Inexact(value.ToString("R", CultureInfo.InvariantCulture))),
    };

    /// <summary>The elements of an integer or bit tensor; labels and token ids come so.</summary>
    /// <exception cref="InvalidDataException">The tensor holds floats, an integer beyond 2^63, or a bit that is neither 0 nor 1.</exception>
    public long[] ToInt64s() => Type switch
    {
        TensorType.I64 => ToArray<long>(),
        TensorType.I32 => Array.ConvertAll(ToArray<int>(), static value => (long)value),
        TensorType.I16 => Array.ConvertAll(ToArray<short>(), static value => (long)value),
        TensorType.I8 => Array.ConvertAll(ToArray<sbyte>(), static value => (long)value),
        TensorType.U64 => Array.ConvertAll(ToArray<ulong>(), value => value <= long.MaxValue ? (long)value : throw new InvalidDataException($"tensor '{Name}' holds {value}, more than 2^63 - 1")),
        TensorType.U32 => Array.ConvertAll(ToArray<uint>(), static value => (long)value),
        TensorType.U16 => Array.ConvertAll(ToArray<ushort>(), static value => (long)value),
        TensorType.U8 => Array.ConvertAll(Bytes.ToArray(), static value => (long)value),
        TensorType.BOOL => Array.ConvertAll(Bytes.ToArray(), value => value <= 1 ? (long)value : throw new InvalidDataException($"tensor '{Name}' is of BOOL and holds the byte {value}")),
        _ => throw new InvalidDataException($"tensor '{Name}' is of type {Type}; whole numbers are expected (I8 to I64, U8 to U64 or BOOL)"),
    };

    /// <summary>The product of the axis lengths, or -1 where one is negative or the product exceeds an array's limit.</summary>
    public static long ElementCount(ImmutableArray<long> shape)
    {
        long count = 1;
        foreach (long axis in shape)
        {
            if (axis < 0 || Math.BigMul(count, axis, out long product) != 0 || product is < 0 || product > Array.MaxLength) return -1;
            count = product;
        }

        return count;
    }

    private const ulong ExactMax = 1UL << 53;
    private const double ExactSingleMax = 1 << 24;

    private float[] BrainFloats()
    {
        ReadOnlySpan<byte> bytes = Bytes.Span;
        var values = new float[Count];
        for (int i = 0; i < values.Length; i++) values[i] = BitConverter.Int32BitsToSingle(BinaryPrimitives.ReadInt16LittleEndian(bytes[(2 * i)..]) << 16);
        return values;
    }

    private InvalidDataException Inexact(string value) => new($"tensor '{Name}' of {Type} holds {value}, which a float cannot hold exactly");

    private static void SwapWhereBigEndian(Span<byte> bytes, int elementBytes)
    {
        if (BitConverter.IsLittleEndian || elementBytes == 1) return;
        for (int i = 0; i < bytes.Length; i += elementBytes) bytes.Slice(i, elementBytes).Reverse();
    }
}
