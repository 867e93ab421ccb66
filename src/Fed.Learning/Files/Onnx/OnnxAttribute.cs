namespace Fed.Learning.Files.Onnx;

/// <summary>A setting of a node: one whole number, or a list of them.</summary>
internal readonly record struct OnnxAttribute(string Name, ImmutableArray<long> Values, bool IsList)
{
    public static OnnxAttribute Number(string name, long value) => new(name, [value], IsList: false);

    public static OnnxAttribute List(string name, params ImmutableArray<long> values) => new(name, values, IsList: true);
}
