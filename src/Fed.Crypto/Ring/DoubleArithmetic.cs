using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Fed.Crypto.Ring;

/// <summary>Exact modular arithmetic on integers held in doubles, for primes below 2^50.</summary>
/// <remarks>
/// A value stands for its residue class and may be negative. A transform lets the bound B on <c>|value| / q</c> grow from layer to layer while integers stay
/// exact (<c>B·q ≤ 2^53</c>) and reduces only where <see cref="Plan"/> says. Butterflies in floating point: van der Hoeven, Lecerf, Quintin, Modular
/// SIMD arithmetic in Mathemagix, arXiv:1407.3383; the lazy schedule is ours.
/// </remarks>
internal readonly struct DoubleArithmetic<TLanes, TVector> :
    INttArithmetic<DoubleArithmetic<TLanes, TVector>, TVector>, IResidueProduct<DoubleArithmetic<TLanes, TVector>, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Primes of at most this many bits fit.</summary>
    public const int BitCountMax = 50;

    private readonly TVector _q, _inverse;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private DoubleArithmetic(Modulus q)
    {
        _q = TLanes.Create(q.Value);
        _inverse = TLanes.Create(1.0 / q.Value);
    }

    public static bool HasQuotients => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static DoubleArithmetic<TLanes, TVector> Create(Modulus q) => new(q);

    public static bool Serves(Modulus q) => q.BitCount <= BitCountMax;

    /// <summary>Centred, so that <c>|w| &lt; q/2</c>: half the size, half the rounding of the quotient.</summary>
    public static ulong EncodeRoot(Modulus q, ulong root) =>
        BitConverter.DoubleToUInt64Bits(root > q.Value / 2 ? -(double)(q.Value - root) : root);

    /// <summary>Reduces before the pass in which integers could stop being exact.</summary>
    /// <remarks>
    /// With <c>|w| &lt; q/2</c> a product is bounded by <c>1/2 + 1.51·2^-53·q·B</c>, so each forward layer adds that much to B. Inverse layers double B where
    /// they add; the passes reduce sums of sums by their shape, and what is checked here is that this is often enough.
    /// </remarks>
    public static bool[] Plan(Modulus q, IReadOnlyList<int> passes)
    {
        const double Reduced = 0.51;
        double limit = Math.ScaleB(1, 53) / q.Value, slope = 1.51 * Math.ScaleB(q.Value, -53), bound = 1;
        bool[] reduces = new bool[passes.Count];
        for (int pass = 0; pass < passes.Count; pass++)
        {
            double lazy = After(passes[pass], bound, bound);
            reduces[pass] = lazy > limit;
            bound = reduces[pass] ? After(passes[pass], Reduced, bound) : lazy;
            RequireExact(bound);
        }

        bound = 1;
        Add(4);                                                   // the first two layers within vectors
        if (TLanes.Count == 8) Add(2);                            // the third
        for (int pass = 0; pass < passes.Count; pass++) Add(4);   // two layers between vectors
        return reduces;

        double After(int layers, double upper, double lower)
        {
            for (; layers > 0; layers--) upper = lower = upper + Product(lower);
            return upper;
        }

        void Add(int terms)
        {
            RequireExact(terms * bound);
            bound = Math.Max(Reduced, Product(terms * bound));
        }

        double Product(double factor) => 0.5 + (slope * factor);

        void RequireExact(double reached)
        {
            if (reached > limit) throw new UnreachableException($"values of the transform modulo {q} reach {reached} q; doubles hold {limit} q");
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector FromResidues(TVector words) => TLanes.FromWords(words);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector ToResidues(TVector values) => TLanes.ToWords(Reduce(values), _q);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Product(TVector y, Twiddle<TVector> w) => Product(y, w.Root);

    /// <summary>
    /// A representative of <c>y · w</c>: its absolute value is at most <c>q/2 + 3.02·2^-53·|y·w|</c>, which is below q for residues in <c>[0, q)</c>.
    /// </summary>
    /// <remarks>
    /// <c>high</c> is the rounded product and <c>low</c> its exact error. The quotient is off by at most a half and what three roundings of 2^-53 each do to
    /// it; <c>high - quotient · q</c> and the last sum are integers below 2^53, so exact.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Product(TVector y, TVector w)
    {
        TVector high = TLanes.Multiply(y, w);
        TVector low = TLanes.MultiplySubtract(y, w, high);
        TVector quotient = TLanes.Round(TLanes.Multiply(high, _inverse));
        return TLanes.Add(low, TLanes.MultiplyAddNegated(quotient, _q, high));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector ResidueProduct(TVector a, TVector b) => TLanes.ToWords(Product(TLanes.FromWords(a), TLanes.FromWords(b)), _q);

    /// <summary>A representative of an integer of at most 2^53: its absolute value is at most <c>q/2 + 2</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Reduce(TVector values) => TLanes.MultiplyAddNegated(TLanes.Round(TLanes.Multiply(values, _inverse)), _q, values);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Forward(ref TVector a, ref TVector b, Twiddle<TVector> w)
    {
        TVector product = Product(b, w);
        b = TLanes.Subtract(a, product);
        a = TLanes.Add(a, product);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Inverse(ref TVector a, ref TVector b, Twiddle<TVector> w)
    {
        TVector difference = TLanes.Subtract(a, b);
        a = TLanes.Add(a, b);
        b = Product(difference, w);
    }
}
