using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Algorithms.FedNova;

/// <summary>
/// Sites that take more steps do not pull the model towards their own optimum: each contributes its change divided by a_k, the steps that the change weighs, and a_k itself; the server moves
/// by <c>(sum p_k a_k) * sum p_k change_k / a_k</c>. With equal steps everywhere it is FedAvg.
/// </summary>
/// <remarks>Wang et al. 2020, NeurIPS, arXiv 2007.07481: <c>d_k = (w - w_k) / (rate |a_k|_1)</c> and <c>w -= rate tau_eff sum p_k d_k</c>; the common rate cancels.</remarks>
internal sealed class FedNovaAlgorithm(FedNovaOptions options) : ChangeAlgorithm(options)
{
    private const string Steps = "steps";

    /// <inheritdoc/>
    public override ImmutableArray<Segment> Segments(int parameters, GridOptions grid) => [grid.Training(Change, parameters), grid.Training(Steps, 1)];

    /// <inheritdoc/>
    public override void Compute(LocalTask task, LocalVector local)
    {
        Span<double> change = local[Change];
        double weight = WeightOf(Train(task, change).Steps, options.LearningRate * options.Mu, options.Momentum);
        for (int i = 0; i < change.Length; i++) change[i] /= weight;
        local[Steps][0] = weight;
    }

    /// <inheritdoc/>
    public override ServerUpdate Next(ServerTask task) =>
        new(Moved(task.Parameters, options.ServerLearningRate * task.Sum.Mean(Steps)[0], task.Sum.Mean(Change)), task.State, null);

    /// <inheritdoc/>
    protected override LocalWork Prepare(LocalTask task)
    {
        LocalWork work = base.Prepare(task) with { Proximal = options.Mu };
        return options.Momentum > 0 ? work with { Optimizer = new OptimizerOptions(OptimizerKind.Momentum, options.Momentum) } : work;
    }

    // |a|_1: how far, in rates, so many steps go along a gradient that is 1 in each. Fading: the pull back of rate mu. The number of steps where there is neither pull nor momentum.
    private static double WeightOf(int steps, double fading, double momentum)
    {
        double weight = 0, direction = 0;
        for (int step = 0; step < steps; step++)
        {
            direction = momentum * direction + 1 - fading * weight;
            weight += direction;
        }
        return weight;
    }
}
