using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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

    /// <summary>Adds (or takes away) each residue to its word, by the widest kernel.</summary>
    /// <returns>Whether each residue is below its prime and the filling is zero.</returns>
    public static bool UnpackAdd(ReadOnlySpan<byte> packed, Modulus q, Span<ulong> sums, bool subtract)
    {
        if (Lanes512.IsSupported) return UnpackAdd<Lanes512, Vector512<double>>(packed, q, sums, subtract);
        return Lanes256.IsSupported ? UnpackAdd<Lanes256, Vector256<double>>(packed, q, sums, subtract) : UnpackAddScalar(packed, q, sums, subtract, from: 0);
    }

    /// <summary>The same, one residue at a time, from some residue on.</summary>
    public static bool UnpackAddScalar(ReadOnlySpan<byte> packed, Modulus q, Span<ulong> sums, bool subtract, int from)
    {
        int bits = q.BitCount;
        ulong mask = (1UL << bits) - 1, sign = subtract ? ulong.MaxValue : 0, excess = 0;
        for (int i = from; i < sums.Length; i++)
        {
            long bit = (long)i * bits;
            ulong residue = (ulong)(Window(packed, (int)(bit / 8)) >> (int)(bit % 8)) & mask;
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
    public static bool UnpackAdd<TLanes, TVector>(ReadOnlySpan<byte> packed, Modulus q, Span<ulong> sums, bool subtract)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        int bits = q.BitCount;
        if (bits > WindowBitsMax) return UnpackAddScalar(packed, q, sums, subtract, from: 0);
        Span<double> constants = stackalloc double[16];
        Span<byte> indices = MemoryMarshal.AsBytes(constants[..8]);
        Span<ulong> shifts = MemoryMarshal.Cast<double, ulong>(constants[8..]);
        for (int i = 0; i < 8; i++)
        {
            int window = (i * bits / 8) - (i / 2 * 2 * bits / 8);   // within the sixteen bytes of its pair
            for (int j = 0; j < 8; j++) indices[(8 * i) + j] = (byte)(window + j < 16 ? window + j : 128);
            shifts[i] = (ulong)(i * bits % 8);
        }
        Offsets offsets = new((nuint)(2 * bits / 8), (nuint)(4 * bits / 8), (nuint)(6 * bits / 8));
        Masks<TVector> masks = new(TLanes.CreateWords((1UL << bits) - 1), TLanes.CreateWords(subtract ? ulong.MaxValue : 0), TLanes.CreateWords(q.Value - 1));
        ref double constant = ref MemoryMarshal.GetReference(constants);
        TVector indices0 = TLanes.Load(ref constant, 0), shifts0 = TLanes.Load(ref constant, 8);
        TVector indices1 = TLanes.Load(ref constant, 8 - (nuint)TLanes.Count), shifts1 = TLanes.Load(ref constant, 16 - (nuint)TLanes.Count);
        TVector excess = TLanes.CreateWords(0);
        nuint done = 0, count = (nuint)TLanes.Count;
        ref byte bytes = ref MemoryMarshal.GetReference(packed);
        ref double sum = ref Unsafe.As<ulong, double>(ref MemoryMarshal.GetReference(sums));
        // The last pair's sixteen bytes must lie within the row.
        int groups = Math.Max(0, Math.Min(sums.Length / 8, (packed.Length - 16 - (int)offsets.Fourth + bits) / bits));
        for (; done < 8 * (nuint)groups; done += 8, bytes = ref Unsafe.Add(ref bytes, bits))
        {
            if (TLanes.Count == 8)
            {
                TVector four = TLanes.LoadPairs(ref bytes, 0, offsets.Second, offsets.Third, offsets.Fourth);
                excess = TLanes.Or(excess, AddPiece<TLanes, TVector>(four, indices0, shifts0, masks, ref sum, done));
                continue;
            }
            TVector lower = TLanes.LoadPairs(ref bytes, 0, offsets.Second, 0, 0), upper = TLanes.LoadPairs(ref bytes, offsets.Third, offsets.Fourth, 0, 0);
            excess = TLanes.Or(excess, AddPiece<TLanes, TVector>(lower, indices0, shifts0, masks, ref sum, done));
            excess = TLanes.Or(excess, AddPiece<TLanes, TVector>(upper, indices1, shifts1, masks, ref sum, done + count));
        }
        return !TLanes.AnyNegative(excess) & UnpackAddScalar(packed, q, sums, subtract, (int)done);
    }

    /// <summary>Returns words whose highest bit says that a residue is not below its prime.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddPiece<TLanes, TVector>(TVector piece, TVector indices, TVector shifts, in Masks<TVector> masks, ref double sum, nuint index)
        where TLanes : struct, ILanes<TVector>
        where TVector : struct
    {
        TVector residues = TLanes.And(TLanes.ShiftRight(TLanes.Shuffle(piece, indices), shifts), masks.Residue);
        TVector signed = TLanes.SubtractWords(TLanes.Xor(residues, masks.Sign), masks.Sign);
        TLanes.Store(TLanes.AddWords(TLanes.Load(ref sum, index), signed), ref sum, index);
        return TLanes.SubtractWords(masks.Largest, residues);
    }

    private static UInt128 Window(ReadOnlySpan<byte> packed, int at)
    {
        if (at + 16 <= packed.Length) return BinaryPrimitives.ReadUInt128LittleEndian(packed[at..]);
        Span<byte> last = stackalloc byte[16];
        last.Clear();
        packed[at..].CopyTo(last);
        return BinaryPrimitives.ReadUInt128LittleEndian(last);
    }

    private readonly record struct Offsets(nuint Second, nuint Third, nuint Fourth);

    private readonly struct Masks<TVector>(TVector residue, TVector sign, TVector largest) where TVector : struct
    {
        public readonly TVector Residue = residue, Sign = sign, Largest = largest;
    }
}
