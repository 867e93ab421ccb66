using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fed.Crypto.Ring;

/// <summary>
/// The passes. Layers go two at a time through registers; those whose pairs lie within a vector, and the two before them, go all at once on four vectors.
/// </summary>
internal sealed partial class VectorNtt<TArithmetic, TLanes, TVector> : VectorNtt
    where TArithmetic : struct, INttArithmetic<TArithmetic, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{

    private readonly int _n;
    private readonly Modulus _q;
    private readonly TwiddleTable<TArithmetic, TLanes, TVector> _roots, _inverseRoots;
    private readonly TwiddleTable<TArithmetic, TLanes, TVector>.Factor _scale, _lastRoot;   // 1/n, and the root of the last inverse layer times it
    private readonly int _firstLayers;   // of the first forward pass: one where the number before the tail is odd
    private readonly bool[] _reduces;    // by forward pass

    public VectorNtt(int n, Modulus q, ulong root)
    {
        _n = n;
        _q = q;
        ulong inverse = q.Inverse(root);
        _roots = new TwiddleTable<TArithmetic, TLanes, TVector>(n, q, root);
        _inverseRoots = new TwiddleTable<TArithmetic, TLanes, TVector>(n, q, inverse);
        ulong degreeInverse = q.Inverse(q.Reduce((ulong)n));
        _scale = new(q, degreeInverse);
        _lastRoot = new(q, q.Multiply(degreeInverse, q.Power(inverse, (ulong)n / 2)));
        int tail = LaneLayers + 2, head = BitOperations.Log2((uint)n) - tail;
        _firstLayers = int.IsEvenInteger(head) ? 2 : 1;
        _reduces = TArithmetic.Plan(q, [_firstLayers, .. Enumerable.Repeat(2, (head - _firstLayers) / 2), tail]);
    }

    /// <summary>Layers whose pairs lie within a vector.</summary>
    private static int LaneLayers
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]   // a call inside a pass would spill every vector
        get => TLanes.Count == 8 ? 3 : 2;
    }

    /// <summary>Blocks of four vectors.</summary>
    private int TailBlocks => _n / (4 * TLanes.Count);

    private ref double Start(Span<ulong> row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, _n);
        return ref Unsafe.As<ulong, double>(ref MemoryMarshal.GetReference(row));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Exchange(ref TVector a, ref TVector b, int piece) => (a, b) = (TLanes.Even(a, b, piece), TLanes.Odd(a, b, piece));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load<TIn>(in TArithmetic arithmetic, ref double row, nuint index) where TIn : struct, IForm =>
        TIn.IsResidues ? arithmetic.FromResidues(TLanes.Load(ref row, index)) : TLanes.Load(ref row, index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TOut>(in TArithmetic arithmetic, TVector value, ref double row, nuint index) where TOut : struct, IForm =>
        TLanes.Store(TOut.IsResidues ? arithmetic.ToResidues(value) : value, ref row, index);

    /// <summary>What a pass finds or leaves in memory.</summary>
    private interface IForm
    {
        static abstract bool IsResidues { get; }
    }

    private readonly struct Residues : IForm
    {
        public static bool IsResidues => true;
    }

    private readonly struct Lazy : IForm
    {
        public static bool IsResidues => false;
    }
}
