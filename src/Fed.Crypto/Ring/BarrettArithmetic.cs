using System.Runtime.CompilerServices;

namespace Fed.Crypto.Ring;

/// <summary>Products of residues of every prime of at most 60 bits: <see cref="Modulus.Multiply"/> by vectors.</summary>
/// <remarks>Halves of residues have at most 32 and 28 bits, so the partial products of 64 by 64 bits add up without a carry. The quotient is at most 4 too small.</remarks>
internal readonly struct BarrettArithmetic<TLanes, TVector> : IResidueProduct<BarrettArithmetic<TLanes, TVector>, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private readonly WordArithmetic<TLanes, TVector> _arithmetic;
    private readonly TVector _factor, _left, _right;   // the last two cut the 2b-bit product at bit b - 1

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private BarrettArithmetic(Modulus q)
    {
        _arithmetic = WordArithmetic<TLanes, TVector>.Create(q);
        _factor = TLanes.CreateWords(q.BarrettFactor);
        _left = TLanes.CreateWords((ulong)(65 - q.BitCount));
        _right = TLanes.CreateWords((ulong)(q.BitCount - 1));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static BarrettArithmetic<TLanes, TVector> Create(Modulus q) => new(q);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector ResidueProduct(TVector a, TVector b)
    {
        TVector aUpper = TLanes.UpperHalves(a), bUpper = TLanes.UpperHalves(b), lowest = TLanes.MultiplyHalves(a, b);
        TVector middle = TLanes.AddWords(TLanes.AddWords(TLanes.MultiplyHalves(aUpper, b), TLanes.MultiplyHalves(a, bUpper)), TLanes.UpperHalves(lowest));
        TVector high = TLanes.AddWords(TLanes.MultiplyHalves(aUpper, bUpper), TLanes.UpperHalves(middle)), low = TLanes.MultiplyWords(a, b);
        TVector cut = TLanes.Or(TLanes.ShiftLeft(high, _left), TLanes.ShiftRight(low, _right));
        return _arithmetic.ToResidues(_arithmetic.TakeMultiple(low, WordArithmetic<TLanes, TVector>.HighProduct(cut, _factor)));
    }
}
