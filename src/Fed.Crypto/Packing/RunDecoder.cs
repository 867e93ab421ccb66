using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fed.Crypto.Ring;

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
    [MethodImpl(Kernel.Loop)]
    public ulong Decode(ReadOnlySpan<ulong> integers, int words, Span<long> values)
    {
        ulong fault = 0;
        Span<ulong> x = stackalloc ulong[Words + 1];   // the word behind the last is a sign word, so that a field or a shift can always look at the next one
        for (int i = 0, at = 0; i < integers.Length / words; i++)
        {
            ReadOnlySpan<ulong> source = integers.Slice(i * words, words);
            source.CopyTo(x);
            x[words..].Fill((ulong)((long)source[^1] >> 63));
            fault |= Round(x);
            fault |= Split(x, values[Math.Min(at, values.Length)..]);
            at += _fields;
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(x));
        return fault;
    }

    // x = Delta m + e becomes m, by adding Delta / 2 and shifting; the bits that fall out are e + Delta / 2.
    private ulong Round(Span<ulong> x)
    {
        UInt128 half = UInt128.One << (_step - 1);
        ulong carry = Add(ref x[0], (ulong)half, 0);
        carry = Add(ref x[1], (ulong)(half >> 64), carry);
        carry = Add(ref x[2], 0, carry);
        Add(ref x[3], 0, carry);
        UInt128 fallen = new UInt128(x[1], x[0]) & ((half << 1) - 1);
        int shift = _step % 64, skip = _step / 64;
        x[Words] = (ulong)((long)x[Words - 1] >> 63);
        for (int w = 0; w < Words; w++)
        {
            ulong low = x[Math.Min(w + skip, Words)], high = x[Math.Min(w + skip + 1, Words)];
            x[w] = (low >> shift) | (high << 1 << (63 - shift));   // in two steps, since a shift by 64 would be one by 0
        }
        return Outside((Int128)fallen - (Int128)half, _errorBound);
    }

    // Values that end within the coefficient leave unused fields behind them.
    private ulong Split(Span<ulong> m, Span<long> values)
    {
        ulong carry = 0;
        for (int w = 0; w < Words; w++) carry = Add(ref m[w], _surplus[w], carry);
        ulong fault = 0, bias = 1UL << (_width - 1), mask = ulong.MaxValue >> (64 - _width);
        int used = Math.Min(_fields, values.Length), bit = 0;
        for (int f = 0; f < _fields; f++, bit += _width)
        {
            int word = bit / 64, shift = bit % 64;
            ulong value = (((m[word] >> shift) | (m[word + 1] << 1 << (63 - shift))) & mask) - bias;
            ulong reach = f < used ? _reach : 0;
            fault |= (value + reach) - Math.Min(value + reach, 2 * reach);   // zero exactly within reach; what a branch could tell is told by the refusal
            if (f < used) values[f] = (long)value;
        }
        for (int w = 0; w < Words; w++)
        {
            int inside = Math.Clamp(bit - (64 * w), 0, 64);
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

    private static ulong Add(ref ulong x, ulong a, ulong carry)
    {
        ulong sum = x + a, total = sum + carry;
        ulong over = ((x & a) | ((x | a) & ~sum)) >> 63;   // at most one of the two additions carries
        over |= (sum & ~total) >> 63;
        x = total;
        return over;
    }
}
