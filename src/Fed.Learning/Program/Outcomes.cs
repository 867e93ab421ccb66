using Fed.Learning.Models;

namespace Fed.Learning.Program;

/// <summary>One of the sums that a program declares.</summary>
/// <param name="Name">Name within the round (<c>training</c>).</param>
/// <param name="Schema">Its vector.</param>
public sealed record ProgramSum(string Name, VectorSchema Schema);

/// <summary>A local vector before clipping, weighting and rounding.</summary>
/// <param name="Values">Shape <c>[schema.Length]</c>, the clip count left zero.</param>
/// <param name="Weight">Multiplies the weighted segments, in (0, 1].</param>
public sealed record LocalOutcome(double[] Values, double Weight);

/// <summary>What a server step gives.</summary>
/// <param name="State">The next state.</param>
/// <param name="ModelSha256">SHA-256 of the model's parameters as little-endian float64; null before there is a model.</param>
/// <param name="Metrics">Aggregated figures; a figure that is not defined is absent.</param>
/// <param name="Stop">The stopping rule that fired, told with the evaluation sum, or null.</param>
public sealed record StepOutcome(byte[] State, string? ModelSha256, ImmutableSortedDictionary<string, double> Metrics, string? Stop);

/// <summary>A trained model with what is needed to use it on raw data.</summary>
/// <param name="Features">Names of the features.</param>
/// <param name="Means">Subtracted first; fill missing values. Shape <c>[features]</c>.</param>
/// <param name="Deviations">Divide then; all 1 where the plan does not standardise, and then nothing is subtracted. Shape <c>[features]</c>.</param>
/// <param name="IsStandardised">Whether means and deviations are applied.</param>
/// <param name="Parameters">Block after block, on standardised features.</param>
/// <param name="Blocks">Names and shapes of the parameters' blocks.</param>
public sealed record ModelSnapshot(ImmutableArray<string> Features, double[] Means, double[] Deviations, bool IsStandardised, double[] Parameters, ImmutableArray<ParameterBlock> Blocks);
