namespace Fed.Learning.Algorithms.FedOpt;

/// <summary>Settings of FedAdagrad: second moments add up, <c>v + D^2</c>.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
/// <param name="ServerLearningRate">Length of the server's steps, above 0.</param>
/// <param name="Beta1">Share of the mean change that is kept from round to round, in [0, 1).</param>
/// <param name="Tau">Keeps small entries small, above 0. Much smaller values than 1e-3 turn noise into steps.</param>
public sealed record FedAdagradOptions(
    int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double ServerLearningRate = 0.1, double Beta1 = 0, double Tau = 1e-3)
    : FedOptOptions(LocalSteps, LocalEpochs, BatchSize, LearningRate, ServerLearningRate, Beta1, Tau)
{
    internal override double SecondMoment(double before, double squared) => before + squared;
}
