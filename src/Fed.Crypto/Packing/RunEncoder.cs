using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Fed.Crypto.Ring;

namespace Fed.Crypto.Packing;

/// <summary>Puts the values of one run into coefficients: concatenates their fields, lifts them by Delta, adds the error and reduces modulo each prime, block by block.</summary>
/// <remarks>
/// A signed field v is stored as v + 2^(w-1), so that fields are concatenated without carries; the surplus, a constant of the run, is taken off modulo the primes. The concatenation is cut into
/// chunks that are residues of every prime as they stand, so that lifting is a sum of products of rows. Constant time: shifts and branches depend on the layout only.
/// </remarks>
internal sealed class RunEncoder
{
    /// <summary>Coefficients that are packed at a time: their chunks stay in the first cache.</summary>
    private const int BlockCoefficients = 128;

    private readonly RnsRing _ring;
    private readonly ulong _limit;
    private readonly int _fields, _width, _chunkBits, _chunks;
    private readonly ulong[] _radix, _offset;   // [prime, chunk] and [prime], each a row of BlockCoefficients equal residues

    /// <summary>For the values of a run.</summary>
    public RunEncoder(PackingLayout layout, PackingRun run) : this(layout, run.Fields, run.Width) => _limit = (ulong)layout.Proof.FieldBound(run.Bits, summands: 1);

    private RunEncoder(PackingLayout layout, int fields, int width)
    {
        _ring = layout.Profile.Ring;
        (_fields, _width, _chunkBits) = (fields, width, _ring.Moduli.Min(static q => q.BitCount) - 1);
        _chunks = ((fields * width) + _chunkBits - 1) / _chunkBits;
        _radix = new ulong[_ring.Moduli.Length * _chunks * BlockCoefficients];
        _offset = new ulong[_ring.Moduli.Length * BlockCoefficients];
        BigInteger surplus = CapacityProof.Repeat(BigInteger.One << (width - 1), width, fields) << layout.Proof.StepLog2;
        for (int p = 0; p < _ring.Moduli.Length; p++)
        {
            Modulus q = _ring.Moduli[p];
            Row(_offset, p).Fill(q.Reduce(-surplus));
            for (int c = 0; c < _chunks; c++) Row(_radix, (p * _chunks) + c).Fill(q.Reduce(BigInteger.One << ((_chunkBits * c) + layout.Proof.StepLog2)));
        }
    }

    /// <summary>For coefficients behind the last run: errors and nothing else.</summary>
    public static RunEncoder Unused(PackingLayout layout) => new(layout, fields: 0, width: 1);

    /// <summary>Encodes whole coefficients.</summary>
    /// <param name="values">Fields of them, lowest first; unused ones zero.</param>
    /// <param name="errors">One for each coefficient.</param>
    /// <param name="poly">The polynomial's residues, <c>[prime * N + i]</c>.</param>
    /// <param name="start">The first coefficient.</param>
    /// <returns>True when every |value| is within the grid; if not, the polynomial is void.</returns>
    public bool Encode(ReadOnlySpan<long> values, ReadOnlySpan<sbyte> errors, Span<ulong> poly, int start)
    {
        Span<ulong> packed = stackalloc ulong[_chunks * BlockCoefficients];
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

    // Chunk c of coefficient i goes to packed[c * BlockCoefficients + i]. Returns 0 when all values are in range.
    private ulong Concatenate(ReadOnlySpan<long> values, Span<ulong> packed)
    {
        ulong limit = _limit, bias = 1UL << (_width - 1), mask = (1UL << _chunkBits) - 1, outside = 0;
        int width = _width, fields = _fields, chunkBits = _chunkBits;
        for (int i = 0, at = 0; at < values.Length; i++, at += fields)
        {
            ulong chunk = 0;
            int used = 0, target = i;
            foreach (long value in values.Slice(at, fields))
            {
                outside |= ((ulong)value + limit) - Math.Min((ulong)value + limit, 2 * limit);   // zero exactly in range; what a branch could tell is told by the refusal
                ulong field = (ulong)value + bias;
                chunk |= field << used;
                used += width;
                while (used >= chunkBits)
                {
                    packed[target] = chunk & mask;
                    target += BlockCoefficients;
                    used -= chunkBits;
                    chunk = used == 0 ? 0 : field >> (width - used);
                }
            }
            if (used > 0) packed[target] = chunk;
        }
        return outside;
    }

    private void Lift(ReadOnlySpan<ulong> packed, ReadOnlySpan<sbyte> errors, Span<ulong> poly, int start)
    {
        int count = errors.Length;
        for (int p = 0; p < _ring.Moduli.Length; p++)
        {
            Modulus q = _ring.Moduli[p];
            Span<ulong> row = poly.Slice((p * _ring.N) + start, count);
            Rows.FromSigned(errors, row, q);
            Rows.Add(row, Row(_offset, p)[..count], row, q);
            for (int c = 0; c < _chunks; c++)
                Rows.MultiplyAdd(packed.Slice(c * BlockCoefficients, count), Row(_radix, (p * _chunks) + c)[..count], row, q);
        }
    }

    private static Span<ulong> Row(ulong[] rows, int row) => rows.AsSpan(row * BlockCoefficients, BlockCoefficients);
}
