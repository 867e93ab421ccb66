using System.Numerics;

namespace Fed.Crypto.SecAgg;

/// <summary>How many of k draws without replacement from a population are marked: exact tails, as integers over C(population, k).</summary>
/// <param name="population">Size of the population.</param>
/// <param name="marked">Marked members.</param>
internal sealed class Hypergeometric(int population, int marked)
{
    private readonly BigInteger[] _marked = Row(marked), _others = Row(population - marked), _all = Row(population);

    /// <summary>The smallest m with <c>union * P[more than m of the draws are marked] &lt; 2^-bits</c>.</summary>
    public int Exceeded(int draws, int union, int bits)
    {
        BigInteger bound = _all[draws], tail = 0;
        int most = Math.Min(draws, marked);
        for (int m = most; m > 0; m--)
        {
            tail += Ways(draws, m);
            if (tail * union << bits >= bound) return m;
        }
        return 0;
    }

    /// <summary>Whether <c>union * P[at least m of the draws are marked] &lt; 2^-bits</c>.</summary>
    public bool IsAtLeastRare(int draws, int m, int union, int bits) => m > Exceeded(draws, union, bits);

    /// <summary>Whether <c>union * P[fewer than m of the draws are marked] &lt; 2^-bits</c>.</summary>
    public bool IsBelowRare(int draws, int m, int union, int bits)
    {
        BigInteger tail = 0;
        for (int i = 0; i < m; i++) tail += Ways(draws, i);
        return tail * union << bits < _all[draws];
    }

    private BigInteger Ways(int draws, int m) =>
        m > marked || draws - m > population - marked || m > draws ? 0 : _marked[m] * _others[draws - m];

    // C(n, 0) to C(n, n).
    private static BigInteger[] Row(int n)
    {
        BigInteger[] row = new BigInteger[n + 1];
        row[0] = 1;
        for (int i = 1; i <= n; i++) row[i] = row[i - 1] * (n - i + 1) / i;
        return row;
    }
}
