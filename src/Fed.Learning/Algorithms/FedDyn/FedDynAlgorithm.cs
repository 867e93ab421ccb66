using Fed.Learning.Numerics;
using Fed.Learning.Training;

namespace Fed.Learning.Algorithms.FedDyn;

/// <summary>
/// A regulariser that each site renews makes the optima of the sites agree with the global one: a site minimises <c>F_k(theta) - h_k theta + alpha/2 |theta - w|^2</c> and then
/// <c>h_k -= alpha (theta_k - w)</c>; the server keeps <c>h -= alpha sum p_k (theta_k - w)</c> and sets <c>w = mean(theta_k) - h / alpha</c>. All start at 0.
/// </summary>
/// <remarks>Acar et al. 2021, ICLR, arXiv 2111.04263, with the weights of the objective: weights = uniform is the paper's rule. h_k is promoted when its round commits, by the contributed change.</remarks>
internal sealed class FedDynAlgorithm(FedDynOptions options) : ChangeAlgorithm(options)
{
    /// <inheritdoc/>
    public override bool KeepsSiloState => true;

    /// <inheritdoc/>
    public override double[] InitialServerState(int parameters) => new double[parameters];

    /// <inheritdoc/>
    public override double[] NextSiloState(LocalTask task, LocalVector contributed) => Moved(Own(task), -options.Alpha, contributed[Change]);

    /// <inheritdoc/>
    public override ServerUpdate Next(ServerTask task)
    {
        double[] h = Moved(task.State, -options.Alpha / task.Sum.TotalWeight, task.Sum.Total(Change));
        double[] next = Moved(task.Parameters, 1, task.Sum.Mean(Change));
        FixedOrder.AddScaled(-1 / options.Alpha, h, next);
        return new ServerUpdate(next, h, null);
    }

    /// <inheritdoc/>
    protected override LocalWork Prepare(LocalTask task)
    {
        double[] correction = new double[task.Parameters.Length];
        FixedOrder.AddScaled(-1, Own(task), correction);
        return base.Prepare(task) with { Correction = correction, Proximal = options.Alpha };
    }

    private static double[] Own(LocalTask task) => task.SiloState is { } kept ? kept.ToArray() : new double[task.Parameters.Length];
}
