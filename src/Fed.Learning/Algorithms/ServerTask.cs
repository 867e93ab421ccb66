using Fed.Learning.Program;

namespace Fed.Learning.Algorithms;

/// <summary>What a server step starts from.</summary>
/// <param name="Parameters">The model of the round; not to be changed.</param>
/// <param name="State">The server's vector beside it; not to be changed.</param>
/// <param name="Sum">The opened sum.</param>
public sealed record ServerTask(double[] Parameters, double[] State, OpenedSum Sum);

/// <summary>What a server step gives.</summary>
/// <param name="Parameters">The next model.</param>
/// <param name="State">The server's next vector.</param>
/// <param name="GradientNorm">Euclidean norm of the objective's gradient at the round's model, where the algorithm sums gradients; else null.</param>
public sealed record ServerUpdate(double[] Parameters, double[] State, double? GradientNorm)
{
    /// <summary>Figures of the algorithm's own for the round's report, by name.</summary>
    public ImmutableSortedDictionary<string, double> Metrics { get; init; } = ImmutableSortedDictionary.Create<string, double>(StringComparer.Ordinal);
}
