using System.Text.Json.Serialization;

namespace Fed.Learning.Algorithms.FedOpt;

/// <summary>Settings of the adaptive server optimisers.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
/// <param name="ServerLearningRate">Length of the server's steps, above 0.</param>
/// <param name="Beta1">Share of the mean change that is kept from round to round, in [0, 1).</param>
/// <param name="Tau">Keeps small entries small, above 0. Much smaller values than 1e-3 turn noise into steps.</param>
public abstract record FedOptOptions(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double ServerLearningRate, double Beta1, double Tau)
    : LocalTrainingOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate)
{
    /// <summary>The second moment that follows from the one before and a squared change.</summary>
    internal abstract double SecondMoment(double before, double squared);

    /// <inheritdoc/>
    [JsonIgnore]
    public override bool AllowsOptimizer => true;

    /// <inheritdoc/>
    public override IFederatedAlgorithm Create()
    {
        CheckLocal();
        Above(ServerLearningRate, 0, "server-learning-rate");
        Below(Beta1, 1, "beta1");
        Above(Tau, 0, "tau");
        return new FedOptAlgorithm(this);
    }
}
