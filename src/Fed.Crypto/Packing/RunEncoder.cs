using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Packing;

/// <summary>Puts the values of one run into coefficients: concatenates their fields, lifts them by Delta, adds the error and reduces modulo each prime, in one pass.</summary>
/// <remarks>
/// A signed field v is stored as v + 2^(w-1), so that fields are concatenated without carries; the surplus, a constant of the run, is taken off modulo the primes. Constant time: shifts and
/// branches depend on the layout only.
/// </remarks>
internal sealed class RunEncoder
{
    /// <summary>Coefficients that are packed at a time: their words stay in the first cache.</summary>
    private const int BlockCoefficients = 128;

    private const int WordsMax = 4;
    private const int ErrorBias = 32;   // above the largest |error|, 21

    private readonly RnsRing _ring;
    private readonly ulong _limit;
    private readonly int _fields, _width, _words;
    private readonly ulong[] _radix, _radixQuotients, _offset;   // [prime, word], [prime, word], [prime]

    /// <summary>For the values of a run.</summary>
    public RunEncoder(PackingLayout layout, PackingRun run) : this(layout, run.Fields, run.Width) => _limit = (ulong)layout.Proof.FieldBound(run.Bits, summands: 1);

    private RunEncoder(PackingLayout layout, int fields, int width)
    {
        _ring = layout.Profile.Ring;
        (_fields, _width, _words) = (fields, width, ((fields * width) + 63) / 64);
        int primes = _ring.Moduli.Length;
        (_radix, _radixQuotients, _offset) = (new ulong[primes * _words], new ulong[primes * _words], new ulong[primes]);
        BigInteger surplus = CapacityProof.Repeat(BigInteger.One << (width - 1), width, fields) << layout.Proof.StepLog2;
        for (int p = 0; p < primes; p++)
        {
            Modulus q = _ring.Moduli[p];
            for (int w = 0; w < _words; w++)
            {
                _radix[(p * _words) + w] = q.Reduce(BigInteger.One << ((64 * w) + layout.Proof.StepLog2));
                _radixQuotients[(p * _words) + w] = q.Quotient(_radix[(p * _words) + w]);
            }
            _offset[p] = q.Reduce(-surplus - ErrorBias);
        }
    }

    /// <summary>For coefficients behind the last run: errors and nothing else.</summary>
    public static RunEncoder Unused(PackingLayout layout) => new(layout, fields: 0, width: 1);

    /// <summary>Encodes whole coefficients.</summary>
    /// <param name="values">Fields of them, lowest first; unused ones zero.</param>
    /// <param name="errors">One for each coefficient, |error| at most 21.</param>
    /// <param name="poly">The polynomial's residues, <c>[prime * N + i]</c>.</param>
    /// <param name="start">The first coefficient.</param>
    /// <returns>True when every |value| is within the grid; if not, the polynomial is void.</returns>
    public bool Encode(ReadOnlySpan<long> values, ReadOnlySpan<sbyte> errors, Span<ulong> poly, int start)
    {
        Span<ulong> packed = stackalloc ulong[WordsMax * BlockCoefficients];
        ulong outside = 0;
        for (int done = 0; done < errors.Length;)
        {
            int count = Math.Min(BlockCoefficients, errors.Length - done);
            outside |= Concatenate(values.Slice(done * _fields, count * _fields), packed);
            Lift(packed, errors.Slice(done, count), poly, start + done);
            done += count;
        }
        CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(packed));
        return outside == 0;
    }

    // Word w of coefficient i goes to packed[w * BlockCoefficients + i]. Returns 0 when all values are in range.
    private ulong Concatenate(ReadOnlySpan<long> values, Span<ulong> packed)
    {
        ulong limit = _limit, bias = 1UL << (_width - 1), outside = 0;
        int width = _width, fields = _fields;
        for (int i = 0, at = 0; at < values.Length; i++)
        {
            ulong word = 0;
            int used = 0, target = i;
            foreach (long value in values.Slice(at, fields))
            {
                outside |= ((ulong)value + limit) - Math.Min((ulong)value + limit, 2 * limit);   // zero exactly in range, without a branch
                ulong field = (ulong)value + bias;
                word |= field << used;
                used += width;
                if (used < 64) continue;
                packed[target] = word;
                target += BlockCoefficients;
                used -= 64;
                word = used == 0 ? 0 : field >> (width - used);
            }
            if (used > 0) packed[target] = word;
            at += fields;
        }
        return outside;
    }

    private void Lift(ReadOnlySpan<ulong> packed, ReadOnlySpan<sbyte> errors, Span<ulong> poly, int start)
    {
        for (int p = 0; p < _offset.Length; p++)
        {
            Modulus q = _ring.Moduli[p];
            Span<ulong> row = poly.Slice((p * _ring.N) + start, errors.Length);
            ulong offset = _offset[p];
            for (int i = 0; i < row.Length; i++) row[i] = offset + (ulong)(errors[i] + ErrorBias);
            for (int w = 0; w < _words; w++)
            {
                ulong radix = _radix[(p * _words) + w], quotient = _radixQuotients[(p * _words) + w];
                ReadOnlySpan<ulong> words = packed.Slice(w * BlockCoefficients, row.Length);
                for (int i = 0; i < row.Length; i++) row[i] += q.MultiplyLazy(words[i], radix, quotient);
            }
            for (int i = 0; i < row.Length; i++) row[i] = q.Reduce(row[i]);   // at most nine times the prime, below 2^53
        }
    }
}
