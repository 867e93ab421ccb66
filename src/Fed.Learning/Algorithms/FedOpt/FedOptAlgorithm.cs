namespace Fed.Learning.Algorithms.FedOpt;

/// <summary>
/// FedAdagrad, FedAdam and FedYogi: the mean change D is a pseudo-gradient of an adaptive optimiser at the server. <c>m = beta1 m + (1 - beta1) D</c>, v by the optimiser's rule,
/// <c>w += server rate * m / (sqrt(v) + tau)</c>, entry by entry. The server keeps m and v, which start at 0 and tau^2.
/// </summary>
/// <remarks>Reddi et al. 2021, ICLR, arXiv 2003.00295, algorithm 2. As there, no bias correction.</remarks>
internal sealed class FedOptAlgorithm(FedOptOptions options) : ChangeAlgorithm(options)
{
    /// <inheritdoc/>
    public override double[] InitialServerState(int parameters)
    {
        double[] state = new double[2 * parameters];
        state.AsSpan(parameters).Fill(options.Tau * options.Tau);
        return state;
    }

    /// <inheritdoc/>
    public override ServerUpdate Next(ServerTask task)
    {
        double[] change = task.Sum.Mean(Change), next = [.. task.Parameters], state = [.. task.State];
        Span<double> mean = state.AsSpan(0, next.Length), second = state.AsSpan(next.Length);
        for (int i = 0; i < next.Length; i++)
        {
            mean[i] = options.Beta1 * mean[i] + (1 - options.Beta1) * change[i];
            second[i] = options.SecondMoment(second[i], change[i] * change[i]);
            next[i] += options.ServerLearningRate * mean[i] / (Math.Sqrt(second[i]) + options.Tau);
        }
        return new ServerUpdate(next, state, null);
    }
}
