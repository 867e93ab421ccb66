namespace Fed.Learning.Algorithms.FedAvg;

/// <summary>Settings of FedAvg.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
/// <param name="ServerLearningRate">Multiplies the averaged change, above 0; 1 is plain FedAvg.</param>
public sealed record FedAvgOptions(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double ServerLearningRate = 1) : AlgorithmOptions
{
    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        if (LocalSteps.HasValue == LocalEpochs.HasValue) throw new ArgumentException("exactly one of local-steps and local-epochs is set");
        if ((LocalSteps ?? LocalEpochs) is < 1) throw new ArgumentException($"local-steps or local-epochs is {LocalSteps ?? LocalEpochs}; it must be at least 1");
        if (BatchSize < 0) throw new ArgumentException($"batch-size is {BatchSize}; it must be 0 (all rows) or above");
        if (!(LearningRate > 0 && double.IsFinite(LearningRate))) throw new ArgumentException($"learning-rate is {LearningRate}; it must be above 0");
        if (!(ServerLearningRate > 0 && double.IsFinite(ServerLearningRate))) throw new ArgumentException($"server-learning-rate is {ServerLearningRate}; it must be above 0");
        return new FedAvgAlgorithm(this);
    }
}
