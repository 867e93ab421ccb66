using Fed.Learning.Numerics;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Algorithms.FedAvg;

/// <summary>Several local steps a round, then the weighted mean of the changes: <c>w += server rate * sum p_k (w_k - w)</c>, p_k renormalised over the contributors.</summary>
/// <remarks>FederatedAveraging of McMahan et al. 2017, AISTATS, arXiv 1602.05629. Changes travel, not models: their range is smaller and they can be clipped.</remarks>
internal sealed class FedAvgAlgorithm(FedAvgOptions options) : IFederatedAlgorithm
{
    private const string Change = "change";

    /// <inheritdoc/>
    public ImmutableArray<Segment> Segments(int parameters, GridOptions grid) => [grid.Training(Change, parameters)];

    /// <inheritdoc/>
    public void Compute(LocalTask task, LocalVector local)
    {
        Span<double> change = local[Change];
        ReadOnlySpan<double> start = task.Parameters.Span;
        start.CopyTo(change);
        int steps = options.LocalSteps ?? LocalWork.StepsOf(options.LocalEpochs!.Value, task.Data.Rows, options.BatchSize);
        LocalDescent.Run(task.Work(steps, options.BatchSize, options.LearningRate), change);
        FixedOrder.AddScaled(-1, start, change);
    }

    /// <inheritdoc/>
    public ServerUpdate Next(ServerTask task)
    {
        double[] next = [.. task.Parameters];
        FixedOrder.AddScaled(options.ServerLearningRate, task.Sum.Mean(Change), next);
        return new ServerUpdate(next, task.State, null);
    }
}
