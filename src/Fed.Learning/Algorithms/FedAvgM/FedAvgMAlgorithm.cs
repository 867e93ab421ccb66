using Fed.Learning.Numerics;

namespace Fed.Learning.Algorithms.FedAvgM;

/// <summary>FedAvg with momentum at the server: <c>v = beta v + sum p_k (w_k - w)</c>, <c>w += server rate * v</c>. The server keeps v.</summary>
/// <remarks>Hsu, Qi, Brown 2019, arXiv 1909.06335. The change is the negative pseudo-gradient, hence the plus sign.</remarks>
internal sealed class FedAvgMAlgorithm(FedAvgMOptions options) : ChangeAlgorithm(options)
{
    /// <inheritdoc/>
    public override double[] InitialServerState(int parameters) => new double[parameters];

    /// <inheritdoc/>
    public override ServerUpdate Next(ServerTask task)
    {
        double[] velocity = task.Sum.Mean(Change);
        FixedOrder.AddScaled(options.Momentum, task.State, velocity);
        return new ServerUpdate(Moved(task.Parameters, options.ServerLearningRate, velocity), velocity, null);
    }
}
