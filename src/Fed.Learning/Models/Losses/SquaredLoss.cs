namespace Fed.Learning.Models.Losses;

/// <summary>Half the squared error.</summary>
internal sealed class SquaredLoss : ILoss
{
    /// <inheritdoc/>
    public int Outputs => 1;

    /// <inheritdoc/>
    public void Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, Span<double> slopes, Span<double> losses)
    {
        for (int r = 0; r < scores.Length; r++)
        {
            double error = scores[r] - targets[r];
            slopes[r] = error;
            losses[r] = 0.5 * error * error;
        }
    }

    /// <inheritdoc/>
    public void Curvature(ReadOnlySpan<double> scores, Span<double> curvature) => curvature[0] = 1;
}
