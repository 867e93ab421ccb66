namespace Fed.Crypto.Tests.Attacks;

/// <summary>
/// A patient's row out of the update of a linear model: Phong, Aono, Hayashi, Wang and Moriai (IEEE TIFS 2018, doi:10.1109/TIFS.2017.2787987), the label after Zhao, Mopuri and Bilen (iDLG, arXiv 2001.02610).
/// </summary>
/// <remarks>
/// The gradient of softmax regression at one row x of class y is dW_c = (p_c - [c = y]) x and db_c = p_c - [c = y]: every dW_c / db_c is the row, and the one negative db_c is the label. Of a sum over rows the same quotient is a
/// weighted mean of rows.
/// </remarks>
internal static class RowReconstruction
{
    /// <summary>What one step of training at a row sends: minus the gradient, classes by features, then the biases.</summary>
    public static double[] Update(double[] weights, double[] row, int label, int classes)
    {
        int features = row.Length;
        double[] scores = [.. Enumerable.Range(0, classes).Select(c => weights[(classes * features) + c] + row.Select((x, j) => x * weights[(c * features) + j]).Sum())];
        double most = scores.Max(), total = scores.Sum(s => Math.Exp(s - most));
        double[] slopes = [.. scores.Select((s, c) => (c == label ? 1 : 0) - (Math.Exp(s - most) / total))];
        return [.. slopes.SelectMany(s => row.Select(x => s * x)), .. slopes];
    }

    /// <summary>The attack.</summary>
    /// <param name="update">An update, or a sum of some; or what is taken for one.</param>
    /// <param name="features">Length of a row.</param>
    /// <param name="classes">Classes.</param>
    /// <returns>The label whose bias rises most, and the quotient at that label.</returns>
    public static (int Label, double[] Row) Solve(ReadOnlySpan<double> update, int features, int classes)
    {
        int label = 0;
        for (int c = 1; c < classes; c++)
            if (update[(classes * features) + c] > update[(classes * features) + label]) label = c;
        double slope = update[(classes * features) + label];
        double[] row = new double[features];
        for (int j = 0; j < features; j++) row[j] = slope == 0 ? 0 : update[(label * features) + j] / slope;
        return (label, row);
    }

    /// <summary>The correlation of an estimate with a row, -1 to 1: 1 is the row up to scale.</summary>
    public static double Correlation(double[] x, double[] y)
    {
        double meanX = x.Average(), meanY = y.Average();
        double xy = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum(), xx = x.Sum(a => (a - meanX) * (a - meanX)), yy = y.Sum(b => (b - meanY) * (b - meanY));
        return xx == 0 || yy == 0 ? 0 : xy / Math.Sqrt(xx * yy);
    }
}
