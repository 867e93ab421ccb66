using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Fed.Vectors;

/// <summary>Addition in the ring, word by word, and reading a sum back. Order-free: integer addition modulo 2^w is commutative and associative.</summary>
public static class RingSum
{
    /// <summary>Bytes of a word: 4 or 8.</summary>
    public static int WordBytes(RingWidth ring) => (int)ring / 8;

    /// <summary>Adds a vector of ring words to an accumulator, in place: <c>a[i] = (a[i] + b[i]) mod 2^w</c>.</summary>
    /// <param name="ring">Width of a word.</param>
    /// <param name="accumulator">Little-endian words, changed in place.</param>
    /// <param name="addend">Little-endian words, as many bytes.</param>
    /// <exception cref="ArgumentException">Lengths differ or are no whole number of words.</exception>
    /// <remarks>SIMD and scalar paths are bit-identical. Allocates nothing. Pieces may be added one by one in any order.</remarks>
    public static void Add(RingWidth ring, Span<byte> accumulator, ReadOnlySpan<byte> addend)
    {
        if (accumulator.Length != addend.Length) throw new ArgumentException($"lengths differ: {accumulator.Length} and {addend.Length} bytes", nameof(addend));
        if (accumulator.Length % WordBytes(ring) != 0) throw new ArgumentException($"{accumulator.Length} bytes are no whole number of {WordBytes(ring)}-byte words", nameof(accumulator));
        int done = 0;
        if (BitConverter.IsLittleEndian && Vector256.IsHardwareAccelerated)
            done = ring == RingWidth.Ring64 ? AddVector<ulong>(accumulator, addend) : AddVector<uint>(accumulator, addend);
        AddScalar(ring, accumulator[done..], addend[done..]);
    }

    /// <summary>Reads ring words as signed integers in [-2^(w-1), 2^(w-1)).</summary>
    /// <param name="ring">Width of a word.</param>
    /// <param name="words">Little-endian words.</param>
    /// <param name="integers">Receives one integer a word.</param>
    /// <exception cref="ArgumentException">Lengths do not agree.</exception>
    public static void Decode(RingWidth ring, ReadOnlySpan<byte> words, Span<long> integers)
    {
        if ((long)integers.Length * WordBytes(ring) != words.Length)
            throw new ArgumentException($"{words.Length} bytes are not {integers.Length} words of {WordBytes(ring)} bytes", nameof(words));
        if (BitConverter.IsLittleEndian && ring == RingWidth.Ring64)
        {
            words.CopyTo(MemoryMarshal.AsBytes(integers));
            return;
        }
        for (int i = 0; i < integers.Length; i++)
            integers[i] = ring == RingWidth.Ring64
                ? BinaryPrimitives.ReadInt64LittleEndian(words[(8 * i)..])
                : BinaryPrimitives.ReadInt32LittleEndian(words[(4 * i)..]);
    }

    /// <summary>The scalar twin of <see cref="Add"/>.</summary>
    internal static void AddScalar(RingWidth ring, Span<byte> accumulator, ReadOnlySpan<byte> addend)
    {
        if (ring == RingWidth.Ring64)
            for (int i = 0; i < accumulator.Length; i += 8)
                BinaryPrimitives.WriteUInt64LittleEndian(accumulator[i..], BinaryPrimitives.ReadUInt64LittleEndian(accumulator[i..]) + BinaryPrimitives.ReadUInt64LittleEndian(addend[i..]));
        else
            for (int i = 0; i < accumulator.Length; i += 4)
                BinaryPrimitives.WriteUInt32LittleEndian(accumulator[i..], BinaryPrimitives.ReadUInt32LittleEndian(accumulator[i..]) + BinaryPrimitives.ReadUInt32LittleEndian(addend[i..]));
    }

    // Returns how many bytes were added; the rest is shorter than a vector.
    private static int AddVector<TWord>(Span<byte> accumulator, ReadOnlySpan<byte> addend)
    {
        Span<Vector256<TWord>> sums = MemoryMarshal.Cast<byte, Vector256<TWord>>(accumulator);
        ReadOnlySpan<Vector256<TWord>> terms = MemoryMarshal.Cast<byte, Vector256<TWord>>(addend);
        for (int i = 0; i < sums.Length; i++) sums[i] += terms[i];
        return sums.Length * Vector256<byte>.Count;
    }
}
