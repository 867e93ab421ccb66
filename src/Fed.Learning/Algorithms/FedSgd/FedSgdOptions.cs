using System.Text.Json.Serialization;

namespace Fed.Learning.Algorithms.FedSgd;

/// <summary>Settings of FedSGD.</summary>
/// <param name="LearningRate">Step along the summed gradient, above 0; 1 / (largest eigenvalue of the Hessian) is a good start.</param>
public sealed record FedSgdOptions(double LearningRate = 0.1) : AlgorithmOptions
{
    /// <inheritdoc/>
    public override bool SumsGradients => true;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsObjective => true;

    /// <inheritdoc/>
    [JsonIgnore]
    public override double LocalLearningRate => LearningRate;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create() =>
        LearningRate > 0 && double.IsFinite(LearningRate) ? new FedSgdAlgorithm(this) : throw new ArgumentException($"learning-rate is {LearningRate}; it must be above 0");
}
