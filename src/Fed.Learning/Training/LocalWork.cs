using Fed.Learning.Data;
using Fed.Learning.Models;

namespace Fed.Learning.Training;

/// <summary>What local training is to do: steps <c>w -= rate * direction(gradient(w) + correction + proximal * (w - start))</c> on a site's own rows.</summary>
public sealed record LocalWork
{
    /// <summary>The model; of one that is trained outside this program the shape.</summary>
    public required IModelShape Model { get; init; }

    /// <summary>The rows, at least one.</summary>
    public required Matrix Data { get; init; }

    /// <summary>How many steps.</summary>
    public required int Steps { get; init; }

    /// <summary>Rows a step; 0 = all.</summary>
    public int BatchSize { get; init; }

    /// <summary>Learning rate, above 0.</summary>
    public required double LearningRate { get; init; }

    /// <summary>How a gradient becomes a step.</summary>
    public OptimizerOptions Optimizer { get; init; } = OptimizerOptions.Plain;

    /// <summary>When to end before the last step; null never does.</summary>
    public EarlyStoppingOptions? EarlyStopping { get; init; }

    /// <summary>Added to every gradient (SCAFFOLD's c - c_k), shape <c>[Parameters]</c>; empty for none.</summary>
    public ReadOnlyMemory<double> Correction { get; init; }

    /// <summary>FedProx's mu: pulls towards the parameters at the start of the work. 0 leaves every bit as it is without.</summary>
    public double Proximal { get; init; }

    /// <summary>Asked after each pass over the rows with the parameters so far; true ends the work early. Null: never.</summary>
    public Func<ReadOnlySpan<double>, bool>? IsEnough { get; init; }

    /// <summary>32 bytes that fix the order of the rows, which is drawn anew for every pass, and dropout.</summary>
    public required ReadOnlyMemory<byte> Seed { get; init; }

    /// <summary>Told 0 to 100.</summary>
    public Action<int> ProgressPercent { get; init; } = static _ => { };

    /// <summary>Told after every step; stays at the site.</summary>
    public Action<LocalProgress>? Watch { get; init; }

    /// <summary>Honoured between steps.</summary>
    public CancellationToken Cancel { get; init; }

    /// <summary>Steps that <paramref name="epochs"/> passes take.</summary>
    public static int StepsOf(int epochs, int rows, int batchSize) => checked(epochs * (batchSize == 0 ? 1 : (rows + batchSize - 1) / batchSize));
}
