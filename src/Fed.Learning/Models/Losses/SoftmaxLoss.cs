using Fed.Learning.Numerics;

namespace Fed.Learning.Models.Losses;

/// <summary>Log-loss of several classes: <c>ln sum_c e^(z_c) - z_y</c>.</summary>
internal sealed class SoftmaxLoss(int classes) : ILoss
{
    /// <inheritdoc/>
    public int Outputs => classes;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> scores, double target, Span<double> slopes)
    {
        int y = (int)target;
        double ofTarget = scores[y];
        (double high, double sum) = Exponentials(scores, slopes);
        for (int c = 0; c < classes; c++) slopes[c] /= sum;
        slopes[y] -= 1;
        return high + FixedMath.Log(sum) - ofTarget;
    }

    /// <inheritdoc/>
    public void Curvature(ReadOnlySpan<double> scores, Span<double> curvature)
    {
        Span<double> share = stackalloc double[classes];
        (_, double sum) = Exponentials(scores, share);
        for (int a = 0; a < classes; a++)
            for (int b = 0; b < classes; b++)
                curvature[a * classes + b] = share[a] / sum * ((a == b ? 1 : 0) - share[b] / sum);
    }

    // Shifted by the highest score, so that none overflows.
    private static (double High, double Sum) Exponentials(ReadOnlySpan<double> scores, Span<double> exponentials)
    {
        double high = double.NegativeInfinity, sum = 0;
        foreach (double score in scores) high = Math.Max(high, score);
        for (int c = 0; c < scores.Length; c++)
        {
            exponentials[c] = FixedMath.Exp(scores[c] - high);
            sum += exponentials[c];
        }
        return (high, sum);
    }
}
