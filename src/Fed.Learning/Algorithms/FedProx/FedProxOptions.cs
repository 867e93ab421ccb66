using System.Text.Json.Serialization;
using Fed.Learning.External;

namespace Fed.Learning.Algorithms.FedProx;

/// <summary>Settings of FedProx.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
/// <param name="Mu">Strength of the pull towards the round's model, at least 0; 0 is FedAvg.</param>
/// <param name="IsAdaptive">Whether mu rises by 0.1 when the loss of the federation rises, and falls by 0.1 when it has fallen five rounds running.</param>
/// <param name="Inexactness">gamma in (0, 1): a site stops after the pass that brings the gradient of its proximal objective below gamma times the one it began with, and all report what they reached. Null: steps decide.</param>
public sealed record FedProxOptions(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double Mu = 0.01, bool IsAdaptive = false, double? Inexactness = null)
    : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool AllowsOptimizer => true;

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsObjective => IsAdaptive || Inexactness is not null;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TrainerAbilities Needs => Mu > 0 || IsAdaptive ? TrainerAbilities.Proximal : TrainerAbilities.None;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        Below(Mu, double.PositiveInfinity, "mu");
        if (Inexactness is { } gamma && !(gamma is > 0 and < 1)) throw new ArgumentException($"inexactness is {gamma}; it must be above 0 and below 1");
        return new FedProxAlgorithm(this);
    }
}
