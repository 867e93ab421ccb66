using System.Runtime.Intrinsics;
using Lanes4 = Fed.Crypto.Ring.LaneRows<Fed.Crypto.Ring.Lanes256, System.Runtime.Intrinsics.Vector256<double>>;
using Lanes8 = Fed.Crypto.Ring.LaneRows<Fed.Crypto.Ring.Lanes512, System.Runtime.Intrinsics.Vector512<double>>;

namespace Fed.Crypto.Ring;

/// <summary>Arithmetic on rows of residues by the widest kernel that serves them. The checks of the processor are constants to the JIT.</summary>
internal static class Rows
{
    /// <summary>Primes of at most this many bits have their products taken in double precision.</summary>
    public const int ProductBitCountMax = DoubleArithmetic<Lanes256, Vector256<double>>.BitCountMax;

    private static bool HasProducts(Modulus q) => q.BitCount <= ProductBitCountMax;

    public static void Add(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        if (Lanes8.Serves(result.Length)) Lanes8.Add(a, b, result, q);
        else if (Lanes4.Serves(result.Length)) Lanes4.Add(a, b, result, q);
        else ScalarRows.Add(a, b, result, q);
    }

    public static void Subtract(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        if (Lanes8.Serves(result.Length)) Lanes8.Subtract(a, b, result, q);
        else if (Lanes4.Serves(result.Length)) Lanes4.Subtract(a, b, result, q);
        else ScalarRows.Subtract(a, b, result, q);
    }

    public static void Negate(Span<ulong> row, Modulus q)
    {
        if (Lanes8.Serves(row.Length)) Lanes8.Negate(row, q);
        else if (Lanes4.Serves(row.Length)) Lanes4.Negate(row, q);
        else ScalarRows.Negate(row, q);
    }

    public static void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        if (Lanes8.Serves(result.Length)) Lanes8.Multiply(a, b, result, q);
        else if (Lanes4.Serves(result.Length)) Lanes4.Multiply(a, b, result, q);
        else ScalarRows.Multiply(a, b, result, q);
    }

    public static void MultiplyAdd(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> sum, Modulus q)
    {
        if (Lanes8.Serves(sum.Length)) Lanes8.MultiplyAdd(a, b, sum, q);
        else if (Lanes4.Serves(sum.Length)) Lanes4.MultiplyAdd(a, b, sum, q);
        else ScalarRows.MultiplyAdd(a, b, sum, q);
    }

    public static void FromSigned(ReadOnlySpan<sbyte> values, Span<ulong> row, Modulus q)
    {
        if (q.Value > 128 && Lanes8.Serves(row.Length)) Lanes8.FromSigned(values, row, q);
        else if (q.Value > 128 && Lanes4.Serves(row.Length)) Lanes4.FromSigned(values, row, q);
        else ScalarRows.FromSigned(values, row, q);
    }

    public static void FromSigned(ReadOnlySpan<long> values, Span<ulong> row, Modulus q)
    {
        if (HasProducts(q) && Lanes8.Serves(row.Length)) Lanes8.FromSigned(values, row, q);
        else if (HasProducts(q) && Lanes4.Serves(row.Length)) Lanes4.FromSigned(values, row, q);
        else ScalarRows.FromSigned(values, row, q);
    }

    public static void FromSigned(ReadOnlySpan<Int128> values, Span<ulong> row, Modulus q)
    {
        if (HasProducts(q) && Lanes8.Serves(row.Length)) Lanes8.FromSigned(values, row, q);
        else if (HasProducts(q) && Lanes4.Serves(row.Length)) Lanes4.FromSigned(values, row, q);
        else ScalarRows.FromSigned(values, row, q);
    }

    public static void Reduce(ReadOnlySpan<ulong> words, Span<ulong> row, Modulus q)
    {
        if (HasProducts(q) && Lanes8.Serves(row.Length)) Lanes8.Reduce(words, row, q);
        else if (HasProducts(q) && Lanes4.Serves(row.Length)) Lanes4.Reduce(words, row, q);
        else ScalarRows.Reduce(words, row, q);
    }

    public static void AddWords(ReadOnlySpan<ulong> words, Span<ulong> sums)
    {
        if (Lanes8.Serves(sums.Length)) Lanes8.AddWords(words, sums);
        else if (Lanes4.Serves(sums.Length)) Lanes4.AddWords(words, sums);
        else ScalarRows.AddWords(words, sums);
    }
}
