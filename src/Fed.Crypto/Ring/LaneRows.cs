using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Fed.Crypto.Ring;

/// <summary>Arithmetic on rows of residues, a vector at a time; rows are a whole number of vectors long. Every result equals that of <see cref="ScalarRows"/>.</summary>
/// <remarks>Reductions of words and wide integers take primes below 2^50, signed bytes primes above 128, everything else every <see cref="Modulus"/>.</remarks>
internal static class LaneRows<TLanes, TVector>
    where TLanes : struct, ILanes<TVector>
    where TVector : struct
{
    /// <summary>Whether rows of this length can be handled on this processor.</summary>
    public static bool Serves(int length) => TLanes.IsSupported && length % TLanes.Count == 0;

    [MethodImpl(Kernel.Loop)]
    public static void Add(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        TVector modulus = TLanes.CreateWords(q.Value);
        for (nuint i = 0; i < (nuint)result.Length; i += (nuint)TLanes.Count)
            TLanes.Store(AddResidues(Load(a, i), Load(b, i), modulus), ref Start(result), i);
    }

    [MethodImpl(Kernel.Loop)]
    public static void Subtract(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        TVector modulus = TLanes.CreateWords(q.Value);
        for (nuint i = 0; i < (nuint)result.Length; i += (nuint)TLanes.Count)
            TLanes.Store(TLanes.Correct(TLanes.SubtractWords(Load(a, i), Load(b, i)), modulus), ref Start(result), i);
    }

    [MethodImpl(Kernel.Loop)]
    public static void Negate(Span<ulong> row, Modulus q)
    {
        TVector modulus = TLanes.CreateWords(q.Value), zero = TLanes.CreateWords(0);
        for (nuint i = 0; i < (nuint)row.Length; i += (nuint)TLanes.Count)
            TLanes.Store(TLanes.Correct(TLanes.SubtractWords(zero, Load(row, i)), modulus), ref Start(row), i);
    }

    public static void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        if (DoubleArithmetic<TLanes, TVector>.Serves(q)) Multiply<DoubleArithmetic<TLanes, TVector>>(a, b, result, q);
        else Multiply<BarrettArithmetic<TLanes, TVector>>(a, b, result, q);
    }

    public static void MultiplyAdd(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> sum, Modulus q)
    {
        if (DoubleArithmetic<TLanes, TVector>.Serves(q)) MultiplyAdd<DoubleArithmetic<TLanes, TVector>>(a, b, sum, q);
        else MultiplyAdd<BarrettArithmetic<TLanes, TVector>>(a, b, sum, q);
    }

    [MethodImpl(Kernel.Loop)]
    public static void Multiply<TProduct>(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
        where TProduct : struct, IResidueProduct<TProduct, TVector>
    {
        TProduct arithmetic = TProduct.Create(q);
        for (nuint i = 0; i < (nuint)result.Length; i += (nuint)TLanes.Count)
            TLanes.Store(arithmetic.ResidueProduct(Load(a, i), Load(b, i)), ref Start(result), i);
    }

    [MethodImpl(Kernel.Loop)]
    public static void MultiplyAdd<TProduct>(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> sum, Modulus q)
        where TProduct : struct, IResidueProduct<TProduct, TVector>
    {
        TProduct arithmetic = TProduct.Create(q);
        TVector modulus = TLanes.CreateWords(q.Value);
        for (nuint i = 0; i < (nuint)sum.Length; i += (nuint)TLanes.Count)
            TLanes.Store(AddResidues(arithmetic.ResidueProduct(Load(a, i), Load(b, i)), Load(sum, i), modulus), ref Start(sum), i);
    }

    [MethodImpl(Kernel.Loop)]
    public static void FromSigned(ReadOnlySpan<sbyte> values, Span<ulong> row, Modulus q)
    {
        TVector modulus = TLanes.CreateWords(q.Value);
        ref sbyte start = ref MemoryMarshal.GetReference(values);
        for (nuint i = 0; i < (nuint)row.Length; i += (nuint)TLanes.Count)
            TLanes.Store(TLanes.Correct(TLanes.LoadSigned(ref start, i), modulus), ref Start(row), i);
    }

    [MethodImpl(Kernel.Loop)]
    public static void FromSigned(ReadOnlySpan<long> values, Span<ulong> row, Modulus q)
    {
        LimbReduction<TLanes, TVector> reduction = new(q);
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<long, ulong>(values);
        for (nuint i = 0; i < (nuint)row.Length; i += (nuint)TLanes.Count)
            TLanes.Store(reduction.SignedWords(Load(words, i)), ref Start(row), i);
    }

    [MethodImpl(Kernel.Loop)]
    public static void FromSigned(ReadOnlySpan<Int128> values, Span<ulong> row, Modulus q)
    {
        LimbReduction<TLanes, TVector> reduction = new(q);
        ReadOnlySpan<ulong> pairs = MemoryMarshal.Cast<Int128, ulong>(values);   // low word first on every processor with these lanes
        for (nuint i = 0; i < (nuint)row.Length; i += (nuint)TLanes.Count)
        {
            TVector a = Load(pairs, 2 * i), b = Load(pairs, (2 * i) + (nuint)TLanes.Count);
            if (TLanes.Count == 8) (a, b) = (TLanes.Even(a, b, 4), TLanes.Odd(a, b, 4));
            (a, b) = (TLanes.Even(a, b, 2), TLanes.Odd(a, b, 2));
            TLanes.Store(reduction.SignedPairs(TLanes.Even(a, b, 1), TLanes.Odd(a, b, 1)), ref Start(row), i);
        }
    }

    [MethodImpl(Kernel.Loop)]
    public static void Reduce(ReadOnlySpan<ulong> words, Span<ulong> row, Modulus q)
    {
        LimbReduction<TLanes, TVector> reduction = new(q);
        for (nuint i = 0; i < (nuint)row.Length; i += (nuint)TLanes.Count)
            TLanes.Store(reduction.Words(Load(words, i)), ref Start(row), i);
    }

    [MethodImpl(Kernel.Loop)]
    public static void AddWords(ReadOnlySpan<ulong> words, Span<ulong> sums)
    {
        for (nuint i = 0; i < (nuint)sums.Length; i += (nuint)TLanes.Count)
            TLanes.Store(TLanes.AddWords(Load(sums, i), Load(words, i)), ref Start(sums), i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector AddResidues(TVector a, TVector b, TVector q) => TLanes.Correct(TLanes.SubtractWords(TLanes.AddWords(a, b), q), q);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Load(ReadOnlySpan<ulong> row, nuint index) =>
        TLanes.Load(ref Unsafe.As<ulong, double>(ref MemoryMarshal.GetReference(row)), index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ref double Start(Span<ulong> row) => ref Unsafe.As<ulong, double>(ref MemoryMarshal.GetReference(row));
}
