using System.Text.Json.Serialization;
using Fed.Learning.External;

namespace Fed.Learning.Algorithms.Scaffold;

/// <summary>How a site renews its control variate.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ControlVariate>))]
public enum ControlVariate
{
    /// <summary>Option I: the gradient of all its rows at the round's model; one more pass, less noise.</summary>
    [JsonStringEnumMemberName("gradient")]
    Gradient,

    /// <summary>Option II: the mean of the gradients that its steps followed; free.</summary>
    [JsonStringEnumMemberName("steps")]
    Steps,
}

/// <summary>Settings of SCAFFOLD.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
/// <param name="ServerLearningRate">Multiplies the averaged change, above 0.</param>
/// <param name="ControlVariate">Option I or II.</param>
public sealed record ScaffoldOptions(
    int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double ServerLearningRate = 1, ControlVariate ControlVariate = ControlVariate.Steps)
    : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override bool NeedsObjective => ControlVariate == ControlVariate.Gradient;

    /// <inheritdoc/>
    [JsonIgnore]
    public override TrainerAbilities Needs => TrainerAbilities.Correction;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        Above(ServerLearningRate, 0, "server-learning-rate");
        return new ScaffoldAlgorithm(this);
    }
}
