namespace Fed.Crypto.Ring;

/// <summary>Arithmetic on rows of residues, one at a time: the twins of <see cref="LaneRows{TLanes, TVector}"/>, and what serves primes above 50 bits.</summary>
internal static class ScalarRows
{
    public static void Add(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        a = a[..result.Length];
        b = b[..result.Length];
        for (int i = 0; i < result.Length; i++) result[i] = q.Add(a[i], b[i]);
    }

    public static void Subtract(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        a = a[..result.Length];
        b = b[..result.Length];
        for (int i = 0; i < result.Length; i++) result[i] = q.Subtract(a[i], b[i]);
    }

    public static void Negate(Span<ulong> row, Modulus q)
    {
        foreach (ref ulong residue in row) residue = q.Negate(residue);
    }

    public static void Multiply(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> result, Modulus q)
    {
        a = a[..result.Length];
        b = b[..result.Length];
        for (int i = 0; i < result.Length; i++) result[i] = q.Multiply(a[i], b[i]);
    }

    public static void MultiplyAdd(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> sum, Modulus q)
    {
        a = a[..sum.Length];
        b = b[..sum.Length];
        for (int i = 0; i < sum.Length; i++) sum[i] = q.Add(sum[i], q.Multiply(a[i], b[i]));
    }

    public static void FromSigned(ReadOnlySpan<sbyte> values, Span<ulong> row, Modulus q)
    {
        values = values[..row.Length];
        for (int i = 0; i < row.Length; i++) row[i] = q.Reduce((long)values[i]);
    }

    public static void FromSigned(ReadOnlySpan<long> values, Span<ulong> row, Modulus q)
    {
        values = values[..row.Length];
        for (int i = 0; i < row.Length; i++) row[i] = q.Reduce(values[i]);
    }

    public static void FromSigned(ReadOnlySpan<Int128> values, Span<ulong> row, Modulus q)
    {
        values = values[..row.Length];
        for (int i = 0; i < row.Length; i++) row[i] = q.Reduce(values[i]);
    }

    /// <summary>Any words to residues.</summary>
    public static void Reduce(ReadOnlySpan<ulong> words, Span<ulong> row, Modulus q)
    {
        words = words[..row.Length];
        for (int i = 0; i < row.Length; i++) row[i] = q.Reduce(words[i]);
    }

    /// <summary>Sums of words without reduction.</summary>
    public static void AddWords(ReadOnlySpan<ulong> words, Span<ulong> sums)
    {
        words = words[..sums.Length];
        for (int i = 0; i < sums.Length; i++) sums[i] += words[i];
    }
}
