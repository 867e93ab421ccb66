using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.Vectors;

namespace Fed.Host.Configuration;

/// <summary>The <c>job</c> block: the plan that all sites agree on. Each setting is explained in reference.conf.</summary>
internal sealed record JobOptions(
    string Name,
    long Seed,
    int Rounds,
    ModelChoice Model,
    AlgorithmOptions Algorithm,
    double L2,
    WeightChoice Weights,
    long? WeightCap,
    bool Standardise,
    SelectionOptions Selection,
    Quorum Quorum,
    int MaxAttempts,
    TimingOptions Timing,
    StopOptions Stop,
    GridOptions Grid,
    ProtectionChoice Protection,
    Retention RetainContributions,
    DataOptions Data)
{
    /// <summary>Selection and quorum as the plan states them.</summary>
    public ParticipationRule Participation => new(Selection.FractionPpm, Selection.OverSelectionPpm, Quorum.Count ?? 0, Quorum.Ppm);
}

internal enum ModelChoice
{
    /// <summary>Two classes.</summary>
    Logistic,

    /// <summary>A number.</summary>
    Linear,

    /// <summary>Two classes or more.</summary>
    Softmax,
}

internal enum AlgorithmChoice
{
    Fedavg,
    Fedsgd,
}

/// <summary>How much a site counts.</summary>
internal enum WeightChoice
{
    /// <summary>By its training rows.</summary>
    Samples,

    /// <summary>As every other.</summary>
    Uniform,
}

internal enum ProtectionChoice
{
    Plain,
}

/// <summary>The chosen algorithm with its settings.</summary>
internal abstract record AlgorithmOptions
{
    private AlgorithmOptions()
    {
    }

    /// <summary>Several local steps a round.</summary>
    /// <param name="LocalSteps">Steps of a round, or null for epochs.</param>
    /// <param name="LocalEpochs">Passes of a round, or null for steps; exactly one of the two is set.</param>
    /// <param name="BatchSize">Rows of a step; 0 = all.</param>
    /// <param name="LearningRate">Above 0.</param>
    /// <param name="ServerLearningRate">Above 0; 1 is plain FedAvg.</param>
    public sealed record FedAvg(int? LocalSteps, int? LocalEpochs, int BatchSize, double LearningRate, double ServerLearningRate) : AlgorithmOptions;

    /// <summary>One gradient step a round.</summary>
    /// <param name="LearningRate">Above 0.</param>
    public sealed record FedSgd(double LearningRate) : AlgorithmOptions;
}

/// <summary>Which sites a round invites. Parts per million, as in the plan, so that no floating point decides who takes part.</summary>
/// <param name="FractionPpm">Share of the sites that a round needs, 1 to 1,000,000.</param>
/// <param name="OverSelectionPpm">At least 1,000,000; above it only with a fraction below 1,000,000.</param>
internal sealed record SelectionOptions(int FractionPpm, int OverSelectionPpm);

/// <summary>The <c>job.timing</c> block; with <see cref="NodeOptions.ShutdownLimit"/> these are all timing settings there are.</summary>
internal sealed record TimingOptions(TimeSpan PlanDeadline, TimeSpan RoundDeadline, TimeSpan OpeningDeadline, TimeSpan RetryBackoff, TimeSpan ResendInterval, TimeSpan BeatInterval);

/// <summary>When the job ends before its last round; each rule null when off.</summary>
/// <param name="ParameterChange">By a small step of the parameters.</param>
/// <param name="GradientNorm">By a small averaged gradient.</param>
/// <param name="Metric">By a metric reached.</param>
/// <param name="LossChange">By a flat loss.</param>
internal sealed record StopOptions(ParameterChangeRule? ParameterChange, double? GradientNorm, MetricRule? Metric, LossChangeRule? LossChange);

/// <summary>|change| &lt;= Absolute + Relative * |parameters| for Patience rounds running.</summary>
internal sealed record ParameterChangeRule(double Absolute, double Relative, int Patience);

/// <summary>The metric of the global model reaches the value.</summary>
internal sealed record MetricRule(MetricChoice Metric, double AtLeast);

/// <summary>The loss changed by at most the share Relative of itself over Window rounds.</summary>
internal sealed record LossChangeRule(double Relative, int Window);

internal enum MetricChoice
{
    Accuracy,
    Auc,
}

/// <summary>The fixed-point grid (docs/vectors.md).</summary>
/// <param name="Ring">The ring of the sums.</param>
/// <param name="Bits">Width of a training entry, 2 to ring - 1.</param>
/// <param name="FractionBits">Its step is 2^-this; below Bits.</param>
/// <param name="Rounding">How reals come onto the grid.</param>
/// <param name="StatisticFractionBits">The step of statistics is 2^-this.</param>
internal sealed record GridOptions(RingWidth Ring, int Bits, int FractionBits, GridRounding Rounding, int StatisticFractionBits);

/// <summary>How many rounds keep their single contributions.</summary>
/// <param name="LastRounds">Null keeps all.</param>
internal readonly record struct Retention(int? LastRounds)
{
    /// <inheritdoc/>
    public override string ToString() => LastRounds is { } last ? $"{last}" : "all";
}

/// <summary>The columns and what they mean.</summary>
/// <param name="Target">The column to predict.</param>
/// <param name="DefaultType">Of columns that are not listed; null refuses them.</param>
/// <param name="DefaultMissing">What an empty cell does where its column does not say.</param>
/// <param name="Columns">The listed columns, names unique.</param>
internal sealed record DataOptions(string Target, ColumnType? DefaultType, MissingPolicy DefaultMissing, ImmutableArray<ColumnOptions> Columns);

/// <summary>One listed column.</summary>
/// <param name="Name">As in the header line.</param>
/// <param name="Type">What its cells are.</param>
/// <param name="Categories">In the agreed order, the reference level first; empty unless a category.</param>
/// <param name="Missing">What an empty cell does.</param>
internal sealed record ColumnOptions(string Name, ColumnType Type, ImmutableArray<string> Categories, MissingPolicy Missing);

internal enum ColumnType
{
    /// <summary>A finite number.</summary>
    Numeric,

    /// <summary>An integer.</summary>
    Integer,

    /// <summary>One of the listed categories.</summary>
    Category,

    /// <summary>Divides the rows among sites; no feature.</summary>
    Key,

    /// <summary>Not read.</summary>
    Ignore,
}

internal enum MissingPolicy
{
    /// <summary>Refused, with row and column.</summary>
    Error,

    /// <summary>Filled with the federated mean.</summary>
    Mean,

    /// <summary>Filled with 0.</summary>
    Zero,

    /// <summary>The row is left out.</summary>
    DropRow,
}
