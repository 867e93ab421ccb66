namespace Fed.Learning.Models;

/// <summary>A named part of a model's flat parameter vector: what becomes a tensor in a model file and a segment of a summed vector.</summary>
/// <param name="Name">Unique in its model, <c>[a-z0-9.-]+</c>.</param>
/// <param name="Shape">Row-major dimensions.</param>
/// <param name="IsPenalised">True for weights, which penalty and weight decay bind; false for intercepts and gains.</param>
/// <param name="IsShared">False when the block stays at its site (a personal head, for example).</param>
public sealed record ParameterBlock(string Name, ImmutableArray<int> Shape, bool IsPenalised, bool IsShared = true)
{
    /// <summary>Number of entries.</summary>
    public int Length => Shape.Aggregate(1, static (product, dimension) => checked(product * dimension));
}
