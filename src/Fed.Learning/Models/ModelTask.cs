using Fed.Learning.Numerics;

namespace Fed.Learning.Models;

/// <summary>What a model predicts from an example: decides its loss, what its targets mean and which metrics there are.</summary>
public enum ModelTask
{
    /// <summary>A number; loss: half the squared error.</summary>
    Regression,

    /// <summary>The odds of class 1 against class 0, from one score; loss: log-loss.</summary>
    TwoClasses,

    /// <summary>The odds among several classes, from a score each; loss: log-loss.</summary>
    Classes,

    /// <summary>The example itself; loss: half the mean squared error of its entries. The target column is not read.</summary>
    Reconstruction,

    /// <summary>The log of a relative risk; targets: time and event; loss: minus the log partial likelihood of a batch's events (Breslow).</summary>
    Risk,

    /// <summary>The odds of an event in each interval of time; targets: time and event; loss: minus the log-likelihood.</summary>
    Hazard,
}

/// <summary>What follows from a task.</summary>
public static class ModelTaskExtensions
{
    extension(ModelTask task)
    {
        /// <summary>True when the target is a class index.</summary>
        public bool IsClassification => task is ModelTask.TwoClasses or ModelTask.Classes;

        /// <summary>True when the targets are a time and whether an event ended it.</summary>
        public bool IsSurvival => task is ModelTask.Risk or ModelTask.Hazard;

        /// <summary>Target columns of an example: 2 for survival (time, event), else 1.</summary>
        public int TargetColumns => task.IsSurvival ? 2 : 1;

        /// <summary>How early the event is predicted, higher meaning earlier: of survival models only. Of hazards minus the expected number of intervals survived.</summary>
        /// <param name="scores">Shape <c>[outputs]</c>.</param>
        public double RiskOf(ReadOnlySpan<double> scores)
        {
            if (task != ModelTask.Hazard) return scores[0];
            double survival = 1, intervals = 0;
            foreach (double score in scores)
            {
                survival *= FixedMath.Sigmoid(-score);
                intervals += survival;
            }
            return -intervals;
        }

        /// <summary>The predicted class by an example's scores: the higher one, ties to the lower index; of a single score the sign, 0 counting as class 1.</summary>
        /// <param name="scores">Shape <c>[outputs]</c>.</param>
        public int PredictedClass(ReadOnlySpan<double> scores)
        {
            if (task == ModelTask.TwoClasses) return scores[0] >= 0 ? 1 : 0;
            int best = 0;
            for (int c = 1; c < scores.Length; c++)
                if (scores[c] > scores[best]) best = c;
            return best;
        }
    }
}
