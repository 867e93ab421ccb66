using System.Text.Json.Serialization;

namespace Fed.Learning.Training;

/// <summary>How a gradient becomes a step.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OptimizerKind>))]
public enum OptimizerKind
{
    /// <summary>Along the gradient.</summary>
    [JsonStringEnumMemberName("sgd")]
    Sgd,

    /// <summary>Along a decaying sum of gradients.</summary>
    [JsonStringEnumMemberName("momentum")]
    Momentum,

    /// <summary>By running first and second moments, with bias correction.</summary>
    [JsonStringEnumMemberName("adam")]
    Adam,

    /// <summary>Adam, with weight decay apart from the gradient.</summary>
    [JsonStringEnumMemberName("adamw")]
    Adamw,
}

/// <summary>How the learning rate changes over the steps of one round's local work.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<RateSchedule>))]
public enum RateSchedule
{
    /// <summary>It does not.</summary>
    [JsonStringEnumMemberName("constant")]
    Constant,

    /// <summary>Falls in a straight line to nothing.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>Falls along half a cosine to nothing.</summary>
    [JsonStringEnumMemberName("cosine")]
    Cosine,
}

/// <summary>The local optimiser. Its state begins anew with every round.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Momentum">Share of the last step's direction that is kept, at least 0 and below 1; of momentum only.</param>
/// <param name="Beta1">Decay of Adam's first moment, at least 0 and below 1.</param>
/// <param name="Beta2">Decay of its second moment, at least 0 and below 1.</param>
/// <param name="Epsilon">Added to the root of the second moment, above 0.</param>
/// <param name="WeightDecay">Shrinks weights (not intercepts): with AdamW by this share of the rate a step, else as this much gradient along them. At least 0.</param>
/// <param name="ClipNorm">A longer gradient is shortened to this Euclidean norm; null leaves it.</param>
/// <param name="Schedule">How the rate changes.</param>
/// <param name="WarmUp">Share of the steps in which the rate rises from nothing in a straight line, at least 0 and below 1.</param>
public sealed record OptimizerOptions(
    OptimizerKind Kind = OptimizerKind.Sgd, double Momentum = 0.9, double Beta1 = 0.9, double Beta2 = 0.999, double Epsilon = 1e-8, double WeightDecay = 0, double? ClipNorm = null,
    RateSchedule Schedule = RateSchedule.Constant, double WarmUp = 0)
{
    /// <summary>Plain stochastic gradient descent at a constant rate.</summary>
    public static OptimizerOptions Plain { get; } = new();

    /// <summary>True when a step is the rate times the gradient and nothing else, which control variates rely on.</summary>
    [JsonIgnore]
    public bool IsPlain => Kind == OptimizerKind.Sgd && WeightDecay == 0 && ClipNorm is null && Schedule == RateSchedule.Constant && WarmUp == 0;

    /// <summary>Says what is wrong with the settings, or null.</summary>
    public string? Check() => this switch
    {
        { Momentum: not (>= 0 and < 1) } => $"momentum is {Momentum}; it must be at least 0 and below 1",
        { Beta1: not (>= 0 and < 1) } => $"beta1 is {Beta1}; it must be at least 0 and below 1",
        { Beta2: not (>= 0 and < 1) } => $"beta2 is {Beta2}; it must be at least 0 and below 1",
        { Epsilon: not (> 0 and < double.PositiveInfinity) } => $"epsilon is {Epsilon}; it must be above 0",
        { WeightDecay: not (>= 0 and < double.PositiveInfinity) } => $"weight-decay is {WeightDecay}; it must be at least 0",
        { ClipNorm: not (null or (> 0 and < double.PositiveInfinity)) } => $"clip-norm is {ClipNorm}; it must be above 0",
        { WarmUp: not (>= 0 and < 1) } => $"warm-up is {WarmUp}; it must be at least 0 and below 1",
        _ => null,
    };

    /// <summary>Factor of the learning rate in a step.</summary>
    /// <param name="step">From 0.</param>
    /// <param name="steps">Steps of the local work.</param>
    internal double RateFactor(int step, int steps)
    {
        double warm = WarmUp * steps;
        if (step + 1 < warm) return (step + 1) / warm;
        double done = steps <= 1 ? 0 : Math.Max(0, step - warm) / (steps - warm);
        return Schedule switch
        {
            RateSchedule.Linear => 1 - done,
            RateSchedule.Cosine => 0.5 * (1 + Numerics.FixedMath.CosineOfHalfTurn(done)),
            _ => 1,
        };
    }
}
