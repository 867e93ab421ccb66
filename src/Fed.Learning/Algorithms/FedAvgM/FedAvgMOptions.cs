using System.Text.Json.Serialization;

namespace Fed.Learning.Algorithms.FedAvgM;

/// <summary>Settings of FedAvgM.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
/// <param name="Momentum">Share of the server's velocity that is kept, in [0, 1); 0 is FedAvg.</param>
/// <param name="ServerLearningRate">Multiplies the velocity, above 0; 1 - momentum keeps the length of steps.</param>
public sealed record FedAvgMOptions(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double Momentum = 0.9, double ServerLearningRate = 1)
    : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool AllowsOptimizer => true;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        Below(Momentum, 1, "momentum");
        Above(ServerLearningRate, 0, "server-learning-rate");
        return new FedAvgMAlgorithm(this);
    }
}
