using System.Runtime.CompilerServices;

namespace Fed.Crypto.Ring;

/// <summary>Words and 128-bit integers to residues, for primes below 2^50: integers are cut into limbs of 43 bits, which doubles hold, and each limb is multiplied by its radix.</summary>
internal readonly struct LimbReduction<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private const int LimbBits = 43;

    private readonly DoubleArithmetic<TLanes, TVector> _arithmetic;
    private readonly TVector _radix, _square;        // 2^43 and 2^86 modulo q
    private readonly TVector _biasLong, _biasWide;   // 2^63 and 2^127 modulo q: a signed integer plus its bias is unsigned

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LimbReduction(Modulus q)
    {
        _arithmetic = DoubleArithmetic<TLanes, TVector>.Create(q);
        _radix = TLanes.Create(q.Reduce(1UL << LimbBits));
        _square = TLanes.Create(q.Reduce(UInt128.One << (2 * LimbBits)));
        _biasLong = TLanes.Create(q.Reduce(1UL << 63));
        _biasWide = TLanes.Create(q.Reduce(UInt128.One << 127));
    }

    /// <summary>Unsigned words.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Words(TVector words) => _arithmetic.ToResidues(Sum(words));

    /// <summary>Words in two's complement.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector SignedWords(TVector words) => _arithmetic.ToResidues(TLanes.Subtract(Sum(TLanes.Xor(words, TopBit())), _biasLong));

    /// <summary>Integers of two words in two's complement.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector SignedPairs(TVector low, TVector high)
    {
        TVector mask = LimbMask();
        high = TLanes.Xor(high, TopBit());
        TVector first = TLanes.And(low, mask);
        TVector second = TLanes.Or(TLanes.ShiftRight(low, TLanes.CreateWords(LimbBits)), TLanes.And(TLanes.ShiftLeft(high, TLanes.CreateWords(64 - LimbBits)), mask));
        TVector third = TLanes.ShiftRight(high, TLanes.CreateWords((2 * LimbBits) - 64));
        TVector products = TLanes.Add(_arithmetic.Product(TLanes.FromWords(second), _radix), _arithmetic.Product(TLanes.FromWords(third), _square));
        return _arithmetic.ToResidues(TLanes.Subtract(TLanes.Add(TLanes.FromWords(first), products), _biasWide));
    }

    /// <summary>An integer below 2^52 in the class of each word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TVector Sum(TVector words) => TLanes.Add(
        TLanes.FromWords(TLanes.And(words, LimbMask())), _arithmetic.Product(TLanes.FromWords(TLanes.ShiftRight(words, TLanes.CreateWords(LimbBits))), _radix));

    private static TVector LimbMask() => TLanes.CreateWords((1UL << LimbBits) - 1);

    private static TVector TopBit() => TLanes.CreateWords(1UL << 63);
}
