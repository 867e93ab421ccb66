using Fed.Learning.Metrics;

namespace Fed.Learning.Program;

/// <summary>Convergence-based stopping. A rule that fires in the training sum is told after the round's evaluation, so that the last model is evaluated too.</summary>
internal static class StoppingRules
{
    /// <summary>Rules on parameters and gradient.</summary>
    public static (int CalmRounds, string Fired) AfterTraining(StoppingOptions rules, ServerState server, double changeNorm, double norm, double? gradientNorm)
    {
        int calm = rules.ParameterChange is { } change && changeNorm <= change.Absolute + change.Relative * norm ? server.CalmRounds + 1 : 0;
        if (rules.ParameterChange is { } steady && calm >= steady.Patience) return (calm, "parameter-change");
        return (calm, rules.GradientNorm is { } limit && gradientNorm <= limit ? "gradient-norm" : "");
    }

    /// <summary>Rules on metrics; a rule that fired in training goes first.</summary>
    public static (double[] Losses, string? Fired) AfterEvaluation(StoppingOptions rules, ServerState server, ImmutableSortedDictionary<string, double> metrics)
    {
        double[] losses = server.Losses;
        bool isFlat = false;
        if (rules.LossChange is { } flat && metrics.TryGetValue(MetricNames.Loss, out double loss))
        {
            losses = [.. losses.TakeLast(flat.Window), loss];
            isFlat = losses.Length > flat.Window && Math.Abs(losses[0] - loss) <= flat.Relative * Math.Abs(losses[0]);
        }
        if (server.Fired.Length > 0) return (losses, server.Fired);
        if (rules.Metric is { } reached && metrics.TryGetValue(reached.Name, out double value) && value >= reached.AtLeast) return (losses, "metric");
        return (losses, isFlat ? "loss-change" : null);
    }
}
