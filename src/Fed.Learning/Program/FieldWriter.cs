using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Fed.Learning.Program;

/// <summary>Writes the canonical binary form of states and broadcasts: little-endian, lengths before contents, nothing optional. The same fields give the same bytes.</summary>
internal sealed class FieldWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>Starts with eight bytes that name format and version.</summary>
    public FieldWriter(string magic) => _bytes.Write(Encoding.ASCII.GetBytes(magic));

    /// <summary>Appends an integer.</summary>
    public FieldWriter Integer(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(8), value);
        _bytes.Advance(8);
        return this;
    }

    /// <summary>Appends a number by its bits.</summary>
    public FieldWriter Number(double value) => Integer(BitConverter.DoubleToInt64Bits(value));

    /// <summary>Appends a vector.</summary>
    public FieldWriter Numbers(ReadOnlySpan<double> values)
    {
        Integer(values.Length);
        VectorBytes.Write(values, _bytes.GetSpan(8 * values.Length));
        _bytes.Advance(8 * values.Length);
        return this;
    }

    /// <summary>Appends a vector, each value rounded to float32.</summary>
    public FieldWriter Singles(ReadOnlySpan<double> values)
    {
        Integer(values.Length);
        VectorBytes.WriteSingles(values, _bytes.GetSpan(4 * values.Length));
        _bytes.Advance(4 * values.Length);
        return this;
    }

    /// <summary>Appends integers.</summary>
    public FieldWriter Integers(ReadOnlySpan<long> values)
    {
        Integer(values.Length);
        foreach (long value in values) Integer(value);
        return this;
    }

    /// <summary>Appends a text.</summary>
    public FieldWriter Text(string value)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(value);
        Integer(utf8.Length);
        _bytes.Write(utf8);
        return this;
    }

    /// <summary>All that was written.</summary>
    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();
}
