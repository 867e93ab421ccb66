using System.Text.Json.Serialization;
using Fed.Learning.External;

namespace Fed.Learning.Algorithms.FedDyn;

/// <summary>Settings of FedDyn.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
/// <param name="Alpha">Strength of the dynamic regulariser, above 0; 0.01 to 0.1 are usual.</param>
public sealed record FedDynOptions(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double Alpha = 0.1)
    : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TrainerAbilities Needs => TrainerAbilities.Correction | TrainerAbilities.Proximal;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        Above(Alpha, 0, "alpha");
        return new FedDynAlgorithm(this);
    }
}
