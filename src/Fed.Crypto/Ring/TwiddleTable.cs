using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fed.Crypto.Ring;

/// <summary>The roots of one direction, as one kernel reads them.</summary>
internal sealed class TwiddleTable<TArithmetic, TLanes, TVector>
    where TArithmetic : struct, INttArithmetic<TArithmetic, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private readonly ulong[] _roots, _quotients;           // by layer and block: entry blocks + block
    private readonly ulong[] _laneRoots, _laneQuotients;   // of the layers within vectors, lane by lane as these layers meet them

    public TwiddleTable(int n, Modulus q, ulong root)
    {
        ulong[] powers = NttTables.ReversedPowers(n, q, root), lanes = LaneOrder(powers);
        _roots = Array.ConvertAll(powers, power => TArithmetic.EncodeRoot(q, power));
        _laneRoots = Array.ConvertAll(lanes, power => TArithmetic.EncodeRoot(q, power));
        _quotients = TArithmetic.HasQuotients ? Array.ConvertAll(powers, q.Quotient) : [];
        _laneQuotients = TArithmetic.HasQuotients ? Array.ConvertAll(lanes, q.Quotient) : [];
    }

    /// <summary>The root of one block, in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Twiddle<TVector> Block(int index) => new(TLanes.CreateWords(_roots[index]), TArithmetic.HasQuotients ? TLanes.CreateWords(_quotients[index]) : default);

    /// <summary>Roots of the layers within vectors, in the order in which the forward transform meets them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Twiddle<TVector> Lanes(nuint index) => new(Load(_laneRoots, index), TArithmetic.HasQuotients ? Load(_laneQuotients, index) : default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(ulong[] table, nuint index) => TLanes.Load(ref Unsafe.As<ulong, double>(ref MemoryMarshal.GetArrayDataReference(table)), index);

    private static ulong[] LaneOrder(ulong[] powers)
    {
        int n = powers.Length, count = TLanes.Count;
        List<ulong> ordered = [];
        for (int start = 0; start < n; start += 2 * count)
        {
            // The same exchanges on the indices say which element, and so which block, each lane holds.
            int[] a = [.. Enumerable.Range(start, count)], b = [.. Enumerable.Range(start + count, count)];
            for (int piece = count / 2; piece >= 1; piece /= 2)
            {
                for (int lane = 0; lane < count; lane++)
                {
                    if (lane / piece % 2 == 1) (a[lane], b[lane - piece]) = (b[lane - piece], a[lane]);
                }
                foreach (int element in a) ordered.Add(powers[(n + element) / (2 * piece)]);
            }
        }
        return [.. ordered];
    }

    /// <summary>A single factor.</summary>
    public readonly struct Factor(Modulus q, ulong residue)
    {
        private readonly ulong _root = TArithmetic.EncodeRoot(q, residue), _quotient = TArithmetic.HasQuotients ? q.Quotient(residue) : 0;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Twiddle<TVector> Spread() => new(TLanes.CreateWords(_root), TLanes.CreateWords(_quotient));
    }
}
