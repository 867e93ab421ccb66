using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Training;

namespace Fed.Learning.Algorithms;

/// <summary>What a silo's local work starts from.</summary>
/// <param name="Model">The model with its penalty; of one that is trained outside this program the shape.</param>
/// <param name="Data">The site's training rows, standardised, at least one.</param>
/// <param name="Parameters">The global model.</param>
/// <param name="Broadcast">What the algorithm published beside it.</param>
/// <param name="SiloState">The silo's promoted vector, or null.</param>
/// <param name="Seed">32 bytes derived from (job seed, round, site, purpose).</param>
/// <param name="ProgressPercent">Told 0 to 100.</param>
/// <param name="Cancel">Honoured between steps.</param>
public sealed record LocalTask(
    IModelShape Model, Matrix Data, ReadOnlyMemory<double> Parameters, ReadOnlyMemory<double> Broadcast, ReadOnlyMemory<double>? SiloState, ReadOnlyMemory<byte> Seed,
    Action<int> ProgressPercent, CancellationToken Cancel)
{
    /// <summary>The sites' optimiser.</summary>
    public OptimizerOptions Optimizer { get; init; } = OptimizerOptions.Plain;

    /// <summary>When a site ends a round's training early; null never.</summary>
    public EarlyStoppingOptions? EarlyStopping { get; init; }

    /// <summary>Told after every step; stays at the site.</summary>
    public Action<LocalProgress>? Watch { get; init; }

    /// <summary>Who trains: descent on a model of ours, or the site's trainer. Takes what to do and the parameters, which it changes in place.</summary>
    public LocalTrainer Trainer { get; init; } = LocalDescent.Run;

    /// <summary>Objective over the task's rows and, where asked, its gradient; for algorithms that say <see cref="AlgorithmOptions.NeedsObjective"/>.</summary>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="gradient">Receives the gradient, shape <c>[Parameters]</c>; empty when not wanted.</param>
    /// <exception cref="InvalidCastException">The model is trained outside this program; plans that would lead here are refused.</exception>
    public double Objective(ReadOnlySpan<double> parameters, Span<double> gradient) => ((IModel)Model).Objective(Data, parameters, gradient);

    /// <summary>Local training on the task's rows from its seed, without correction.</summary>
    /// <param name="steps">How many steps.</param>
    /// <param name="batchSize">Rows a step; 0 = all.</param>
    /// <param name="learningRate">Above 0.</param>
    public LocalWork Work(int steps, int batchSize, double learningRate) => new()
    {
        Model = Model,
        Data = Data,
        Steps = steps,
        BatchSize = batchSize,
        LearningRate = learningRate,
        Optimizer = Optimizer,
        EarlyStopping = EarlyStopping,
        Watch = Watch,
        Seed = Seed,
        ProgressPercent = ProgressPercent,
        Cancel = Cancel,
    };
}

/// <summary>Carries local training out.</summary>
/// <param name="work">What to do.</param>
/// <param name="parameters">Start, and result; shape <c>[Parameters]</c>.</param>
public delegate LocalReport LocalTrainer(LocalWork work, Span<double> parameters);

/// <summary>A local vector by segments.</summary>
/// <param name="schema">The sum's schema.</param>
/// <param name="values">Shape <c>[schema.Length]</c>.</param>
public sealed class LocalVector(VectorSchema schema, Memory<double> values)
{
    /// <summary>A segment's entries.</summary>
    /// <exception cref="ArgumentException">No such segment.</exception>
    public Span<double> this[string segment]
    {
        get
        {
            int index = schema.IndexOf(segment);
            if (index < 0) throw new ArgumentException($"the schema has no segment '{segment}'", nameof(segment));
            return values.Span.Slice(schema.Offsets[index], schema.Segments[index].Length);
        }
    }
}
