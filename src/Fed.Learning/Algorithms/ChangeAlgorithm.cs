using Fed.Learning.Numerics;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Algorithms;

/// <summary>
/// The shape that most algorithms share: a site trains from the global model and contributes its change. Hooks: how it trains (<see cref="Prepare"/>), and what the server makes of the mean
/// change. Changes travel, not models: their range is smaller and they can be clipped.
/// </summary>
internal abstract class ChangeAlgorithm(LocalTrainingOptions options) : IFederatedAlgorithm
{
    /// <summary>The segment of the site's change <c>w_k - w</c>.</summary>
    protected const string Change = "change";

    /// <inheritdoc/>
    public virtual ImmutableArray<Segment> Segments(int parameters, GridOptions grid) => [grid.Training(Change, parameters)];

    /// <inheritdoc/>
    public virtual double[] InitialServerState(int parameters) => [];

    /// <inheritdoc/>
    public virtual ReadOnlySpan<double> Broadcast(double[] serverState) => [];

    /// <inheritdoc/>
    public virtual void Compute(LocalTask task, LocalVector local) => Train(task, local[Change]);

    /// <inheritdoc/>
    public abstract ServerUpdate Next(ServerTask task);

    /// <inheritdoc/>
    public virtual bool KeepsSiloState => false;

    /// <inheritdoc/>
    public virtual double[]? NextSiloState(LocalTask task, LocalVector contributed) => null;

    /// <summary>The site's local training; the default is plain descent.</summary>
    protected virtual LocalWork Prepare(LocalTask task) => options.Work(task);

    /// <summary>Trains and writes the change.</summary>
    /// <param name="task">What to start from.</param>
    /// <param name="change">Receives <c>w_k - w</c>, shape <c>[parameters]</c>.</param>
    /// <returns>What the training came to.</returns>
    protected LocalReport Train(LocalTask task, Span<double> change)
    {
        ReadOnlySpan<double> start = task.Parameters.Span;
        start.CopyTo(change);
        LocalReport report = task.Trainer(Prepare(task), change);
        FixedOrder.AddScaled(-1, start, change);
        return report;
    }

    /// <summary>The next model: the present one plus a multiple of a vector.</summary>
    protected static double[] Moved(double[] parameters, double factor, ReadOnlySpan<double> along)
    {
        double[] next = [.. parameters];
        FixedOrder.AddScaled(factor, along, next);
        return next;
    }
}
