using Fed.Learning.Numerics;

namespace Fed.Learning.Models.Losses;

/// <summary>
/// Minus the log partial likelihood of Cox's model, ties after Breslow: the sum over events of <c>ln sum_(j at risk) e^(f_j) - f_i</c>. Risk sets are those of the rows given, so a batch
/// that is only a part of a site gives a biased estimate; sites are strata.
/// </summary>
/// <remarks>Cox 1972, J. R. Stat. Soc. B 34; for networks Katzman et al. 2018 (DeepSurv), doi:10.1186/s12874-018-0482-1.</remarks>
/// <param name="rowsMax">Rows of the largest batch.</param>
internal sealed class RiskLoss(int rowsMax) : IBatchLoss
{
    private readonly int[] _order = new int[rowsMax];
    private readonly double[] _times = new double[rowsMax];
    private readonly double[] _hazard = new double[rowsMax];

    /// <inheritdoc/>
    public bool IsSumOverRows => false;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, int rows, Span<double> slopes)
    {
        double high = double.NegativeInfinity, loss = 0, atRisk = 0, cumulative = 0;
        for (int r = 0; r < rows; r++)
        {
            high = Math.Max(high, scores[r]);
            _order[r] = r;
            _times[r] = -targets[2 * r];
        }
        _times.AsSpan(0, rows).Sort(_order.AsSpan(0, rows));
        // From the longest time down the sums at risk grow; _hazard keeps events / sum for each time.
        for (int start = 0; start < rows;)
        {
            int end = start, events = 0;
            for (; end < rows && _times[end] == _times[start]; end++)
            {
                int row = _order[end];
                atRisk += FixedMath.Exp(scores[row] - high);
                if (targets[2 * row + 1] != 0) events++;
            }
            double log = events > 0 ? FixedMath.Log(atRisk) + high : 0;
            for (int i = start; i < end; i++)
            {
                if (targets[2 * _order[i] + 1] != 0) loss += log - scores[_order[i]];
                _hazard[i] = i == start && events > 0 ? events / atRisk : 0;
            }
            start = end;
        }
        // From the shortest time up they add: dL/df_i = e^(f_i) * (sum over times up to t_i) - event_i.
        for (int end = rows; end > 0;)
        {
            int start = end - 1;
            while (start > 0 && _times[start - 1] == _times[end - 1]) start--;
            cumulative += _hazard[start];
            for (int i = start; i < end; i++)
            {
                int row = _order[i];
                slopes[row] = FixedMath.Exp(scores[row] - high) * cumulative - (targets[2 * row + 1] != 0 ? 1 : 0);
            }
            end = start;
        }
        return loss;
    }
}
