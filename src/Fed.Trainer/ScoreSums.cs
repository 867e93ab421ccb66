using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Metrics;
using Fed.Learning.Models;

namespace Fed.Trainer;

/// <summary>An evaluation from a model's scores: log-loss of logits, or half the squared error, and what accuracy, AUC and errors are made of.</summary>
public static class ScoreSums
{
    /// <summary>Sums over test and training rows.</summary>
    /// <param name="problem">What is learnt.</param>
    /// <param name="rows">The site's rows.</param>
    /// <param name="score">From a row to its scores, shape <c>[problem.Outputs]</c>: a number, the logit of class 1, or a logit for each class.</param>
    /// <param name="bins">Bins of the histogram, for two classes.</param>
    public static TrainerSums Of(Problem problem, TrainerRows rows, Func<ReadOnlySpan<double>, double[]> score, int bins)
    {
        long[] histogram = new long[problem.Task == ModelTask.TwoClasses ? 2 * bins : 0];
        TrainerTally test = Part(rows.Test, histogram);
        return new TrainerSums(test, Part(rows.Train, []), [.. histogram]);

        TrainerTally Part(Matrix part, long[] counts)
        {
            double loss = 0, squared = 0, absolute = 0;
            long correct = 0;
            for (int r = 0; r < part.Rows; r++)
            {
                double[] scores = score(part.Row(r));
                double target = part.Target(r)[0];
                loss += LossOf(problem.Task, scores, target);
                if (problem.Task == ModelTask.Regression)
                {
                    squared += (scores[0] - target) * (scores[0] - target);
                    absolute += Math.Abs(scores[0] - target);
                }
                else if (problem.Task.PredictedClass(scores) == target) correct++;
                if (counts.Length > 0) counts[(target == 0 ? 0 : bins) + Auc.Bin(scores[0], bins)]++;
            }

            return new TrainerTally(part.Rows, loss, correct, squared, absolute);
        }
    }

    private static double LossOf(ModelTask task, double[] scores, double target)
    {
        if (task == ModelTask.Regression) return 0.5 * (scores[0] - target) * (scores[0] - target);
        if (task == ModelTask.TwoClasses) return Math.Max(scores[0], 0) - (target * scores[0]) + double.LogP1(Math.Exp(-Math.Abs(scores[0])));
        double highest = scores.Max();
        return highest + Math.Log(scores.Sum(value => Math.Exp(value - highest))) - scores[(int)target];
    }
}
