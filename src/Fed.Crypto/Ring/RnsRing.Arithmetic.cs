namespace Fed.Crypto.Ring;

public sealed partial class RnsRing
{
    /// <summary><c>result = a + b</c>.</summary>
    /// <param name="a">Residues, <see cref="Words"/> of them.</param>
    /// <param name="b">The same.</param>
    /// <param name="result">Receives residues; may be <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void Add(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        RequireLengths(a.Length, b.Length, result.Length);
        for (int p = 0; p < Moduli.Length; p++) Rows.Add(Row(a, p), Row(b, p), Row(result, p), Moduli[p]);
    }

    /// <summary><c>sum += other</c>.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void Add(Span<ulong> sum, ReadOnlySpan<ulong> other) => Add(sum, other, sum);

    /// <summary><c>result = a - b</c>.</summary>
    /// <inheritdoc cref="Add(ReadOnlySpan{ulong}, ReadOnlySpan{ulong}, Span{ulong})" path="/param|/exception"/>
    public void Subtract(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        RequireLengths(a.Length, b.Length, result.Length);
        for (int p = 0; p < Moduli.Length; p++) Rows.Subtract(Row(a, p), Row(b, p), Row(result, p), Moduli[p]);
    }

    /// <summary><c>difference -= other</c>.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void Subtract(Span<ulong> difference, ReadOnlySpan<ulong> other) => Subtract(difference, other, difference);

    /// <summary><c>poly = -poly</c>.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void Negate(Span<ulong> poly)
    {
        RequireLength(poly.Length);
        for (int p = 0; p < Moduli.Length; p++) Rows.Negate(Row(poly, p), Moduli[p]);
    }

    /// <summary><c>result = a · b</c> word by word: the product of polynomials when both are evaluations.</summary>
    /// <inheritdoc cref="Add(ReadOnlySpan{ulong}, ReadOnlySpan{ulong}, Span{ulong})" path="/param|/exception"/>
    public void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result)
    {
        RequireLengths(a.Length, b.Length, result.Length);
        for (int p = 0; p < Moduli.Length; p++) Rows.Multiply(Row(a, p), Row(b, p), Row(result, p), Moduli[p]);
    }

    /// <summary><c>product *= other</c> word by word.</summary>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void Multiply(Span<ulong> product, ReadOnlySpan<ulong> other) => Multiply(product, other, product);

    /// <summary><c>sum += a · b</c> word by word.</summary>
    /// <param name="a">Residues, <see cref="Words"/> of them.</param>
    /// <param name="b">The same.</param>
    /// <param name="sum">What is added to; may be <paramref name="a"/> or <paramref name="b"/>.</param>
    /// <exception cref="ArgumentException">Another length.</exception>
    public void MultiplyAdd(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> sum)
    {
        RequireLengths(a.Length, b.Length, sum.Length);
        for (int p = 0; p < Moduli.Length; p++) Rows.MultiplyAdd(Row(a, p), Row(b, p), Row(sum, p), Moduli[p]);
    }

    private Span<ulong> Row(Span<ulong> poly, int prime) => poly.Slice(prime * N, N);

    private ReadOnlySpan<ulong> Row(ReadOnlySpan<ulong> poly, int prime) => poly.Slice(prime * N, N);

    private void RequireLengths(int a, int b, int result)
    {
        RequireLength(a);
        RequireLength(b);
        RequireLength(result);
    }
}
