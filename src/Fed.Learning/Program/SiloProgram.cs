using Fed.Learning.Algorithms;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Kernels;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Training;

namespace Fed.Learning.Program;

/// <summary>
/// A silo's half of a learning job: from a broadcast to a local vector. Deterministic in its arguments and data; touches no clock, file or network. Not thread-safe:
/// one silo computes one thing at a time (it remembers its scaled data between calls).
/// </summary>
public sealed class SiloProgram
{
    private readonly FederatedProgram _program;
    private readonly SiteData _data;
    private Standardiser? _standardiser;
    private Matrix _train;
    private Matrix _test;
    private TrainerRows? _shown;

    /// <summary>Binds a program to a site's data.</summary>
    /// <exception cref="DataException">The site has no training rows, or other features than the plan.</exception>
    public SiloProgram(FederatedProgram program, SiteData data)
    {
        if (data.Train.Rows == 0) throw new DataException($"site {data.Site} has no training rows; give it data, or leave it out with site-missing = drop.");
        if (!data.Features.SequenceEqual(program.Plan.Features, StringComparer.Ordinal))
            throw new DataException($"site {data.Site} has the features {string.Join(", ", data.Features)}, but the plan has {string.Join(", ", program.Plan.Features)}; all sites need the same columns in the same order.");
        if (data.Schema is { } own && program.Plan.Schema is { } agreed && own.DifferenceTo(agreed) is { } difference)
            throw new DataException($"site {data.Site} reads its data by another schema (SHA-256 {own.Hash()[..12]}...) than the plan ({agreed.Hash()[..12]}...): {difference}.");
        if (data.Train.TargetColumns != program.Model.Task.TargetColumns)
            throw new DataException($"site {data.Site} has {data.Train.TargetColumns} target column(s), but the plan's model needs {program.Model.Task.TargetColumns}; survival needs a time and an event, other models one target.");
        _program = program;
        _data = data;
        _train = data.Train;
        _test = data.Test;
    }

    /// <summary>True when the silo keeps state of its own from round to round.</summary>
    public bool KeepsSiloState => _program.KeepsSiloState;

    /// <summary>Told of local training after every step: epoch, batch, loss. It is for those at the site; what leaves is a percentage.</summary>
    public Action<LocalProgress>? Watch { get; init; }

    /// <summary>Trains and evaluates the plan's model, where it is an external one.</summary>
    public IExternalTrainer? Trainer { get; init; }

    /// <summary>Computes the local vector of one sum.</summary>
    /// <param name="round">0 is start-up.</param>
    /// <param name="sum">Name of the sum.</param>
    /// <param name="broadcast">What the server published.</param>
    /// <param name="siloState">The silo's promoted state, or null.</param>
    /// <param name="seed">32 bytes derived from (job seed, round, site, purpose).</param>
    /// <param name="progressPercent">Told 0 to 100.</param>
    /// <param name="cancel">Honoured between steps.</param>
    /// <exception cref="ProgramException">The site cannot contribute: the broadcast is damaged, or a value is not finite.</exception>
    public LocalOutcome Compute(
        int round, string sum, ReadOnlyMemory<byte> broadcast, ReadOnlyMemory<byte>? siloState, ReadOnlyMemory<byte> seed, Action<int> progressPercent, CancellationToken cancel)
    {
        using ComputeThreads.Stay stay = ComputeThreads.Enter();
        ProgramSum declared = _program.Layout.Find(sum);
        Broadcast published = Published(broadcast, declared);
        double[] values = new double[declared.Schema.Length];
        LocalVector vector = new(declared.Schema, values);
        double weight = 1;
        switch (declared.Name)
        {
            case SumLayout.Counts: WriteCounts(vector); break;
            case SumLayout.Moments: WriteMoments(vector, published.Means); break;
            case SumLayout.Sharing: SumLayout.WriteSharing(vector, _data.Test.Targets); break;
            case SumLayout.Training: weight = Train(vector, Task(round, published, siloState, seed, progressPercent, cancel), published.WeightCap); break;
            default: Evaluate(vector, published, progressPercent, cancel); break;
        }
        if (declared.Name == SumLayout.Evaluation) _program.Layout.Withhold(declared.Schema, values, published.ClassSites);
        progressPercent(100);
        for (int i = 0; i < values.Length; i++)
            if (!double.IsFinite(values[i])) throw new ProgramException($"site {_data.Site}: local work of round {round} gave a value that is not finite; choose a smaller learning-rate, or check the data.");
        if (declared.Name == SumLayout.Training && _program.Plan.ClipNorm is { } norm) UpdateClip.Apply(vector, _program.Layout.Group, norm);
        if (declared.Name == SumLayout.Training) _program.Layout.Steps?.Divide(published.Exponents, weight, values, vector[StepScale.ReachSegment]);
        return new LocalOutcome(values, weight);
    }

    /// <summary>The silo's state if the round commits with it; null where the algorithm keeps none.</summary>
    /// <param name="sum">Name of the sum.</param>
    /// <param name="broadcast">What the server published.</param>
    /// <param name="siloState">The silo's promoted state, or null.</param>
    /// <param name="seed">The seed of <see cref="Compute"/>.</param>
    /// <param name="contributed">The de-quantised contribution with the weight divided out.</param>
    public byte[]? NextSiloState(string sum, ReadOnlyMemory<byte> broadcast, ReadOnlyMemory<byte>? siloState, ReadOnlyMemory<byte> seed, ReadOnlySpan<double> contributed)
    {
        ProgramSum declared = _program.Layout.Find(sum);
        if (declared.Name != SumLayout.Training) return null;
        Broadcast published = Published(broadcast, declared);
        LocalTask task = Task(0, published, siloState, seed, static _ => { }, CancellationToken.None);
        double[] values = contributed.ToArray();
        _program.Layout.Steps?.Multiply(published.Exponents, values);   // in the plan's units, as the server reads the sum
        return _program.Algorithm.NextSiloState(task, new LocalVector(declared.Schema, values)) is { } next ? VectorBytes.ToBytes(next) : null;
    }

    private void WriteCounts(LocalVector vector)
    {
        Matrix raw = _data.Train;
        double[] present = new double[raw.Columns], sums = new double[raw.Columns], classes = new double[_program.Plan.Classes];
        for (int f = 0; f < raw.Columns; f++) (present[f], sums[f]) = Standardiser.Moment(raw, f, 0, power: 1);
        foreach (double target in classes.Length > 0 ? raw.Targets : []) classes[(int)target]++;
        _program.Layout.WriteCounts(vector, raw.Rows, present, sums, classes);
    }

    private void WriteMoments(LocalVector vector, double[] means)
    {
        double[] squares = new double[means.Length];
        for (int f = 0; f < squares.Length; f++) (_, squares[f]) = Standardiser.Moment(_data.Train, f, means[f], power: 2);
        _program.Layout.WriteMoments(vector, squares);
    }

    private double Train(LocalVector vector, LocalTask task, double cap)
    {
        double counted = Math.Min(_data.Train.Rows, cap);
        vector[OpenedSum.WeightSegment][0] = counted;
        try
        {
            _program.Algorithm.Compute(task, vector);
        }
        catch (TrainingDivergedException e)
        {
            throw new ProgramException($"site {_data.Site}: local training diverged: {e.Message}; choose a smaller learning-rate, or check the data.", e);
        }
        return counted / cap;
    }

    private void Evaluate(LocalVector vector, Broadcast published, Action<int> progressPercent, CancellationToken cancel)
    {
        Scale(published);
        if (Elsewhere() is { } work)
        {
            (Tally testedThere, Tally trainedThere) = work.Evaluate(Shown(), published.Parameters, vector, progressPercent, cancel);
            _program.Layout.WriteEvaluation(vector, testedThere, trainedThere);
            return;
        }
        IModel model = (IModel)_program.Model;
        Action<double, double>? count = model.Task == ModelTask.TwoClasses ? (logit, target) => _program.Layout.CountScore(vector, logit, target) : null;
        Tally test = Tally.Of(model, _test, published.Parameters, count, _program.Layout.ClassCounts(vector)), train = Tally.Of(model, _train, published.Parameters);
        _program.Layout.WriteEvaluation(vector, test, train);
    }

    private LocalTask Task(int round, Broadcast published, ReadOnlyMemory<byte>? siloState, ReadOnlyMemory<byte> seed, Action<int> progressPercent, CancellationToken cancel)
    {
        Scale(published);
        // An empty state is none: a null array converts to an empty memory, not to null.
        ReadOnlyMemory<double>? kept = siloState is { IsEmpty: false } bytes ? VectorBytes.FromBytes(bytes.Span) : default(ReadOnlyMemory<double>?);
        ExternalWork? elsewhere = Elsewhere();
        return new LocalTask(_program.Model, _train, published.Parameters, published.Algorithm, kept, seed, progressPercent, cancel)
        {
            Optimizer = _program.Plan.Optimizer ?? OptimizerOptions.Plain,
            EarlyStopping = _program.Plan.EarlyStopping,
            Watch = Watch,
            Trainer = elsewhere is null ? LocalDescent.Run : (work, parameters) => elsewhere.Train(Shown(), round, work, parameters),
        };
    }

    private ExternalWork? Elsewhere() => _program.Plan.External is not { } model ? null : new ExternalWork(
        _data.Site, model, _program.Plan.EvaluationBins, Trainer ?? throw new ProgramException($"site {_data.Site} has no trainer '{model.Trainer}'; say how to start it in its node.trainer block."));

    // One object as long as the rows are the same, by which a trainer knows that it has them already.
    private TrainerRows Shown() => _shown is { } rows && ReferenceEquals(rows.Train, _train) ? rows : _shown = new TrainerRows(_train, _test);

    private void Scale(Broadcast published)
    {
        if (_standardiser is { } known && known.Means.AsSpan().SequenceEqual(published.Means) && known.Deviations.AsSpan().SequenceEqual(published.Deviations)) return;
        _standardiser = new Standardiser(published.Means, published.Deviations, _program.Plan.Standardise);
        _train = _standardiser.Apply(_data.Train);
        _test = _standardiser.Apply(_data.Test);
    }

    // Lengths are checked here once, since the kernels below trust them.
    private Broadcast Published(ReadOnlyMemory<byte> bytes, ProgramSum sum)
    {
        Broadcast published = Program.Broadcast.FromBytes(bytes.Span);
        int features = _program.Plan.Features.Length;
        bool isOfModel = sum.Name is SumLayout.Training or SumLayout.Evaluation;
        bool fits = sum.Name switch
        {
            SumLayout.Counts or SumLayout.Sharing => true,
            SumLayout.Moments => published.Means.Length == features,
            _ => published.Means.Length == features && published.Deviations.Length == features && published.Parameters.Length == _program.Model.Parameters && published.WeightCap > 0,
        } && published.Exponents.Length == (isOfModel ? _program.Layout.Steps?.Count ?? 0 : 0)
            && published.ClassSites.Length == (isOfModel && _program.Plan.ClassFiguresMinimum is not null ? _program.Plan.Classes : 0);
        return fits ? published : throw new ProgramException($"what the server published for '{sum.Name}' does not have the plan's lengths; it is damaged, or of another plan.");
    }
}
