namespace Fed.Learning.Algorithms.FedAvg;

/// <summary>Several local steps a round, then the weighted mean of the changes: <c>w += server rate * sum p_k (w_k - w)</c>, p_k renormalised over the contributors.</summary>
/// <remarks>FederatedAveraging of McMahan et al. 2017, AISTATS, arXiv 1602.05629.</remarks>
internal sealed class FedAvgAlgorithm(FedAvgOptions options) : ChangeAlgorithm(options)
{
    /// <inheritdoc/>
    public override ServerUpdate Next(ServerTask task) => new(Moved(task.Parameters, options.ServerLearningRate, task.Sum.Mean(Change)), task.State, null);
}
