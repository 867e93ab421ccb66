using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Fed.Crypto.Ring;

/// <summary>One row of residues at <c>b</c> bits each, least significant bit first; the last byte is filled with zero bits.</summary>
internal static class RowPacking
{
    /// <summary>Widest residues for which eight bytes from any bit's byte hold a whole one.</summary>
    private const int WindowBitsMax = 57;

    /// <summary>Packs by the widest kernel.</summary>
    public static void Pack(ReadOnlySpan<ulong> row, int bits, Span<byte> packed)
    {
        if (Lanes512.IsSupported) Pack<Lanes512, Vector512<double>>(row, bits, packed);
        else if (Lanes256.IsSupported) Pack<Lanes256, Vector256<double>>(row, bits, packed);
        else PackScalar(row, bits, packed);
    }

    /// <summary>One residue at a time.</summary>
    [MethodImpl(Kernel.Loop)]
    public static void PackScalar(ReadOnlySpan<ulong> row, int bits, Span<byte> packed)
    {
        ulong pending = 0;   // fewer than eight bits that are still to be written
        int used = 0, at = 0, i = 0;
        if (bits < WindowBitsMax)
        {
            for (; i < row.Length && at + sizeof(ulong) <= packed.Length; i++)
            {
                pending |= row[i] << used;
                BinaryPrimitives.WriteUInt64LittleEndian(packed[at..], pending);
                used += bits;
                at += used / 8;
                pending >>= used & ~7;
                used &= 7;
            }
        }
        UInt128 wide = pending;
        for (; i < row.Length; i++)
        {
            wide |= (UInt128)row[i] << used;
            for (used += bits; used >= 8; used -= 8, wide >>= 8) packed[at++] = (byte)wide;
        }
        if (used > 0) packed[at] = (byte)wide;
    }

    /// <summary>
    /// Eight residues at a time. Each is shifted to its place in the eight bytes around it and joined by the last bits of the one before, which share its first byte; so no residue
    /// waits for another, and what a store writes beyond its residue the next one overwrites.
    /// </summary>
    [MethodImpl(Kernel.Loop)]
    public static void Pack<TLanes, TVector>(ReadOnlySpan<ulong> row, int bits, Span<byte> packed)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        if (bits > WindowBitsMax || row.Length < 24)
        {
            PackScalar(row, bits, packed);
            return;
        }
        Span<ulong> shifts = stackalloc ulong[16], group = stackalloc ulong[8];
        for (int i = 0; i < 8; i++)
        {
            shifts[i] = (ulong)(i * bits % 8);
            shifts[i + 8] = (ulong)bits - shifts[i];
        }
        ref double shift = ref Unsafe.As<ulong, double>(ref MemoryMarshal.GetReference(shifts));
        ref double words = ref Unsafe.As<ulong, double>(ref MemoryMarshal.GetReference(group));
        ref double residue = ref Unsafe.As<ulong, double>(ref MemoryMarshal.GetReference(row));
        PackScalar(row[..8], bits, packed[..bits]);   // the first has none before it
        int done = 8, at = bits;
        for (; done + 8 <= row.Length && at + (7 * bits / 8) + sizeof(ulong) <= packed.Length; done += 8, at += bits)
        {
            for (nuint lane = 0; lane < 8; lane += (nuint)TLanes.Count)
            {
                TVector own = TLanes.ShiftLeft(TLanes.Load(ref residue, (nuint)done + lane), TLanes.Load(ref shift, lane));
                TVector before = TLanes.ShiftRight(TLanes.Load(ref residue, (nuint)done + lane - 1), TLanes.Load(ref shift, lane + 8));
                TLanes.Store(TLanes.Or(own, before), ref words, lane);
            }
            ref byte target = ref Unsafe.Add(ref MemoryMarshal.GetReference(packed), at);
            for (int i = 0; i < 8; i++) Unsafe.WriteUnaligned(ref Unsafe.Add(ref target, i * bits / 8), Unsafe.Add(ref MemoryMarshal.GetReference(group), i));
        }
        PackScalar(row[done..], bits, packed[at..]);
    }

    /// <summary>Adds (or takes away) each residue to its word.</summary>
    /// <returns>Whether each residue is below its prime and the filling is zero.</returns>
    /// <remarks>Four lanes at a time even where there are eight: it is as fast or faster, since eight need twice the insertions.</remarks>
    public static bool UnpackAdd(ReadOnlySpan<byte> packed, Modulus q, Span<ulong> sums, bool subtract) =>
        Lanes256.IsSupported ? UnpackAddVector(packed, q, sums, subtract) : UnpackAddScalar(packed, q, sums, subtract, from: 0);

    /// <summary>The same, one residue at a time, from some residue on.</summary>
    public static bool UnpackAddScalar(ReadOnlySpan<byte> packed, Modulus q, Span<ulong> sums, bool subtract, int from)
    {
        int bits = q.BitCount;
        ulong mask = (1UL << bits) - 1, sign = subtract ? ulong.MaxValue : 0, excess = 0;
        for (int i = from; i < sums.Length; i++)
        {
            long bit = (long)i * bits;
            int at = (int)(bit / 8), shift = (int)(bit % 8);
            ulong window = bits <= WindowBitsMax && at + sizeof(ulong) <= packed.Length
                ? BinaryPrimitives.ReadUInt64LittleEndian(packed[at..]) >> shift
                : (ulong)(Window(packed, at) >> shift);
            ulong residue = window & mask;
            sums[i] += (residue ^ sign) - sign;
            excess |= q.Value - 1 - residue;
        }
        int used = (int)((long)sums.Length * bits % 8);
        return (long)excess >= 0 && (used == 0 || packed[^1] >> used == 0);
    }

    /// <summary>
    /// Eight residues at a time: they are exactly <c>b</c> bytes. Sixteen bytes hold a pair of them; a shuffle brings the eight bytes around each residue into its
    /// lane, where a shift and a mask cut it out.
    /// </summary>
    [MethodImpl(Kernel.Loop)]
    public static bool UnpackAddVector(ReadOnlySpan<byte> packed, Modulus q, Span<ulong> sums, bool subtract)
    {
        int bits = q.BitCount;
        if (bits > WindowBitsMax) return UnpackAddScalar(packed, q, sums, subtract, from: 0);
        Span<byte> indices = stackalloc byte[64];
        Span<ulong> shifts = stackalloc ulong[8];
        for (int i = 0; i < 8; i++)
        {
            int window = (i * bits / 8) - (i / 2 * 2 * bits / 8);   // within the sixteen bytes of its pair
            for (int j = 0; j < 8; j++) indices[(8 * i) + j] = (byte)Math.Min(window + j, 15);   // beyond them nothing of the residue is left
            shifts[i] = (ulong)(i * bits % 8);
        }
        Cutter lower = new(Vector256.Create<byte>(indices), Vector256.Create<ulong>(shifts)), upper = new(Vector256.Create<byte>(indices[32..]), Vector256.Create<ulong>(shifts[4..]));
        nuint second = (nuint)(2 * bits / 8), third = (nuint)(4 * bits / 8), fourth = (nuint)(6 * bits / 8);
        Vector256<ulong> mask = Vector256.Create((1UL << bits) - 1), sign = Vector256.Create(subtract ? ulong.MaxValue : 0), largest = Vector256.Create(q.Value - 1);
        Vector256<ulong> excess = Vector256<ulong>.Zero;
        ref byte bytes = ref MemoryMarshal.GetReference(packed);
        ref ulong sum = ref MemoryMarshal.GetReference(sums);
        // The last pair's sixteen bytes must lie within the row.
        int groups = Math.Max(0, Math.Min(sums.Length / 8, (packed.Length - 16 - (int)fourth + bits) / bits));
        for (int group = 0; group < groups; group++, bytes = ref Unsafe.Add(ref bytes, bits), sum = ref Unsafe.Add(ref sum, 8))
        {
            Vector256<ulong> a = lower.Cut(ref bytes, 0, second) & mask, b = upper.Cut(ref bytes, third, fourth) & mask;
            (Vector256.LoadUnsafe(ref sum) + ((a ^ sign) - sign)).StoreUnsafe(ref sum);
            (Vector256.LoadUnsafe(ref sum, 4) + ((b ^ sign) - sign)).StoreUnsafe(ref sum, 4);
            excess |= (largest - a) | (largest - b);   // the highest bit of a residue that is none
        }
        return excess.ExtractMostSignificantBits() == 0 & UnpackAddScalar(packed, q, sums, subtract, from: 8 * groups);
    }

    private static UInt128 Window(ReadOnlySpan<byte> packed, int at)
    {
        if (at + 16 <= packed.Length) return BinaryPrimitives.ReadUInt128LittleEndian(packed[at..]);
        Span<byte> last = stackalloc byte[16];
        last.Clear();
        packed[at..].CopyTo(last);
        return BinaryPrimitives.ReadUInt128LittleEndian(last);
    }

    private readonly struct Cutter(Vector256<byte> indices, Vector256<ulong> shifts)
    {
        /// <summary>Two pairs of residues; above them are bits of their neighbours.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector256<ulong> Cut(ref byte bytes, nuint first, nuint second)
        {
            Vector256<byte> pairs = Vector256.Create(Vector128.LoadUnsafe(ref bytes, first), Vector128.LoadUnsafe(ref bytes, second));
            return Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(pairs, indices).AsUInt64(), shifts);
        }
    }
}
