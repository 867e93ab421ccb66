using System.Collections.Immutable;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Models;
using Fed.Trainer;

namespace DotnetTrainer;

/// <summary>
/// Linear or logistic regression as a trainer of one's own, in a page. Whatever else trains in .NET takes the place of three methods: with TorchSharp, <see cref="Describe"/> lists
/// the module's <c>named_parameters()</c>, <see cref="Train"/> copies the round's parameters into them, steps an optimiser, calls <c>task.Report</c> after each batch and copies them out; with
/// ML.NET it fits a linear trainer that starts from the given weights (<c>LbfgsLogisticRegression</c> takes an initial model) and reads <c>LinearModelParameters</c>.
/// </summary>
internal sealed class RegressionTrainer : ITrainer
{
    private const string Weights = "weights";
    private const string Bias = "bias";

    private Problem? _problem;
    private TrainerRows? _rows;

    /// <inheritdoc/>
    public string Name => "regression in .NET";

    /// <inheritdoc/>
    public TrainerDescription Describe(Problem problem)
    {
        if (problem.Task == ModelTask.Classes) throw new ArgumentException($"this trainer tells two classes apart, and {problem.Classes} are asked for");
        _problem = problem;
        return new TrainerDescription(Tensors, TrainerAbilities.Correction | TrainerAbilities.Proximal | TrainerAbilities.Penalty);
    }

    /// <inheritdoc/>
    public ParameterSet Init(ReadOnlyMemory<byte> seed) => new(Tensors);

    /// <inheritdoc/>
    public void Load(TrainerRows rows) => _rows = rows;

    /// <inheritdoc/>
    public TrainingResult Train(TrainingTask task)
    {
        Matrix rows = _rows!.Train;
        ParameterSet model = task.Parameters, start = model.Clone();
        int size = task.BatchSize == 0 ? rows.Rows : Math.Min(task.BatchSize, rows.Rows);
        Random random = new(BitConverter.ToInt32(task.Seed.Span));
        int[] order = [.. Enumerable.Range(0, rows.Rows)];
        double loss = 0;
        long samples = 0;
        for (int step = 0, next = 0, epoch = 1; step < task.Steps; step++)
        {
            task.Cancel.ThrowIfCancellationRequested();
            if (next == 0 && size < order.Length) random.Shuffle(order);
            int[] batch = order[next..Math.Min(next + size, order.Length)];
            loss = Step(task, model, start, batch);
            samples += batch.Length;
            task.Report(new TrainingProgress(100.0 * (step + 1) / task.Steps, epoch, (next / size) + 1, loss));
            next += size;
            if (next < order.Length) continue;
            next = 0;
            epoch++;
        }

        return new TrainingResult(model, task.Steps, samples, loss);
    }

    /// <inheritdoc/>
    public TrainerSums Evaluate(ParameterSet parameters, int bins) => ScoreSums.Of(_problem!, _rows!, row => [Score(parameters, row)], bins);

    private ImmutableArray<ExternalTensor> Tensors => [new ExternalTensor(Weights, [_problem!.Features.Length]), new ExternalTensor(Bias, [1])];

    private double Step(TrainingTask task, ParameterSet model, ParameterSet start, int[] batch)
    {
        ParameterSet gradient = new(Tensors);
        double[] slopes = gradient[Weights], weights = model[Weights];
        double loss = 0;
        foreach (int r in batch)
        {
            ReadOnlySpan<double> row = _rows!.Train.Row(r);
            double score = Score(model, row), target = _rows.Train.Target(r)[0];
            bool isNumber = _problem!.Task == ModelTask.Regression;
            double error = (isNumber ? score : 1 / (1 + Math.Exp(-score))) - target;
            loss += isNumber ? 0.5 * error * error : Math.Max(score, 0) - (target * score) + Math.Log(1 + Math.Exp(-Math.Abs(score)));
            for (int c = 0; c < slopes.Length; c++) slopes[c] += error * row[c] / batch.Length;
            gradient[Bias][0] += error / batch.Length;
        }

        for (int c = 0; c < slopes.Length; c++) slopes[c] += task.L2 * weights[c];
        foreach (ExternalTensor tensor in gradient.Tensors)
        {
            double[] g = gradient[tensor.Name], w = model[tensor.Name], from = start[tensor.Name];
            for (int i = 0; i < w.Length; i++) w[i] -= task.LearningRate * (g[i] + (task.Correction?[tensor.Name][i] ?? 0) + (task.Proximal * (w[i] - from[i])));
        }

        return loss / batch.Length;
    }

    private static double Score(ParameterSet model, ReadOnlySpan<double> row)
    {
        double score = model[Bias][0];
        double[] weights = model[Weights];
        for (int c = 0; c < weights.Length; c++) score += weights[c] * row[c];
        return score;
    }
}
