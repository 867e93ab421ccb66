using Fed.Learning.Numerics;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Algorithms.Scaffold;

/// <summary>
/// Local steps corrected for the drift of the sites: <c>y -= rate * (g_k(y) - c_k + c)</c>. A site contributes its change and the change of its control variate c_k; the server moves w by the mean
/// of the one and c by the sum of the other, weighted over all sites of the federation, so that <c>c = sum p_k c_k</c> holds also when sites are absent.
/// </summary>
/// <remarks>
/// Karimireddy et al. 2020, ICML, arXiv 1910.06378, with the weights of the objective in the place of 1 / K. A site's c_k is promoted only when its round commits, by the
/// value that was contributed after clipping and rounding, so both sides of the invariant move alike.
/// </remarks>
internal sealed class ScaffoldAlgorithm(ScaffoldOptions options) : ChangeAlgorithm(options)
{
    private const string Variate = "variate";

    /// <inheritdoc/>
    public override bool KeepsSiloState => true;

    /// <inheritdoc/>
    public override ImmutableArray<Segment> Segments(int parameters, GridOptions grid) => [grid.Training(Change, parameters), grid.Training(Variate, parameters)];

    /// <inheritdoc/>
    public override double[] InitialServerState(int parameters) => new double[parameters];

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Broadcast(double[] serverState) => serverState;

    /// <inheritdoc/>
    public override void Compute(LocalTask task, LocalVector local)
    {
        Span<double> change = local[Change], variate = local[Variate];
        LocalReport trained = Train(task, change);
        if (options.ControlVariate == ControlVariate.Gradient)
        {
            task.Objective(task.Parameters.Span, variate);
            FixedOrder.AddScaled(-1, Own(task), variate);
            return;
        }

        // c_k+ - c_k = -c - (y - w) / (steps * rate)
        double travelled = trained.Steps * options.LearningRate;
        ReadOnlySpan<double> common = task.Broadcast.Span;
        for (int i = 0; i < variate.Length; i++) variate[i] = -common[i] - change[i] / travelled;
    }

    /// <inheritdoc/>
    public override double[] NextSiloState(LocalTask task, LocalVector contributed)
    {
        double[] next = Own(task).ToArray();
        FixedOrder.AddScaled(1, contributed[Variate], next);
        return next;
    }

    /// <inheritdoc/>
    public override ServerUpdate Next(ServerTask task) => new(
        Moved(task.Parameters, options.ServerLearningRate, task.Sum.Mean(Change)), Moved(task.State, 1.0 / task.Sum.TotalWeight, task.Sum.Total(Variate)), null);

    /// <inheritdoc/>
    protected override LocalWork Prepare(LocalTask task)
    {
        double[] correction = [.. task.Broadcast.Span];
        FixedOrder.AddScaled(-1, Own(task), correction);
        return base.Prepare(task) with { Correction = correction };
    }

    private static ReadOnlySpan<double> Own(LocalTask task) => task.SiloState is { } kept ? kept.Span : new double[task.Parameters.Length];
}
