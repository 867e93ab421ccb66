namespace Fed.Learning.Metrics;

/// <summary>Area under the receiver operating characteristic: the probability that a random row of class 1 scores above a random row of class 0, ties counting half.</summary>
public static class Auc
{
    /// <summary>Logits beyond +-16 (odds of nine million to one) share the outermost bins.</summary>
    public const double LogitMax = 16;

    /// <summary>Exact, from scores. Cost O(n log n).</summary>
    /// <param name="scores">Shape <c>[rows]</c>.</param>
    /// <param name="targets">0 or 1, shape <c>[rows]</c>.</param>
    /// <returns>Null when a class is absent.</returns>
    public static double? Exact(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets)
    {
        double[] sorted = scores.ToArray(), labels = targets.ToArray();
        Array.Sort(sorted, labels);
        double wins = 0, negatives = 0, positives = 0;
        for (int start = 0; start < sorted.Length;)
        {
            int end = start;
            double tiedNegatives = 0, tiedPositives = 0;
            for (; end < sorted.Length && sorted[end] == sorted[start]; end++)
            {
                if (labels[end] == 0) tiedNegatives++;
                else tiedPositives++;
            }
            wins += tiedPositives * (negatives + 0.5 * tiedNegatives);
            negatives += tiedNegatives;
            positives += tiedPositives;
            start = end;
        }
        return Ratio(wins, negatives, positives);
    }

    /// <summary>From histograms of logits: as exact, but rows of one bin count as ties. Sums of sites' histograms give the federation's figure.</summary>
    /// <param name="negatives">Rows of class 0 by bin, lowest first.</param>
    /// <param name="positives">Rows of class 1 by bin.</param>
    /// <returns>Null when a class is absent.</returns>
    public static double? Histogram(ReadOnlySpan<long> negatives, ReadOnlySpan<long> positives)
    {
        double wins = 0, below = 0, all = 0;
        for (int bin = 0; bin < negatives.Length; bin++)
        {
            wins += positives[bin] * (below + 0.5 * negatives[bin]);
            below += negatives[bin];
            all += positives[bin];
        }
        return Ratio(wins, below, all);
    }

    /// <summary>Bin of a logit among equal bins over [-16, 16].</summary>
    public static int Bin(double logit, int bins) => Math.Clamp((int)Math.Floor((logit + LogitMax) / (2 * LogitMax) * bins), 0, bins - 1);

    private static double? Ratio(double wins, double negatives, double positives) => negatives == 0 || positives == 0 ? null : wins / (negatives * positives);
}
