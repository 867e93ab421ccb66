using Fed.Learning.Metrics;
using Fed.Learning.Numerics;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Algorithms.FedProx;

/// <summary>FedAvg whose sites are held near the round's model: a site minimises <c>F_k(y) + mu/2 |y - w|^2</c>, as exactly as it can.</summary>
/// <remarks>Li et al. 2020, MLSys, arXiv 1812.06127: the proximal term, gamma-inexact local solutions (definition 2) and the rule for an adaptive mu (section 5.3).</remarks>
internal sealed class FedProxAlgorithm(FedProxOptions options) : ChangeAlgorithm(options)
{
    /// <summary>By how much mu rises and falls.</summary>
    public const double MuStep = 0.1;

    /// <summary>Rounds running with a falling loss until mu falls.</summary>
    public const int FallsBeforeLess = 5;

    private const string Loss = "loss";
    private const string Inexactness = "inexactness";

    /// <inheritdoc/>
    public override ImmutableArray<Segment> Segments(int parameters, GridOptions grid)
    {
        List<Segment> segments = [grid.Training(Change, parameters)];
        if (options.IsAdaptive) segments.Add(grid.Training(Loss, 1));
        if (options.Inexactness is not null) segments.Add(grid.Training(Inexactness, 1));
        return [.. segments];
    }

    /// <inheritdoc/>
    public override double[] InitialServerState(int parameters) => options.IsAdaptive ? new Adaptation(options.Mu, double.PositiveInfinity, 0).ToState() : [];

    /// <inheritdoc/>
    public override ReadOnlySpan<double> Broadcast(double[] serverState) => options.IsAdaptive ? serverState.AsSpan(0, 1) : [];

    /// <inheritdoc/>
    public override void Compute(LocalTask task, LocalVector local)
    {
        if (options.IsAdaptive) local[Loss][0] = task.Objective(task.Parameters.Span, []);
        Span<double> change = local[Change];
        Train(task, change);
        if (options.Inexactness is null) return;
        double[] end = Moved(task.Parameters.ToArray(), 1, change);
        local[Inexactness][0] = new ProximalGradient(task, MuOf(task)).Share(end);
    }

    /// <inheritdoc/>
    public override ServerUpdate Next(ServerTask task)
    {
        double[] next = Moved(task.Parameters, 1, task.Sum.Mean(Change));
        ServerUpdate update = new(next, task.State, null);
        if (options.Inexactness is not null) update = update with { Metrics = update.Metrics.Add(MetricNames.Inexactness, task.Sum.Mean(Inexactness)[0]) };
        if (!options.IsAdaptive) return update;
        Adaptation adapted = Adaptation.FromState(task.State).After(task.Sum.Mean(Loss)[0]);
        return update with { State = adapted.ToState(), Metrics = update.Metrics.Add(MetricNames.ProximalMu, adapted.Mu) };
    }

    /// <inheritdoc/>
    protected override LocalWork Prepare(LocalTask task)
    {
        LocalWork work = base.Prepare(task) with { Proximal = MuOf(task) };
        if (options.Inexactness is not { } gamma) return work;
        ProximalGradient gradient = new(task, work.Proximal);
        return work with { IsEnough = parameters => gradient.Share(parameters) <= gamma };
    }

    private double MuOf(LocalTask task) => options.IsAdaptive ? task.Broadcast.Span[0] : options.Mu;

    /// <summary>How mu adapts: by the loss of the federation at the models of the rounds.</summary>
    private readonly record struct Adaptation(double Mu, double LastLoss, int Falls)
    {
        public static Adaptation FromState(double[] state) => new(state[0], state[1], (int)state[2]);

        public double[] ToState() => [Mu, LastLoss, Falls];

        public Adaptation After(double loss)
        {
            if (loss > LastLoss) return new(Mu + MuStep, loss, 0);
            int falls = loss < LastLoss && double.IsFinite(LastLoss) ? Falls + 1 : 0;
            return falls < FallsBeforeLess ? this with { LastLoss = loss, Falls = falls } : new(Math.Max(0, Mu - MuStep), loss, 0);
        }
    }

    /// <summary>The norm of the proximal objective's gradient, as a share of the one at the round's model.</summary>
    private sealed class ProximalGradient
    {
        private readonly LocalTask _task;
        private readonly double _mu;
        private readonly double[] _gradient;
        private readonly double _start;

        public ProximalGradient(LocalTask task, double mu)
        {
            (_task, _mu, _gradient) = (task, mu, new double[task.Parameters.Length]);
            _start = NormAt(task.Parameters.Span);
        }

        /// <summary>1 at the round's model; 0 where that is an optimum already.</summary>
        public double Share(ReadOnlySpan<double> parameters) => _start == 0 ? 0 : NormAt(parameters) / _start;

        private double NormAt(ReadOnlySpan<double> parameters)
        {
            _task.Objective(parameters, _gradient);
            FixedOrder.AddScaled(_mu, parameters, _gradient);
            FixedOrder.AddScaled(-_mu, _task.Parameters.Span, _gradient);
            return FixedOrder.Norm(_gradient);
        }
    }
}
