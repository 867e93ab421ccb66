namespace Fed.Vectors;

/// <summary>How far a decoded weighted mean can be from the exact one.</summary>
public static class GridError
{
    /// <summary>Bound on |error| of one entry: <c>contributors * r * step * n_cap / sum m</c>, with r = 1/2 for nearest and 1 for stochastic rounding, if nothing was clipped.</summary>
    /// <param name="contributors">Silos in the sum.</param>
    /// <param name="segment">The entry's segment.</param>
    /// <param name="weightCap">n_cap, the weight that counts as 1; 1 for unweighted means.</param>
    /// <param name="weightSum">Sum of m_k = min(n_k, n_cap).</param>
    /// <param name="exponent">Where steps adapt, the power of two by which the round's step differs from the segment's.</param>
    public static double Bound(int contributors, Segment segment, double weightCap, double weightSum, int exponent = 0) =>
        Math.ScaleB(1, exponent) * contributors * (segment.Rounding == GridRounding.Nearest ? 0.5 : 1.0) * segment.Step * weightCap / weightSum;
}
