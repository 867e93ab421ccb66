namespace Fed.Learning.Metrics;

/// <summary>
/// Pairs of rows of which one is known to have lived longer, by how predicted risks order them: what Harrell's C follows from. A pair counts when the shorter time ended in an event; of
/// equal times only an event and a censored row do, the censored one having lived longer. Pairs do not reach across sites, so sums of sites' counts give the figure stratified by site.
/// </summary>
/// <param name="Concordant">The row with the shorter time has the higher risk.</param>
/// <param name="Discordant">It has the lower one.</param>
/// <param name="Tied">Both have the same.</param>
/// <remarks>Harrell, Lee and Mark 1996, Stat. Med. 15(4); ties as in <c>survival::concordance</c> of R, whose strata add up in the same way.</remarks>
public readonly record struct Concordance(long Concordant, long Discordant, long Tied)
{
    /// <summary>Share of the pairs that the risks order rightly, ties counting half; null where there are no pairs.</summary>
    public double? Index => Total > 0 ? (Concordant + 0.5 * Tied) / Total : null;

    /// <summary>All pairs.</summary>
    public long Total => Concordant + Discordant + Tied;

    /// <summary>Counts the pairs of some rows. Cost O(n log n).</summary>
    /// <param name="risks">Higher means an earlier event; none is NaN. Shape <c>[rows]</c>.</param>
    /// <param name="targets">Time and whether an event ended it (not 0), shape <c>[rows, 2]</c>.</param>
    public static Concordance Of(ReadOnlySpan<double> risks, ReadOnlySpan<double> targets)
    {
        int rows = risks.Length;
        double[] levels = risks.ToArray(), times = new double[rows];
        int[] order = [.. Enumerable.Range(0, rows)];
        for (int r = 0; r < rows; r++) times[r] = -targets[2 * r];
        Array.Sort(times, order);   // the longest time first
        Array.Sort(levels);
        Ranks alive = new(rows);
        long concordant = 0, discordant = 0, tied = 0;
        for (int start = 0, end; start < rows; start = end)
        {
            for (end = start; end < rows && times[end] == times[start]; end++)
                if (targets[2 * order[end] + 1] == 0) alive.Add(RankOf(order[end], risks));
            for (int i = start; i < end; i++)
            {
                if (targets[2 * order[i] + 1] == 0) continue;
                int rank = RankOf(order[i], risks);
                long below = alive.UpTo(rank), notAbove = alive.UpTo(rank + 1);
                concordant += below;
                tied += notAbove - below;
                discordant += alive.Count - notAbove;
            }
            for (int i = start; i < end; i++)
                if (targets[2 * order[i] + 1] != 0) alive.Add(RankOf(order[i], risks));
        }
        return new Concordance(concordant, discordant, tied);

        // Equal risks share the rank of the first of them, so that nothing lies between it and the next.
        int RankOf(int row, ReadOnlySpan<double> of)
        {
            int low = 0, high = levels.Length;
            while (low < high)
            {
                int middle = (low + high) / 2;
                if (levels[middle] < of[row]) low = middle + 1;
                else high = middle;
            }
            return low;
        }
    }

    /// <summary>Pairs of both.</summary>
    public static Concordance operator +(Concordance left, Concordance right) =>
        new(left.Concordant + right.Concordant, left.Discordant + right.Discordant, left.Tied + right.Tied);

    /// <summary>How many rows were added below a rank: a binary indexed tree.</summary>
    /// <remarks>Fenwick 1994, Softw. Pract. Exp. 24(3).</remarks>
    private sealed class Ranks(int length)
    {
        private readonly int[] _sums = new int[length + 1];

        public int Count { get; private set; }

        public void Add(int rank)
        {
            Count++;
            for (int i = rank + 1; i < _sums.Length; i += i & -i) _sums[i]++;
        }

        public long UpTo(int rank)
        {
            long sum = 0;
            for (int i = rank; i > 0; i -= i & -i) sum += _sums[i];
            return sum;
        }
    }
}
