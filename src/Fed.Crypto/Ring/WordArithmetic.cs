using System.Runtime.CompilerServices;

namespace Fed.Crypto.Ring;

/// <summary>Lazy modular arithmetic on words, for every prime of at most 60 bits: Harvey's butterflies with a slightly coarser quotient.</summary>
/// <remarks>
/// There is no vector instruction for the high half of a 64-bit product. Three 32-bit products give it but for the lowest partial product and the carries, so it
/// is at most 2 too small, and the product of a word below 2^63 by a root lies in <c>[0, 3.5q)</c> where Harvey's (arXiv:1205.2926) lies in <c>[0, 1.5q)</c>. Values
/// between forward layers stay below 8q, between inverse layers below 4q; 8q is below 2^63.
/// </remarks>
internal readonly struct WordArithmetic<TLanes, TVector> : INttArithmetic<WordArithmetic<TLanes, TVector>, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    private readonly TVector _q, _twice, _four;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private WordArithmetic(Modulus q)
    {
        _q = TLanes.CreateWords(q.Value);
        _twice = TLanes.CreateWords(2 * q.Value);
        _four = TLanes.CreateWords(4 * q.Value);
    }

    public static bool HasQuotients => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WordArithmetic<TLanes, TVector> Create(Modulus q) => new(q);

    public static bool Serves(Modulus q) => true;

    public static ulong EncodeRoot(Modulus q, ulong root) => root;

    public static bool[] Plan(Modulus q, IReadOnlyList<int> passes) => new bool[passes.Count];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector FromResidues(TVector words) => words;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector ToResidues(TVector values) => Less(Less(Less(values, _four), _twice), _q);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Product(TVector y, Twiddle<TVector> w) => TakeMultiple(TLanes.MultiplyWords(y, w.Root), HighProduct(y, w.Quotient));

    /// <summary>The upper halves of the products of words, at most 2 too small.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector HighProduct(TVector a, TVector b)
    {
        TVector aUpper = TLanes.UpperHalves(a), bUpper = TLanes.UpperHalves(b);
        TVector middle = TLanes.AddWords(TLanes.UpperHalves(TLanes.MultiplyHalves(aUpper, b)), TLanes.UpperHalves(TLanes.MultiplyHalves(a, bUpper)));
        return TLanes.AddWords(TLanes.MultiplyHalves(aUpper, bUpper), middle);
    }

    /// <summary><c>value - quotient · q</c>, modulo 2^64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector TakeMultiple(TVector value, TVector quotient) => TLanes.SubtractWords(value, TLanes.MultiplyWords(quotient, _q));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector Reduce(TVector values) => values;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Forward(ref TVector a, ref TVector b, Twiddle<TVector> w)
    {
        TVector x = Less(a, _four), product = Product(b, w);
        a = TLanes.AddWords(x, product);
        b = TLanes.AddWords(TLanes.SubtractWords(x, product), _four);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Inverse(ref TVector a, ref TVector b, Twiddle<TVector> w)
    {
        TVector difference = TLanes.AddWords(TLanes.SubtractWords(a, b), _four);
        a = Less(TLanes.AddWords(a, b), _four);
        b = Product(difference, w);
    }

    /// <summary>Takes the bound away from what is not below it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Less(TVector value, TVector bound) => TLanes.Correct(TLanes.SubtractWords(value, bound), bound);
}
