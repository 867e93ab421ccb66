using System.Text.Json.Serialization;
using Fed.Learning.External;

namespace Fed.Learning.Algorithms.FedNova;

/// <summary>Settings of FedNova.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0; the same at every site.</param>
/// <param name="Mu">Proximal term of the local steps, at least 0 and with learning-rate * mu below 1.</param>
/// <param name="ServerLearningRate">Multiplies the normalised step, above 0.</param>
/// <param name="Momentum">Share of the last local direction that is kept, at least 0 and below 1; 0, and then not in the plan's JSON, is plain steps.</param>
public sealed record FedNovaOptions(
    int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double Mu = 0, double ServerLearningRate = 1,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] double Momentum = 0)
    : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TrainerAbilities Needs => (Mu > 0 ? TrainerAbilities.Proximal : TrainerAbilities.None) | (Momentum > 0 ? TrainerAbilities.Optimizer : TrainerAbilities.None);

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        Above(ServerLearningRate, 0, "server-learning-rate");
        Below(Mu, 1 / LearningRate, "mu");
        Below(Momentum, 1, "momentum");
        return new FedNovaAlgorithm(this);
    }
}
