namespace Fed.Crypto.Ring;

/// <summary>Integer butterflies with lazy reduction: D. Harvey, Faster arithmetic for number-theoretic transforms, arXiv:1205.2926, in the negacyclic form of
/// P. Longa and M. Naehrig, eprint 2016/504. Works for every prime below 2^61.</summary>
internal sealed class ScalarNtt
{
    private readonly Modulus _q;
    private readonly ulong[] _roots, _rootQuotients, _inverseRoots, _inverseRootQuotients;
    private readonly ulong _degreeInverse, _degreeInverseQuotient;

    public ScalarNtt(int n, Modulus q, ulong root)
    {
        _q = q;
        _roots = NttTables.ReversedPowers(n, q, root);
        _rootQuotients = Array.ConvertAll(_roots, q.Quotient);
        _inverseRoots = NttTables.ReversedPowers(n, q, q.Inverse(root));
        _inverseRootQuotients = Array.ConvertAll(_inverseRoots, q.Quotient);
        _degreeInverse = q.Inverse(q.Reduce((ulong)n));
        _degreeInverseQuotient = q.Quotient(_degreeInverse);
    }

    public void Forward(Span<ulong> row)
    {
        ulong q = _q.Value, twice = 2 * q;
        int block = 1;
        for (int half = row.Length / 2; half > 0; half /= 2, block *= 2)
        {
            for (int i = 0; i < block; i++)
            {
                ulong w = _roots[block + i], quotient = _rootQuotients[block + i];
                Span<ulong> upper = row.Slice(2 * i * half, half), lower = row.Slice((2 * i * half) + half, half);
                for (int j = 0; j < upper.Length; j++)
                {
                    // Values stay below 4q between layers.
                    ulong x = Modulus.Correct(upper[j] - twice, twice);
                    ulong y = (lower[j] * w) - (Math.BigMul(lower[j], quotient, out _) * q);
                    upper[j] = x + y;
                    lower[j] = x - y + twice;
                }
            }
        }
        foreach (ref ulong value in row)
        {
            ulong x = Modulus.Correct(value - twice, twice);
            value = Modulus.Correct(x - q, q);
        }
    }

    public void Inverse(Span<ulong> row)
    {
        ulong q = _q.Value, twice = 2 * q;
        int block = row.Length / 2;
        for (int half = 1; half < row.Length; half *= 2, block /= 2)
        {
            for (int i = 0; i < block; i++)
            {
                ulong w = _inverseRoots[block + i], quotient = _inverseRootQuotients[block + i];
                Span<ulong> upper = row.Slice(2 * i * half, half), lower = row.Slice((2 * i * half) + half, half);
                for (int j = 0; j < upper.Length; j++)
                {
                    // Values stay below 2q between layers.
                    ulong sum = upper[j] + lower[j], difference = upper[j] - lower[j] + twice;
                    upper[j] = Modulus.Correct(sum - twice, twice);
                    lower[j] = (difference * w) - (Math.BigMul(difference, quotient, out _) * q);
                }
            }
        }
        foreach (ref ulong value in row)
        {
            ulong x = _q.MultiplyLazy(value, _degreeInverse, _degreeInverseQuotient);
            value = Modulus.Correct(x - q, q);
        }
    }
}
