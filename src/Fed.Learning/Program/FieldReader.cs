using System.Buffers.Binary;
using System.Text;

namespace Fed.Learning.Program;

/// <summary>Reads what <see cref="FieldWriter"/> wrote, field by field. Anything unexpected is a <see cref="ProgramException"/>.</summary>
internal ref struct FieldReader
{
    private readonly string _what;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Checks format and version.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="magic">Format and version that this program reads.</param>
    /// <param name="what">Name of the thing in messages.</param>
    /// <param name="longer">Versions of the same length in their names that have fields more.</param>
    public FieldReader(ReadOnlySpan<byte> bytes, string magic, string what, params ReadOnlySpan<string> longer)
    {
        _what = what;
        _rest = bytes;
        Magic = Encoding.ASCII.GetString(Take(magic.Length));
        if (Magic != magic && !longer.Contains(Magic))
            throw new ProgramException($"the {what} is not of the version that this program reads ({magic}); it comes from another version or is damaged.");
    }

    /// <summary>The version that was found.</summary>
    public string Magic { get; }

    /// <summary>An integer.</summary>
    public long Integer() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    /// <summary>A number.</summary>
    public double Number() => BitConverter.Int64BitsToDouble(Integer());

    /// <summary>A vector.</summary>
    public double[] Numbers()
    {
        double[] values = new double[Length(8)];
        VectorBytes.Read(Take(8 * values.Length), values);
        return values;
    }

    /// <summary>A vector that travelled as float32.</summary>
    public double[] Singles()
    {
        double[] values = new double[Length(4)];
        VectorBytes.ReadSingles(Take(4 * values.Length), values);
        return values;
    }

    /// <summary>Integers.</summary>
    public long[] Integers()
    {
        long[] values = new long[Length(8)];
        for (int i = 0; i < values.Length; i++) values[i] = Integer();
        return values;
    }

    /// <summary>A text.</summary>
    public string Text() => Encoding.UTF8.GetString(Take(Length(1)));

    /// <summary>Nothing may follow.</summary>
    public readonly void End()
    {
        if (!_rest.IsEmpty) throw new ProgramException($"the {_what} has {_rest.Length} bytes too many; it is damaged.");
    }

    private int Length(int itemBytes)
    {
        long length = Integer();
        return length >= 0 && length <= _rest.Length / itemBytes ? (int)length : throw new ProgramException($"the {_what} states a length of {length} that it does not have; it is damaged.");
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _rest.Length) throw new ProgramException($"the {_what} ends too early; it is damaged.");
        ReadOnlySpan<byte> taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}
