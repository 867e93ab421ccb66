using System.Text.Json.Serialization;
using Fed.Learning.Training;

namespace Fed.Learning.Algorithms;

/// <summary>Settings of an algorithm whose sites take several gradient steps a round.</summary>
/// <param name="LocalSteps">Gradient steps a round, at least 1; null counts in epochs.</param>
/// <param name="LocalEpochs">Passes over the site's rows a round, at least 1; null counts in steps. Exactly one of the two is set.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Local step, above 0.</param>
public abstract record LocalTrainingOptions(
    [property: JsonPropertyOrder(-4)] int? LocalSteps, [property: JsonPropertyOrder(-3)] int? LocalEpochs,
    [property: JsonPropertyOrder(-2)] int BatchSize, [property: JsonPropertyOrder(-1)] double LearningRate) : AlgorithmOptions
{
    /// <inheritdoc/>
    [JsonIgnore]
    public override double LocalLearningRate => LearningRate;

    /// <summary>Steps that a site of so many training rows takes in a round.</summary>
    public int StepsOf(int rows) => LocalSteps ?? LocalWork.StepsOf(LocalEpochs!.Value, rows, BatchSize);

    /// <summary>A round's local training at a site, without correction.</summary>
    internal LocalWork Work(LocalTask task) => task.Work(StepsOf(task.Data.Rows), BatchSize, LearningRate);

    /// <summary>Refuses local settings that are out of range.</summary>
    /// <exception cref="ArgumentException">The message says which and what is possible.</exception>
    private protected void CheckLocal()
    {
        if (LocalSteps.HasValue == LocalEpochs.HasValue) throw new ArgumentException("exactly one of local-steps and local-epochs is set");
        if ((LocalSteps ?? LocalEpochs) is < 1) throw new ArgumentException($"local-steps or local-epochs is {LocalSteps ?? LocalEpochs}; it must be at least 1");
        if (BatchSize < 0) throw new ArgumentException($"batch-size is {BatchSize}; it must be 0 (all rows) or above");
        Above(LearningRate, 0, "learning-rate");
    }

    /// <summary>Refuses a setting that is not above a bound.</summary>
    private protected static void Above(double value, double bound, string name)
    {
        if (!(value > bound && double.IsFinite(value))) throw new ArgumentException($"{name} is {value}; it must be above {bound}");
    }

    /// <summary>Refuses a setting that does not lie in [0, bound).</summary>
    private protected static void Below(double value, double bound, string name)
    {
        if (!(value >= 0 && value < bound)) throw new ArgumentException($"{name} is {value}; it must be at least 0 and below {bound}");
    }
}
