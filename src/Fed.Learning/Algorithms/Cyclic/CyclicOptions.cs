using System.Text.Json.Serialization;

namespace Fed.Learning.Algorithms.Cyclic;

/// <summary>Settings of cyclic weight transfer.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
public sealed record CyclicOptions(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate) : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool AllowsOptimizer => true;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool IsOneSiteARound => true;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        return new CyclicAlgorithm(this);
    }
}
