using Fed.Learning.Numerics;

namespace Fed.Learning.Models.Losses;

/// <summary>
/// Minus the log-likelihood of discrete-time survival: interval j's score is the log-odds of an event in it for who reached it. A row pays for each interval that it survived whole, and for
/// the one in which its event fell; an interval in which it was censored says nothing. A plain sum over rows, hence exact for any division of the rows among sites.
/// </summary>
/// <remarks>Singer and Willett 1993, J. Educ. Stat. 18(2), doi:10.3102/10769986018002155; for networks Gensheimer and Narasimhan 2019, doi:10.7717/peerj.6257.</remarks>
/// <param name="cuts">Ends of the intervals but the last, ascending; interval j holds times in (cuts[j - 1], cuts[j]].</param>
internal sealed class HazardLoss(ImmutableArray<double> cuts) : IBatchLoss
{
    /// <summary>Intervals: one more than cuts.</summary>
    public int Outputs => cuts.Length + 1;

    /// <inheritdoc/>
    public bool IsSumOverRows => true;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, int rows, Span<double> slopes)
    {
        double sum = 0;
        slopes.Clear();
        for (int r = 0; r < rows; r++)
        {
            int last = Interval(targets[2 * r]);
            bool hasEvent = targets[2 * r + 1] != 0;
            for (int j = 0; j < last || (j == last && hasEvent); j++)
            {
                double score = scores[r * Outputs + j];
                sum += FixedMath.Softplus(j < last ? score : -score);
                slopes[r * Outputs + j] = FixedMath.Sigmoid(score) - (j < last ? 0 : 1);
            }
        }
        return sum;
    }

    private int Interval(double time)
    {
        int interval = 0;
        while (interval < cuts.Length && time > cuts[interval]) interval++;
        return interval;
    }
}
