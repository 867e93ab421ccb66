using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Learning.Algorithms;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Training;

namespace Fed.Learning.Program;

/// <summary>How much a site counts.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SiteWeights>))]
public enum SiteWeights
{
    /// <summary>By its training rows, up to the cap.</summary>
    [JsonStringEnumMemberName("samples")]
    Samples,

    /// <summary>As every other.</summary>
    [JsonStringEnumMemberName("uniform")]
    Uniform,
}

/// <summary>The learning part of a job's plan: everything that decides the model, and nothing that does not. Immutable; hashed and approved by every site as its canonical JSON.</summary>
/// <param name="Model">Which model.</param>
/// <param name="Classes">2 for logistic, 2 or more for softmax, 0 for linear.</param>
/// <param name="Features">Names in the order of the columns that every site has.</param>
/// <param name="Algorithm">The algorithm with its settings.</param>
/// <param name="Weights">How much a site counts.</param>
/// <param name="L2">Penalty l2/2 * |coefficients|^2 on the mean loss, at least 0.</param>
/// <param name="Standardise">Whether features are centred and scaled by federated means and deviations.</param>
/// <param name="WeightCap">n_cap, above 0: no site counts for more rows. Null: the smallest power of two that is at least all training rows together.</param>
/// <param name="Stopping">When to end early.</param>
/// <param name="EvaluationBins">Bins of the score histogram from which the federated AUC is read, 2 to 65,536.</param>
/// <param name="Grid">The grids of the sums.</param>
/// <param name="Network">The layers of a <see cref="ModelKind.Network"/>; null, and then not in the plan's JSON, for the linear models.</param>
/// <param name="Optimizer">The sites' optimiser; null, and then not in the JSON, is plain stochastic gradient descent.</param>
/// <param name="EarlyStopping">When a site ends a round's training early; null, and then not in the JSON, never.</param>
/// <param name="External">The model that a process of each site's trains; null, and then not in the JSON, for models of ours.</param>
public sealed record LearningPlan(
    ModelKind Model, int Classes, ImmutableArray<string> Features, AlgorithmOptions Algorithm, SiteWeights Weights, double L2, bool Standardise, double? WeightCap,
    StoppingOptions Stopping, int EvaluationBins, GridOptions Grid,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] NetworkOptions? Network = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OptimizerOptions? Optimizer = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] EarlyStoppingOptions? EarlyStopping = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] ExternalModel? External = null)
{
    /// <summary>What the columns mean: units, ranges, categories, encodings. Null, and then not in the JSON, where nobody stated it. Each site compares it with what its own file came to.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public FeatureSchema? Schema { get; init; }

    /// <summary>Euclidean norm to which a site's update is cut as a whole before it is weighted, above 0, so that no site moves the model further. Null, and then not in the JSON, for no limit.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? ClipNorm { get; init; }

    /// <summary>
    /// Figures by class, from classes that at least so many sites have test rows of, 2 or more (<see cref="SegmentCohort.Block"/>). Null, and then not in the JSON, for figures over all rows only.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ClassFiguresMinimum { get; init; }

    /// <summary>
    /// In which format the model goes to the sites. Null, and then not in the JSON, for float64; float32 where they train in float32, and would round what they get anyway. The server's model is float64 in any case.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public NetworkPrecision? BroadcastPrecision { get; init; }

    /// <summary>Default of <see cref="EvaluationBins"/>: over logits from -16 to 16 a bin is 1/32 wide.</summary>
    public const int EvaluationBinsDefault = 1024;

    /// <summary>The model's name in settings and reports, such as <c>logistic</c> or <c>mlp</c>.</summary>
    [JsonIgnore]
    public string ModelName => Network?.Name ?? Model.ToString().ToLowerInvariant();

    /// <summary>Canonical JSON: properties in declared order, no white space, numbers in their shortest form. The same plan gives the same bytes.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, LearningPlanJson.Default.LearningPlan);

    /// <summary>Reads a plan.</summary>
    /// <exception cref="ProgramException">The bytes are no plan of this version.</exception>
    public static LearningPlan FromJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, LearningPlanJson.Default.LearningPlan) ?? throw new ProgramException("the learning plan is null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            throw new ProgramException($"the learning plan cannot be read: {e.Message}", e);
        }
    }

    /// <summary>What the server needs to know of the plan's model.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public IModelShape CreateShape() => External is { } external ? external : CreateModel();

    /// <summary>What the training at the sites must be able to do beyond plain steps.</summary>
    [JsonIgnore]
    public TrainerAbilities Needs => Algorithm.Needs | (Optimizer is { IsPlain: false } ? TrainerAbilities.Optimizer : TrainerAbilities.None) | (L2 > 0 ? TrainerAbilities.Penalty : TrainerAbilities.None);

    /// <summary>Makes the plan's model, which is one of ours.</summary>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public IModel CreateModel() => Network is null ? new GeneralisedLinearModel(Model, Features.Length, Classes, L2) : Network.Create(Features.Length, Classes, L2);

    /// <summary>Where the model's parameters start: of networks by the plan's seed, else zeros.</summary>
    public double[] InitialParameters() => CreateModel().Init(Network?.InitialSeed() ?? []);

    /// <summary>Says what is wrong with the plan, or null.</summary>
    public string? Check()
    {
        if (Features.IsDefaultOrEmpty) return "the plan has no features.";
        if (WeightCap is { } cap && !(cap > 0 && double.IsFinite(cap))) return $"weight-cap is {cap}; it must be above 0.";
        if (WeightCap is { } whole && whole != Math.Floor(whole)) return $"weight-cap is {whole}; it must be a whole number of rows.";
        if (EvaluationBins is < 2 or > 65536) return $"the AUC histogram has {EvaluationBins} bins; 2 to 65536 are possible.";
        if (Stopping.Check(Algorithm) is { } problem) return problem;
        if (ClipNorm is { } norm && !(norm > 0 && double.IsFinite(norm))) return $"clip-norm is {norm}; it must be above 0.";
        if (ClassFiguresMinimum is < 2) return $"class-figures.minimum-contributors is {ClassFiguresMinimum}; a class of fewer than 2 sites is one site's.";
        if (ClassFiguresMinimum is not null && (Classes < 2 || External is not null)) return "class-figures need classes, and a model of ours.";
        if (Model == ModelKind.Network != Network is not null) return "the plan's model is a network exactly when its layers are stated.";
        if (BroadcastPrecision == NetworkPrecision.Float32 && Network is not { Precision: NetworkPrecision.Float32 }) return "the model goes to the sites in float32, and they do not train it in float32.";
        if (Model == ModelKind.External != External is not null) return "the plan's model is an external one exactly when its trainer is stated.";
        if (External is not null && ForbiddenElsewhere() is { } forbidden) return forbidden;
        if (Optimizer?.Check() is { } wrong) return wrong + ".";
        if (EarlyStopping?.Check() is { } odd) return odd + ".";
        if ((Optimizer is { IsPlain: false } || EarlyStopping is not null) && !Algorithm.AllowsOptimizer)
            return $"{Algorithm.Algorithm} relies on plain gradient steps, all of them; it cannot be combined with another optimiser, weight decay, clipping, a schedule or early stopping.";
        try
        {
            IModelShape shape = CreateShape();
            _ = Algorithm.Create();
            if (!Algorithm.KeepsLocalBlocks && shape.Blocks.FirstOrDefault(static block => !block.IsShared) is { } local)
                return $"{Algorithm.Algorithm} sums all parameters, so block '{local.Name}' would not stay at its site; share it, or choose an algorithm that keeps blocks local.";
        }
        catch (ArgumentException e)
        {
            return e.Message + ".";
        }
        return null;
    }

    private string? ForbiddenElsewhere()
    {
        if (External!.Check(Classes) is { } problem) return problem + ".";
        if (Algorithm.NeedsObjective)
            return $"{Algorithm.Algorithm} with these settings needs gradients or losses of its own choice, which trainer '{External.Trainer}' does not give; use fedavg or another algorithm that needs trained parameters only.";
        return EarlyStopping is null ? null : "early-stopping is for models of ours; let the trainer decide when to stop.";
    }
}

/// <summary>Source-generated JSON of the plan.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(LearningPlan))]
internal sealed partial class LearningPlanJson : JsonSerializerContext;
