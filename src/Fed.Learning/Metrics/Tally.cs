using Fed.Learning.Data;
using Fed.Learning.Models;

namespace Fed.Learning.Metrics;

/// <summary>What one pass over rows counts and sums; all metrics follow from sums of these over sites.</summary>
internal sealed record Tally(long Rows, double Loss, long Correct, double SquaredError, double AbsoluteError)
{
    /// <summary>The rows' pairs by order of risk; of survival only.</summary>
    public Concordance Pairs { get; init; }

    /// <summary>Evaluates a model on rows.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The rows, possibly none.</param>
    /// <param name="parameters">Shape <c>[model.Parameters]</c>.</param>
    /// <param name="eachRow">Told the first score and the target of each row.</param>
    /// <param name="byClass">Counts rows and right predictions of each class, shape <c>[classes, 2]</c>; empty where nobody wants them.</param>
    public static Tally Of(IModel model, Matrix data, ReadOnlySpan<double> parameters, Action<double, double>? eachRow = null, Span<double> byClass = default)
    {
        double squared = 0, absolute = 0;
        long correct = 0;
        double[] scores = new double[data.Rows * model.Outputs], risks = model.Task.IsSurvival ? new double[data.Rows] : [];
        model.Predict(data, parameters, scores);
        for (int r = 0; r < data.Rows; r++)
        {
            ReadOnlySpan<double> row = scores.AsSpan(r * model.Outputs, model.Outputs);
            double target = data.Target(r)[0], error = row[0] - target;
            eachRow?.Invoke(row[0], target);
            if (model.Task == ModelTask.Regression) (squared, absolute) = (squared + error * error, absolute + Math.Abs(error));   // of no use elsewhere: a large logit is no error
            if (risks.Length > 0) risks[r] = model.Task.RiskOf(row);
            if (!model.Task.IsClassification) continue;
            bool isRight = model.Task.PredictedClass(row) == target;
            if (isRight) correct++;
            if (byClass.IsEmpty) continue;
            byClass[2 * (int)target]++;
            if (isRight) byClass[(2 * (int)target) + 1]++;
        }
        return new Tally(data.Rows, model.LossSum(data, scores), correct, squared, absolute) { Pairs = risks.Length > 0 ? Concordance.Of(risks, data.Targets) : default };
    }

    /// <summary>What both count and sum together.</summary>
    public static Tally operator +(Tally left, Tally right) =>
        new(left.Rows + right.Rows, left.Loss + right.Loss, left.Correct + right.Correct, left.SquaredError + right.SquaredError, left.AbsoluteError + right.AbsoluteError)
        {
            Pairs = left.Pairs + right.Pairs,
        };

    /// <summary>The metrics on test rows, without those that are not defined.</summary>
    /// <param name="test">The test rows' tally.</param>
    /// <param name="train">The training rows' tally.</param>
    /// <param name="task">What the model predicts.</param>
    /// <param name="auc">Area under the curve, where defined.</param>
    public static ImmutableSortedDictionary<string, double> Metrics(Tally test, Tally train, ModelTask task, double? auc)
    {
        ImmutableSortedDictionary<string, double>.Builder metrics = ImmutableSortedDictionary.CreateBuilder<string, double>(StringComparer.Ordinal);
        metrics[MetricNames.Samples] = train.Rows;
        metrics[MetricNames.TestSamples] = test.Rows;
        if (train.Rows > 0) metrics[MetricNames.TrainLoss] = train.Loss / train.Rows;
        if (train.Pairs.Index is { } trainShare) metrics[MetricNames.TrainConcordance] = trainShare;
        if (test.Rows == 0) return metrics.ToImmutable();
        metrics[MetricNames.Loss] = test.Loss / test.Rows;
        if (task == ModelTask.Regression)
        {
            metrics[MetricNames.MeanSquaredError] = test.SquaredError / test.Rows;
            metrics[MetricNames.MeanAbsoluteError] = test.AbsoluteError / test.Rows;
        }
        if (task.IsClassification) metrics[MetricNames.Accuracy] = (double)test.Correct / test.Rows;
        if (test.Pairs.Index is { } share) (metrics[MetricNames.Concordance], metrics[MetricNames.Pairs]) = (share, test.Pairs.Total);
        if (auc is { } area) metrics[MetricNames.Auc] = area;
        return metrics.ToImmutable();
    }
}
