using System.Collections.Immutable;
using Fed.Actors.Protocol.Job;
using Fed.Learning.Algorithms;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Training;
using Fed.Vectors;

namespace Fed.Host.Configuration;

/// <summary>The <c>job</c> block: the plan that all sites agree on. Each setting is explained in reference.conf.</summary>
/// <param name="Name">A person's name for the job.</param>
/// <param name="Seed">At least 0.</param>
/// <param name="Rounds">Training rounds, at most.</param>
/// <param name="Model">Which model.</param>
/// <param name="Network">Its layers, where it is a network.</param>
/// <param name="Algorithm">The chosen algorithm with its settings.</param>
/// <param name="Optimizer">The sites' optimiser; null for plain gradient steps.</param>
/// <param name="EarlyStopping">When a site ends a round's training early; null never.</param>
/// <param name="L2">At least 0.</param>
/// <param name="Weights">How much a site counts.</param>
/// <param name="WeightCap">Rows for which a site counts at most; null leaves it to the start-up sum.</param>
/// <param name="Standardise">Whether features are centred and scaled.</param>
/// <param name="Selection">Which sites a round invites.</param>
/// <param name="Quorum">Updates without which a round fails.</param>
/// <param name="MaxAttempts">Attempts of a round.</param>
/// <param name="Timing">Deadlines and intervals.</param>
/// <param name="Stop">When to end early.</param>
/// <param name="Grid">The grids of the sums.</param>
/// <param name="Protection">How contributions travel.</param>
/// <param name="RetainContributions">Last rounds whose single contributions are kept; <see cref="int.MaxValue"/> for all.</param>
/// <param name="Data">The columns and what they mean.</param>
internal sealed record JobOptions(
    string Name,
    long Seed,
    int Rounds,
    ModelKind Model,
    NetworkOptions? Network,
    AlgorithmOptions Algorithm,
    OptimizerOptions? Optimizer,
    EarlyStoppingOptions? EarlyStopping,
    double L2,
    SiteWeights Weights,
    long? WeightCap,
    bool Standardise,
    SelectionOptions Selection,
    Quorum Quorum,
    int MaxAttempts,
    TimingOptions Timing,
    StoppingOptions Stop,
    GridChoice Grid,
    ProtectionOptions Protection,
    int RetainContributions,
    DataOptions Data)
{
    /// <summary>Whether a federation happens at all.</summary>
    public RunKind Kind { get; init; }

    /// <summary>Parts of the roster with an aggregator each; null for one aggregator.</summary>
    public int? Aggregators { get; init; }

    /// <summary>Norm to which a site's update is cut; null for no limit.</summary>
    public double? ClipNorm { get; init; }

    /// <summary>Sites that must have rows of a class for figures of it; null for figures over all rows only.</summary>
    public int? ClassFiguresMinimum { get; init; }

    /// <summary>What reports call the algorithm: its name, or the word for a run without a federation.</summary>
    public string AlgorithmName => Kind == RunKind.Federated ? Algorithm.Algorithm : Kebab.From(Kind.ToString());

    /// <summary>Selection and quorum as the plan states them.</summary>
    public ParticipationRule Participation => new(Selection.FractionPpm, Selection.OverSelectionPpm, Quorum.Count ?? 0, Quorum.Ppm) { IsCyclic = Algorithm.IsOneSiteARound };

    /// <summary>The model that a process of each site's trains; null for models of ours.</summary>
    public ExternalChoice? External { get; init; }

    /// <summary>The learning part of the plan.</summary>
    /// <param name="features">Names in the order of the columns that every site has.</param>
    /// <param name="external">What <see cref="External"/> comes to once its trainer has been asked.</param>
    public LearningPlan LearningPlan(ImmutableArray<string> features, ExternalModel? external = null)
    {
        LearningPlan plan = new(
            Model, Data.Classes, features, Algorithm, Weights, L2, Standardise, WeightCap, Stop, Learning.Program.LearningPlan.EvaluationBinsDefault, Grid.Stated, Network, Optimizer, EarlyStopping,
            external)
        {
            ClipNorm = ClipNorm,
            ClassFiguresMinimum = ClassFiguresMinimum,
            BroadcastPrecision = Network is { Precision: NetworkPrecision.Float32 } ? NetworkPrecision.Float32 : null,
        };
        return Grid.IsLeftToSize && plan.Check() is null ? plan with { Grid = Grid.For(plan.CreateShape().Parameters) } : plan;
    }
}

/// <summary>The grids of the sums, before the size of the model is known.</summary>
/// <param name="Stated">As the settings state it, or the default of small models.</param>
/// <param name="IsLeftToSize">True where the settings leave ring and widths open.</param>
internal sealed record GridChoice(GridOptions Stated, bool IsLeftToSize)
{
    /// <summary>Parameters from which on a contribution is worth halving: 8 MB on ring 64.</summary>
    public const int LargeModel = 1_000_000;

    /// <summary>The grid of a model.</summary>
    /// <param name="parameters">Length of its parameter vector.</param>
    public GridOptions For(int parameters) => IsLeftToSize && parameters >= LargeModel ? GridOptions.For(RingWidth.Ring32, Stated.Rounding, StepRule.Adaptive) : Stated;
}

/// <summary>Over whom figures by class are summed.</summary>
internal enum ClassCohort
{
    /// <summary>For each class, over the sites that have rows of it, where they are enough.</summary>
    Block,
}

/// <summary>Which algorithm, before its settings are read.</summary>
internal enum AlgorithmChoice
{
    /// <summary>Several local steps a round.</summary>
    Fedavg,

    /// <summary>One gradient step a round.</summary>
    Fedsgd,

    /// <summary>FedAvg with momentum at the server.</summary>
    Fedavgm,

    /// <summary>FedAvg with a pull towards the round's model.</summary>
    Fedprox,

    /// <summary>Local steps corrected by control variates.</summary>
    Scaffold,

    /// <summary>Changes divided by the steps behind them.</summary>
    Fednova,

    /// <summary>Adagrad at the server.</summary>
    Fedadagrad,

    /// <summary>Adam at the server.</summary>
    Fedadam,

    /// <summary>Yogi at the server.</summary>
    Fedyogi,

    /// <summary>A dynamic regulariser at the sites.</summary>
    Feddyn,

    /// <summary>One site a round passes the model on.</summary>
    Cyclic,

    /// <summary>No federation: all rows in one place.</summary>
    Pooled,

    /// <summary>No federation: each site by itself.</summary>
    LocalOnly,
}

/// <summary>What kind of run a configuration asks for.</summary>
internal enum RunKind
{
    /// <summary>Sites train together, and rows stay where they are.</summary>
    Federated,

    /// <summary>The yardstick above: all training rows are brought to one place.</summary>
    Pooled,

    /// <summary>The yardstick below: each site trains by itself, and nothing is shared.</summary>
    LocalOnly,
}

/// <summary>Metrics at which a job may stop; the names are those of the reports.</summary>
internal enum MetricChoice
{
    /// <summary>Share of the test rows whose class is predicted.</summary>
    Accuracy,

    /// <summary>Area under the receiver operating characteristic.</summary>
    Auc,
}

/// <summary>Which sites a round invites. Parts per million, as in the plan, so that no floating point decides who takes part.</summary>
/// <param name="FractionPpm">Share of the sites that a round needs, 1 to 1,000,000.</param>
/// <param name="OverSelectionPpm">At least 1,000,000; above it only with a fraction below 1,000,000.</param>
internal sealed record SelectionOptions(int FractionPpm, int OverSelectionPpm);

/// <summary>The <c>job.timing</c> block; with <see cref="NodeOptions.ShutdownLimit"/> these are all timing settings there are.</summary>
/// <param name="PlanDeadline">How long sites may take to approve a plan.</param>
/// <param name="RoundDeadline">From the opening of a collection to its close by quorum.</param>
/// <param name="OpeningDeadline">From Sealed to the opened sum.</param>
/// <param name="RetryBackoff">Before the second attempt; doubles with each further one.</param>
/// <param name="ResendInterval">Until an unanswered message is sent again.</param>
/// <param name="BeatInterval">Between two progress reports of a working site.</param>
internal sealed record TimingOptions(TimeSpan PlanDeadline, TimeSpan RoundDeadline, TimeSpan OpeningDeadline, TimeSpan RetryBackoff, TimeSpan ResendInterval, TimeSpan BeatInterval)
{
    /// <summary>What of it the plan states.</summary>
    public PlanTimings Plan => new(RoundDeadline, OpeningDeadline, RetryBackoff, PlanDeadline);
}

/// <summary>The columns and what they mean.</summary>
/// <param name="Target">The column to predict.</param>
/// <param name="Classes">Of the target: 0 for a linear model.</param>
/// <param name="DefaultType">Of columns that are not listed; null refuses them.</param>
/// <param name="DefaultMissing">What an empty cell does where its column does not say.</param>
/// <param name="Columns">The listed columns, names unique.</param>
/// <param name="Event">For survival the column that says whether an event ended the target's time; else null.</param>
internal sealed record DataOptions(string Target, int Classes, ColumnKind? DefaultType, MissingPolicy DefaultMissing, ImmutableArray<ColumnSpec> Columns, string? Event)
{
    /// <summary>Class labels in the order of the classes; empty where the target is no class.</summary>
    public ImmutableArray<string> Labels =>
        Columns.FirstOrDefault(column => column.Name == Target) is { Kind: ColumnKind.Category } target ? target.Categories : [.. Enumerable.Range(0, Classes).Select(static c => $"{c}")];

    /// <summary>The schema by which a file is read.</summary>
    public DataSchema Schema(SplitRule split) => new(Columns, Target, split, DefaultType, DefaultMissing, Classes, Event);
}
