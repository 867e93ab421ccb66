namespace Fed.Learning.Files.Onnx;

/// <summary>A value that flows through a graph: a tensor whose first axis is the rows.</summary>
/// <param name="Name">Unique in the graph.</param>
/// <param name="Shape">The axes behind the rows, none for a number a row.</param>
internal readonly record struct OnnxValue(string Name, ImmutableArray<int> Shape)
{
    /// <summary>Entries of a row.</summary>
    public int Length => Shape.Aggregate(1, static (product, axis) => product * axis);
}
