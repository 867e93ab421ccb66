namespace Fed.Learning.Models.Losses;

/// <summary>Half the squared error.</summary>
internal sealed class SquaredLoss : ILoss
{
    /// <inheritdoc/>
    public int Outputs => 1;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> scores, double target, Span<double> slopes)
    {
        double error = scores[0] - target;
        slopes[0] = error;
        return 0.5 * error * error;
    }

    /// <inheritdoc/>
    public void Curvature(ReadOnlySpan<double> scores, Span<double> curvature) => curvature[0] = 1;

}
