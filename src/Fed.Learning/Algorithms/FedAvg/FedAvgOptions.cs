using System.Text.Json.Serialization;

namespace Fed.Learning.Algorithms.FedAvg;

/// <summary>Settings of FedAvg.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
/// <param name="ServerLearningRate">Multiplies the averaged change, above 0; 1 is plain FedAvg.</param>
public sealed record FedAvgOptions(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double ServerLearningRate = 1)
    : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool AllowsOptimizer => true;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        Above(ServerLearningRate, 0, "server-learning-rate");
        return new FedAvgAlgorithm(this);
    }
}
