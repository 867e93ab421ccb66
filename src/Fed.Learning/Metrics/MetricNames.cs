namespace Fed.Learning.Metrics;

/// <summary>Names of the figures that rounds and baselines report.</summary>
public static class MetricNames
{
    /// <summary>Mean loss on the test rows, without penalty: log-loss, or half the squared error.</summary>
    public const string Loss = "loss";

    /// <summary>Mean loss on the training rows, without penalty.</summary>
    public const string TrainLoss = "trainLoss";

    /// <summary>Share of the test rows whose class is predicted.</summary>
    public const string Accuracy = "accuracy";

    /// <summary>Area under the receiver operating characteristic on the test rows; two classes only.</summary>
    public const string Auc = "auc";

    /// <summary>Harrell's C on the test rows: the share of comparable pairs within a site that the predicted risks order rightly; survival only.</summary>
    public const string Concordance = "concordance";

    /// <summary>The comparable pairs behind it.</summary>
    public const string Pairs = "pairs";

    /// <summary>Harrell's C on the training rows; of a model trained in one place over all pairs there.</summary>
    public const string TrainConcordance = "trainConcordance";

    /// <summary>Mean squared error on the test rows; regression only.</summary>
    public const string MeanSquaredError = "mse";

    /// <summary>Mean absolute error on the test rows; regression only.</summary>
    public const string MeanAbsoluteError = "mae";

    /// <summary>Training rows behind the figures.</summary>
    public const string Samples = "samples";

    /// <summary>Test rows behind the figures.</summary>
    public const string TestSamples = "testSamples";

    /// <summary>Training entries that silos had to clip.</summary>
    public const string Clipped = "clipped";

    /// <summary>Sites whose update was cut to the plan's norm.</summary>
    public const string Cut = "cut";

    /// <summary>Begins the names of the shares of the test rows of a class whose class is predicted: <c>recall.0</c>. Of classes only that enough sites have rows of.</summary>
    public const string RecallPrefix = "recall.";

    /// <summary>Begins the names of the grid steps of a round, one for each block of parameters, where steps adapt: <c>step.change.dense1.weight</c>.</summary>
    public const string StepPrefix = "step.";

    /// <summary>Euclidean norm of the round's change of the parameters.</summary>
    public const string UpdateNorm = "updateNorm";

    /// <summary>Euclidean norm of the averaged gradient, for algorithms that sum gradients.</summary>
    public const string GradientNorm = "gradientNorm";

    /// <summary>FedProx: strength of the proximal term that the next round trains with, where it adapts.</summary>
    public const string ProximalMu = "proximalMu";

    /// <summary>FedProx: mean over the sites of the gradient's norm that local training left, as a share of the one it started from.</summary>
    public const string Inexactness = "inexactness";
}
