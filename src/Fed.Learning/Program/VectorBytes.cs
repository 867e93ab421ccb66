using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fed.Learning.Program;

/// <summary>Vectors of float64 as little-endian bytes: how models are stored, sent and hashed.</summary>
public static class VectorBytes
{
    /// <summary>SHA-256 of a vector's bytes, 64 hexadecimal digits: the name of a model.</summary>
    public static string Sha256(ReadOnlySpan<double> values) => Convert.ToHexStringLower(SHA256.HashData(ToBytes(values)));

    /// <summary>Eight bytes a value.</summary>
    public static byte[] ToBytes(ReadOnlySpan<double> values)
    {
        byte[] bytes = new byte[8 * values.Length];
        Write(values, bytes);
        return bytes;
    }

    /// <summary>The inverse of <see cref="ToBytes"/>.</summary>
    /// <exception cref="ProgramException">The bytes are no whole number of values.</exception>
    public static double[] FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % 8 != 0) throw new ProgramException($"{bytes.Length} bytes are no vector of float64; they are damaged.");
        double[] values = new double[bytes.Length / 8];
        Read(bytes, values);
        return values;
    }

    internal static void Write(ReadOnlySpan<double> values, Span<byte> bytes)
    {
        if (BitConverter.IsLittleEndian) MemoryMarshal.AsBytes(values).CopyTo(bytes);
        else
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(bytes[(8 * i)..], values[i]);
    }

    internal static void WriteSingles(ReadOnlySpan<double> values, Span<byte> bytes)
    {
        if (BitConverter.IsLittleEndian) TensorPrimitives.ConvertSaturating(values, MemoryMarshal.Cast<byte, float>(bytes[..(4 * values.Length)]));
        else
            for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes[(4 * i)..], (float)values[i]);
    }

    internal static void ReadSingles(ReadOnlySpan<byte> bytes, Span<double> values)
    {
        if (BitConverter.IsLittleEndian) TensorPrimitives.ConvertSaturating(MemoryMarshal.Cast<byte, float>(bytes), values);
        else
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
    }

    internal static void Read(ReadOnlySpan<byte> bytes, Span<double> values)
    {
        if (BitConverter.IsLittleEndian) bytes.CopyTo(MemoryMarshal.AsBytes(values));
        else
            for (int i = 0; i < values.Length; i++) values[i] = BinaryPrimitives.ReadDoubleLittleEndian(bytes[(8 * i)..]);
    }
}
