using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Fed.Crypto.Packing;

/// <summary>Reads the values of one run back from opened coefficients, and checks each coefficient: error within B, fields within the reach of the summands, nothing in unused places.</summary>
/// <remarks>Constant time: an opened error is secret (with its ciphertext it is a linear equation in the key), so nothing branches on it, and what is wrong is only gathered.</remarks>
internal sealed class RunDecoder
{
    private const int Words = 4;   // 256 bits: two's complement of anything below the modulus

    private readonly int _step, _fields, _width;
    private readonly Int128 _errorBound;
    private readonly ulong _reach;
    private readonly ulong[] _surplus = new ulong[Words];

    /// <summary>For the coefficients of a run.</summary>
    /// <param name="layout">The layout.</param>
    /// <param name="run">One of its runs.</param>
    /// <param name="summands">How many vectors were added up.</param>
    public RunDecoder(PackingLayout layout, PackingRun run, int summands) : this(layout, run.Fields, run.Width)
    {
        _reach = (ulong)BigInteger.Min(run.Bound, layout.Proof.FieldBound(run.Bits, summands));
        BigInteger surplus = CapacityProof.Repeat(BigInteger.One << (run.Width - 1), run.Width, run.Fields);
        surplus.TryWriteBytes(MemoryMarshal.AsBytes(_surplus.AsSpan()), out _, isUnsigned: true);
    }

    private RunDecoder(PackingLayout layout, int fields, int width)
    {
        (_step, _fields, _width) = (layout.Proof.StepLog2, fields, width);
        _errorBound = (Int128)layout.Proof.ErrorBound;
    }

    /// <summary>For coefficients behind the last run, which must carry nothing but errors.</summary>
    public static RunDecoder Unused(PackingLayout layout) => new(layout, fields: 0, width: 1);

    /// <summary>Decodes some coefficients.</summary>
    /// <param name="integers">Centred integers, shape <c>[coefficients, words]</c>, two's complement, least significant word first; changed.</param>
    /// <param name="words">Words of an integer, at most 4.</param>
    /// <param name="values">Receives the values; where it is shorter than the fields, the fields behind its end must be zero.</param>
    /// <returns>0 when all is consistent.</returns>
    public ulong Decode(ReadOnlySpan<ulong> integers, int words, Span<long> values)
    {
        ulong fault = 0;
        Span<ulong> x = stackalloc ulong[Words];
        for (int i = 0, at = 0; i < integers.Length / words; i++)
        {
            ReadOnlySpan<ulong> source = integers.Slice(i * words, words);
            source.CopyTo(x);
            x[words..].Fill((ulong)((long)source[^1] >> 63));
            fault |= Round(x);
            fault |= Split(x, ref at, values);
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(x));
        return fault;
    }

    // x = Delta m + e becomes m, by adding Delta / 2 and shifting; the bits that fall out are e + Delta / 2.
    private ulong Round(Span<ulong> x)
    {
        UInt128 half = UInt128.One << (_step - 1);
        Add(x, (ulong)half, (ulong)(half >> 64), 0, 0);
        UInt128 fallen = new UInt128(x[1], x[0]) & ((half << 1) - 1);
        int shift = _step % 64, skip = _step / 64;
        ulong sign = (ulong)((long)x[Words - 1] >> 63);
        for (int w = 0; w < Words; w++)
        {
            ulong low = w + skip < Words ? x[w + skip] : sign, high = w + skip + 1 < Words ? x[w + skip + 1] : sign;
            x[w] = shift == 0 ? low : (low >> shift) | (high << (64 - shift));
        }
        return Outside((Int128)fallen - (Int128)half, _errorBound);
    }

    private ulong Split(Span<ulong> m, ref int at, Span<long> values)
    {
        Add(m, _surplus[0], _surplus[1], _surplus[2], _surplus[3]);
        ulong fault = 0, bias = 1UL << (_width - 1), mask = ulong.MaxValue >> (64 - _width);
        for (int f = 0, bit = 0; f < _fields; f++, bit += _width)
        {
            int word = bit / 64, shift = bit % 64;
            ulong field = m[word] >> shift;
            if (shift + _width > 64) field |= m[word + 1] << (64 - shift);
            ulong value = (field & mask) - bias;
            bool isUsed = at < values.Length;
            ulong reach = isUsed ? _reach : 0;
            fault |= (value + reach) - Math.Min(value + reach, 2 * reach);   // zero exactly within reach; what a branch could tell is told by the refusal
            if (isUsed) values[at++] = (long)value;
        }
        int used = _fields * _width;
        for (int w = 0; w < Words; w++)
        {
            int inside = Math.Clamp(used - (64 * w), 0, 64);
            fault |= inside == 64 ? 0 : m[w] >> inside;
        }
        return fault;
    }

    // 0 when |value| <= bound.
    private static ulong Outside(Int128 value, Int128 bound)
    {
        Int128 above = bound - value, below = bound + value;   // neither overflows: |value| < 2^126 where it can be within
        return (ulong)((UInt128)(above | below) >> 127);
    }

    private static void Add(Span<ulong> x, ulong a0, ulong a1, ulong a2, ulong a3)
    {
        UInt128 sum = (UInt128)x[0] + a0;
        x[0] = (ulong)sum;
        sum = (UInt128)x[1] + a1 + (ulong)(sum >> 64);
        x[1] = (ulong)sum;
        sum = (UInt128)x[2] + a2 + (ulong)(sum >> 64);
        x[2] = (ulong)sum;
        x[3] = x[3] + a3 + (ulong)(sum >> 64);
    }
}
