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
public sealed record FedNovaOptions(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double Mu = 0, double ServerLearningRate = 1)
    : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override TrainerAbilities Needs => Mu > 0 ? TrainerAbilities.Proximal : TrainerAbilities.None;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        Above(ServerLearningRate, 0, "server-learning-rate");
        Below(Mu, 1 / LearningRate, "mu");
        return new FedNovaAlgorithm(this);
    }
}
