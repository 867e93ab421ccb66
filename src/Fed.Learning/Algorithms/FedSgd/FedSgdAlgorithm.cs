using Fed.Learning.Numerics;
using Fed.Learning.Program;

namespace Fed.Learning.Algorithms.FedSgd;

/// <summary>One exact gradient step a round: <c>w -= rate * sum p_k g_k(w)</c>. Equals a centralised full-batch step for any division of the rows.</summary>
/// <remarks>FederatedSGD of McMahan et al. 2017, AISTATS, arXiv 1602.05629.</remarks>
internal sealed class FedSgdAlgorithm(FedSgdOptions options) : IFederatedAlgorithm
{
    private const string Gradient = "gradient";

    /// <inheritdoc/>
    public ImmutableArray<Segment> Segments(int parameters, GridOptions grid) => [grid.Training(Gradient, parameters)];

    /// <inheritdoc/>
    public void Compute(LocalTask task, LocalVector local)
    {
        task.Objective(task.Parameters.Span, local[Gradient]);
        task.ProgressPercent(100);
    }

    /// <inheritdoc/>
    public ServerUpdate Next(ServerTask task)
    {
        double[] gradient = task.Sum.Mean(Gradient), next = [.. task.Parameters];
        FixedOrder.AddScaled(-options.LearningRate, gradient, next);
        return new ServerUpdate(next, task.State, FixedOrder.Norm(gradient));
    }
}
