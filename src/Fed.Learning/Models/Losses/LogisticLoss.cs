using Fed.Learning.Numerics;

namespace Fed.Learning.Models.Losses;

/// <summary>Log-loss of two classes: <c>ln(1 + e^z) - y z</c>.</summary>
internal sealed class LogisticLoss : ILoss
{
    /// <inheritdoc/>
    public int Outputs => 1;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> scores, double target, Span<double> slopes)
    {
        double z = scores[0];
        slopes[0] = FixedMath.Sigmoid(z) - target;
        return FixedMath.Softplus(target == 0 ? z : -z);   // the same as ln(1 + e^z) - y z, without cancellation
    }

    /// <inheritdoc/>
    public void Curvature(ReadOnlySpan<double> scores, Span<double> curvature)
    {
        double z = scores[0];
        curvature[0] = FixedMath.Sigmoid(z) * FixedMath.Sigmoid(-z);
    }

}
