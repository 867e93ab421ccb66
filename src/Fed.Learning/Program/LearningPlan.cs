using System.Text.Json;
using System.Text.Json.Serialization;
using Fed.Learning.Algorithms;
using Fed.Learning.Models;

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
public sealed record LearningPlan(
    ModelKind Model, int Classes, ImmutableArray<string> Features, AlgorithmOptions Algorithm, SiteWeights Weights, double L2, bool Standardise, double? WeightCap,
    StoppingOptions Stopping, int EvaluationBins, GridOptions Grid)
{
    /// <summary>Default of <see cref="EvaluationBins"/>: over logits from -16 to 16 a bin is 1/32 wide.</summary>
    public const int EvaluationBinsDefault = 1024;

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

    /// <summary>Says what is wrong with the plan, or null.</summary>
    public string? Check()
    {
        if (Features.IsDefaultOrEmpty) return "the plan has no features.";
        if (WeightCap is { } cap && !(cap > 0 && double.IsFinite(cap))) return $"weight-cap is {cap}; it must be above 0.";
        if (WeightCap is { } whole && whole != Math.Floor(whole)) return $"weight-cap is {whole}; it must be a whole number of rows.";
        if (EvaluationBins is < 2 or > 65536) return $"the AUC histogram has {EvaluationBins} bins; 2 to 65536 are possible.";
        if (Stopping.Check(Algorithm) is { } problem) return problem;
        try
        {
            _ = new GeneralisedLinearModel(Model, Features.Length, Classes, L2);
            _ = Algorithm.Create();
        }
        catch (ArgumentException e)
        {
            return e.Message + ".";
        }
        return null;
    }
}

/// <summary>Source-generated JSON of the plan.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(LearningPlan))]
internal sealed partial class LearningPlanJson : JsonSerializerContext;
