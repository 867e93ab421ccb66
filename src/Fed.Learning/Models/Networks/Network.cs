using System.Collections.Concurrent;
using System.Numerics;
using System.Numerics.Tensors;
using Fed.Learning.Data;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;
using Fed.Learning.Models.Layers;
using Fed.Learning.Models.Losses;

namespace Fed.Learning.Models.Networks;

/// <summary>Layers with a loss behind them: <c>mean loss + l2/2 * |penalised parameters|^2</c>. Losses are computed in float64, all else in the network's precision.</summary>
/// <typeparam name="T">The precision.</typeparam>
internal sealed class Network<T> : IModel<T>, IOnnxModel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int ChunkRows = 256, ScoredRows = 64;
    private readonly Layer<T> _body;
    private readonly Func<int, IBatchLoss> _loss;
    private readonly bool _isSumOverRows;
    private readonly double _l2;

    // Memory for scores, as many as were computed at once: of an image network several megabytes, which every site needs twice a round.
    private readonly ConcurrentBag<NetworkWorkspace<T>> _forScores = [];

    /// <summary>Joins a body and a loss.</summary>
    /// <param name="body">The layers.</param>
    /// <param name="task">What they predict.</param>
    /// <param name="loss">Makes the loss for batches of up to a number of rows.</param>
    /// <param name="l2">Penalty, at least 0.</param>
    /// <param name="local">Beginnings of names of blocks that stay at their site.</param>
    public Network(Layer<T> body, ModelTask task, Func<int, IBatchLoss> loss, double l2, ImmutableArray<string> local)
    {
        if (!(l2 >= 0 && double.IsFinite(l2))) throw new ArgumentException($"l2 is {l2}; it must be a number of at least 0", nameof(l2));
        _body = body;
        _loss = loss;
        _isSumOverRows = loss(1).IsSumOverRows;
        _l2 = l2;
        Task = task;
        Blocks = [.. body.Blocks.Select(block => block with { IsShared = !local.Any(name => block.Name.StartsWith(name, StringComparison.Ordinal)) })];
    }

    /// <inheritdoc/>
    public ModelTask Task { get; }

    /// <inheritdoc/>
    public int Columns => _body.Inputs;

    /// <inheritdoc/>
    public int Outputs => _body.Outputs;

    /// <inheritdoc/>
    public ImmutableArray<ParameterBlock> Blocks { get; }

    /// <inheritdoc/>
    public int Parameters => _body.Parameters;

    /// <inheritdoc/>
    public double[] Init(ReadOnlySpan<byte> seed)
    {
        double[] parameters = new double[Parameters];
        _body.Init(parameters, new InitialDraws(seed));
        return parameters;
    }

    /// <inheritdoc/>
    public ModelWorkspace<T> CreateWorkspace(int rowsMax) => new NetworkWorkspace<T>(rowsMax, _body, _loss(rowsMax), Task == ModelTask.Reconstruction ? Columns : Task.TargetColumns);

    /// <inheritdoc/>
    public double Objective(Examples<T> examples, ReadOnlySpan<int> batch, ReadOnlySpan<T> parameters, Span<T> gradient, ModelWorkspace<T> workspace)
    {
        gradient.Clear();
        double loss = Accumulate(examples, batch, batch.Length, parameters, gradient, (NetworkWorkspace<T>)workspace);
        return loss / batch.Length + Penalise(parameters, gradient);
    }

    /// <inheritdoc/>
    public double ExampleGradient(Examples<T> examples, int row, ReadOnlySpan<T> parameters, Span<T> gradient, ModelWorkspace<T> workspace)
    {
        if (!_isSumOverRows) throw new InvalidOperationException("a partial likelihood does not fall into rows, so that a row has no gradient of its own; use discrete-time survival");
        gradient.Clear();
        return Accumulate(examples, [row], 1, parameters, gradient, (NetworkWorkspace<T>)workspace);
    }

    /// <inheritdoc/>
    public double Objective(Matrix data, ReadOnlySpan<double> parameters, Span<double> gradient)
    {
        Examples<T> examples = Examples<T>.Of(data);
        T[] rounded = Rounded(parameters), part = gradient.IsEmpty ? [] : new T[Parameters];
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        NetworkWorkspace<T> workspace = Chunks(data.Rows);
        gradient.Clear();
        double loss = 0;
        for (int start = 0; start < rows.Length; start += workspace.RowsMax)
        {
            part.AsSpan().Clear();
            loss += Accumulate(examples, rows.AsSpan(start, Math.Min(workspace.RowsMax, rows.Length - start)), rows.Length, rounded, part, workspace);
            for (int i = 0; i < gradient.Length; i++) gradient[i] += double.CreateSaturating(part[i]);
        }
        return loss / rows.Length + Penalise(parameters, gradient);
    }

    /// <inheritdoc/>
    public void Predict(Matrix data, ReadOnlySpan<double> parameters, Span<double> scores)
    {
        if (data.Rows == 0) return;
        Examples<T> examples = Examples<T>.Of(data);
        T[] rounded = Rounded(parameters);
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        if (!_forScores.TryTake(out NetworkWorkspace<T>? workspace)) workspace = (NetworkWorkspace<T>)CreateWorkspace(ScoredRows);
        for (int start = 0; start < rows.Length; start += ScoredRows)
        {
            int length = Math.Min(ScoredRows, rows.Length - start);
            Forward(examples, rows.AsSpan(start, length), rounded, workspace);
            workspace.WideScores.AsSpan(0, length * Outputs).CopyTo(scores[(start * Outputs)..]);
        }
        _forScores.Add(workspace);
    }

    /// <inheritdoc/>
    public double LossSum(Matrix data, ReadOnlySpan<double> scores) =>
        data.Rows == 0 ? 0 : _loss(data.Rows).Evaluate(scores, Task == ModelTask.Reconstruction ? data.Values : data.Targets, data.Rows, new double[scores.Length]);

    // Sum of the batch's losses; their slopes by the parameters, divided by a number of rows, are added to the gradient.
    private double Accumulate(Examples<T> examples, ReadOnlySpan<int> batch, int divisor, ReadOnlySpan<T> parameters, Span<T> gradient, NetworkWorkspace<T> w)
    {
        Forward(examples, batch, parameters, w);
        int scores = batch.Length * Outputs;
        double loss = w.Loss.Evaluate(w.WideScores.AsSpan(0, scores), Targets(examples.Source, batch, w), batch.Length, w.WideSlopes.AsSpan(0, scores));
        if (gradient.IsEmpty) return loss;
        Span<double> slopes = w.WideSlopes.AsSpan(0, scores);
        TensorPrimitives.Divide(slopes, divisor, slopes);
        TensorPrimitives.ConvertSaturating<double, T>(slopes, w.Slopes);
        _body.Backward(new LayerPass<T>(batch.Length, w.Body, w), parameters, w.Input.AsSpan(0, batch.Length * Columns), w.Scores.AsSpan(0, scores), w.Slopes.AsSpan(0, scores), [], gradient);
        return loss;
    }

    /// <inheritdoc/>
    OnnxType IOnnxModel.Precision => typeof(T) == typeof(float) ? OnnxType.Float : OnnxType.Double;

    /// <inheritdoc/>
    OnnxValue IOnnxModel.AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) => _body.AddTo(graph, parameters, x);

    private void Forward(Examples<T> examples, ReadOnlySpan<int> batch, ReadOnlySpan<T> parameters, NetworkWorkspace<T> w)
    {
        for (int i = 0; i < batch.Length; i++) examples.Row(batch[i]).CopyTo(w.Input.AsSpan(i * Columns));
        Span<T> scores = w.Scores.AsSpan(0, batch.Length * Outputs);
        _body.Forward(new LayerPass<T>(batch.Length, w.Body, w), parameters, w.Input.AsSpan(0, batch.Length * Columns), scores);
        TensorPrimitives.ConvertSaturating<T, double>(scores, w.WideScores);
    }

    private ReadOnlySpan<double> Targets(Matrix source, ReadOnlySpan<int> batch, NetworkWorkspace<T> w)
    {
        bool isOwn = Task == ModelTask.Reconstruction;
        int width = isOwn ? Columns : source.TargetColumns;
        if (!isOwn && width == 1)
            for (int i = 0; i < batch.Length; i++) w.Targets[i] = source.Targets[batch[i]];
        else
            for (int i = 0; i < batch.Length; i++) (isOwn ? source.Row(batch[i]) : source.Target(batch[i])).CopyTo(w.Targets.AsSpan(i * width));
        return w.Targets.AsSpan(0, batch.Length * width);
    }

    private double Penalise<TEntry>(ReadOnlySpan<TEntry> parameters, Span<TEntry> gradient)
        where TEntry : unmanaged, IBinaryFloatingPointIeee754<TEntry>
    {
        if (_l2 == 0) return 0;
        double squares = 0;
        int offset = 0;
        foreach (ParameterBlock block in Blocks)
        {
            int start = offset;
            offset += block.Length;
            if (!block.IsPenalised) continue;
            ReadOnlySpan<TEntry> weights = parameters.Slice(start, block.Length);
            squares += double.CreateSaturating(Reduction.Dot(weights, weights));
            if (!gradient.IsEmpty) Elementwise.AddScaled(TEntry.CreateSaturating(_l2), weights, gradient.Slice(start, block.Length));
        }
        return 0.5 * _l2 * squares;
    }

    // A partial likelihood needs all rows at once.
    private NetworkWorkspace<T> Chunks(int rows) => (NetworkWorkspace<T>)CreateWorkspace(_isSumOverRows ? Math.Min(ChunkRows, rows) : rows);

    private static T[] Rounded(ReadOnlySpan<double> parameters)
    {
        T[] rounded = new T[parameters.Length];
        TensorPrimitives.ConvertSaturating(parameters, rounded.AsSpan());
        return rounded;
    }
}
