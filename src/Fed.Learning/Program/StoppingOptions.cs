using Fed.Learning.Algorithms;
using Fed.Learning.Metrics;

namespace Fed.Learning.Program;

/// <summary>When the job ends before its last round; each rule null when off. They read aggregated values only.</summary>
/// <param name="ParameterChange">By small steps of the parameters.</param>
/// <param name="GradientNorm">By an averaged gradient whose norm is at most this; only for algorithms that sum gradients.</param>
/// <param name="Metric">By a metric reached.</param>
/// <param name="LossChange">By a flat loss.</param>
public sealed record StoppingOptions(ParameterChangeRule? ParameterChange = null, double? GradientNorm = null, MetricRule? Metric = null, LossChangeRule? LossChange = null)
{
    /// <summary>How good a model is, less being better: by the metric at which the job stops where it has one, else by the loss on the test rows; null where the metrics tell neither.</summary>
    /// <param name="metrics">Of the model's evaluation.</param>
    public double? ScoreOf(ImmutableSortedDictionary<string, double> metrics)
    {
        double? score = Metric is { } rule ? (metrics.TryGetValue(rule.Name, out double reached) ? -reached : null) : metrics.TryGetValue(MetricNames.Loss, out double loss) ? loss : null;
        return score is { } told && double.IsFinite(told) ? score : null;
    }

    /// <summary>Says what is wrong with the rules, or null.</summary>
    /// <param name="algorithm">The algorithm that they stop.</param>
    public string? Check(AlgorithmOptions algorithm)
    {
        if (ParameterChange is { } change && !(change.Absolute >= 0 && change.Relative >= 0 && change.Patience >= 1)) return "stop by parameter change needs absolute and relative of at least 0 and patience of at least 1.";
        if (GradientNorm is { } norm && !(norm > 0)) return $"stop by gradient norm needs a value above 0, not {norm}.";
        if (GradientNorm is not null && !algorithm.SumsGradients) return "stop by gradient norm needs an algorithm that sums gradients, such as fedsgd; use another rule.";
        if (LossChange is { } loss && !(loss.Relative >= 0 && loss.Window >= 1)) return "stop by loss change needs relative of at least 0 and window of at least 1.";
        return null;
    }
}

/// <summary><c>|w' - w| &lt;= Absolute + Relative * |w|</c> for Patience rounds running.</summary>
/// <param name="Absolute">At least 0.</param>
/// <param name="Relative">At least 0.</param>
/// <param name="Patience">At least 1.</param>
public sealed record ParameterChangeRule(double Absolute = 1e-8, double Relative = 1e-6, int Patience = 3);

/// <summary>A metric of the global model reaches a value.</summary>
/// <param name="Name">Name among the round's metrics, such as <c>accuracy</c>.</param>
/// <param name="AtLeast">The value.</param>
public sealed record MetricRule(string Name, double AtLeast);

/// <summary>The test loss changed by at most the share Relative of itself over Window rounds.</summary>
/// <param name="Relative">At least 0.</param>
/// <param name="Window">At least 1.</param>
public sealed record LossChangeRule(double Relative, int Window);
