using Fed.Learning.Models;

namespace Fed.Learning.Files.Onnx;

/// <summary>A computation that layers write down step by step. Values keep their rows first; what lies behind is reshaped only where a step needs another form.</summary>
/// <param name="precision">Of the model: <see cref="OnnxType.Float"/> or <see cref="OnnxType.Double"/>.</param>
internal sealed class OnnxGraph(OnnxType precision)
{
    private readonly List<Tensor> _initializers = [];
    private readonly List<NodeInfo> _nodes = [];
    private readonly List<ValueInfo> _outputs = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);

    /// <summary>Of the model's arithmetic.</summary>
    public OnnxType Precision => precision;

    /// <summary>The graph's input, once declared.</summary>
    public ValueInfo Input { get; private set; }

    /// <summary>The steps, each behind those that it needs.</summary>
    public IReadOnlyList<NodeInfo> Nodes => _nodes;

    /// <summary>The numbers that are part of the graph.</summary>
    public IReadOnlyList<Tensor> Initializers => _initializers;

    /// <summary>What comes out.</summary>
    public IReadOnlyList<ValueInfo> Outputs => _outputs;

    /// <summary>Declares what goes in.</summary>
    public OnnxValue Declare(string name, OnnxType type, int columns)
    {
        OnnxValue value = new(name, [columns]);
        Input = new ValueInfo(value, type);
        return value;
    }

    /// <summary>Declares that a value comes out, under a name.</summary>
    public void Result(string name, OnnxValue value)
    {
        _nodes.Add(new NodeInfo("Identity", name, [value.Name], [name], []));
        _outputs.Add(new ValueInfo(value with { Name = name }, precision));
    }

    /// <summary>A block of a model's parameters, under its own name.</summary>
    public string Weights(ParameterBlock block, ReadOnlySpan<double> values) => Weights(block.Name, block.Shape, values);

    /// <summary>Some of a model's parameters.</summary>
    /// <param name="name">Unique.</param>
    /// <param name="shape">Axes, outermost first.</param>
    /// <param name="values">Row-major; rounded to the precision.</param>
    public string Weights(string name, ImmutableArray<int> shape, ReadOnlySpan<double> values) => Floats(name, shape, values, precision);

    /// <summary>A number that every row shares.</summary>
    public string Number(double value) => Floats(Unique("number"), [], [value], precision);

    /// <summary>Floating-point numbers of a type of one's own.</summary>
    public string Floats(string name, ImmutableArray<int> shape, ReadOnlySpan<double> values, OnnxType type)
    {
        ImmutableArray<long> axes = [.. shape.Select(static axis => (long)axis)];
        _initializers.Add(type == OnnxType.Double ? Tensor.Create(name, axes, values) : Tensor.Create<float>(name, axes, Array.ConvertAll(values.ToArray(), static value => (float)value)));
        return name;
    }

    /// <summary>Whole numbers that steer a step: a shape, axes, bounds.</summary>
    public string Integers(params ImmutableArray<long> values)
    {
        string name = Unique("integers");
        _initializers.Add(Tensor.Create(name, [values.Length], values.AsSpan()));
        return name;
    }

    /// <summary>A whole number that steers a step.</summary>
    public string Integer(long value)
    {
        string name = Unique("integer");
        _initializers.Add(Tensor.Create<long>(name, [], [value]));
        return name;
    }

    /// <summary>A step with one result of a shape.</summary>
    /// <param name="operation">ONNX's name of it, opset 17.</param>
    /// <param name="shape">Of the result, behind the rows.</param>
    /// <param name="inputs">Names of values, weights and numbers; empty where an optional one is left out.</param>
    /// <param name="attributes">Its settings.</param>
    public OnnxValue Step(string operation, ImmutableArray<int> shape, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        string name = Unique(operation);
        _nodes.Add(new NodeInfo(operation, name, [.. inputs], [name], [.. attributes]));
        return new OnnxValue(name, shape);
    }

    /// <summary>A step on each entry: its result has the shape of its first input.</summary>
    public OnnxValue Each(string operation, OnnxValue x, params ReadOnlySpan<string> others) => Step(operation, x.Shape, [x.Name, .. others]);

    /// <summary>The second result of a step of three, such as a recurrence's last state.</summary>
    public OnnxValue SecondOf(string operation, ImmutableArray<int> shape, ReadOnlySpan<string> inputs, params ReadOnlySpan<OnnxAttribute> attributes)
    {
        string name = Unique(operation);
        _nodes.Add(new NodeInfo(operation, name, [.. inputs], ["", name], [.. attributes]));
        return new OnnxValue(name, shape);
    }

    /// <summary>The same entries in another shape; nothing to do where it has it.</summary>
    public OnnxValue Shaped(OnnxValue x, params ImmutableArray<int> shape) =>
        x.Shape.SequenceEqual(shape) ? x : Step("Reshape", shape, [x.Name, Integers([-1, .. shape.Select(static axis => (long)axis)])]);

    /// <summary>One axis behind the rows.</summary>
    public OnnxValue Flat(OnnxValue x) => Shaped(x, x.Length);

    /// <summary>The rows' entries, cut into shorter rows of their own.</summary>
    public OnnxValue Stacked(OnnxValue x, int length) => Step("Reshape", [length], [x.Name, Integers(-1, length)]);

    /// <summary>A part of the first axis behind the rows.</summary>
    public OnnxValue Part(OnnxValue x, int start, int length) =>
        start == 0 && length == x.Shape[0] ? x : Step("Slice", [length, .. x.Shape[1..]], [x.Name, Integers(start), Integers(start + length), Integers(1)]);

    /// <summary>Values one behind the other along the first axis behind the rows.</summary>
    public OnnxValue Joined(IReadOnlyList<OnnxValue> parts) =>
        Step("Concat", [parts.Sum(static part => part.Shape[0]), .. parts[0].Shape[1..]], [.. parts.Select(static part => part.Name)], OnnxAttribute.Number("axis", 1));

    /// <summary>Another element type.</summary>
    public OnnxValue As(OnnxType type, OnnxValue x) => Step("Cast", x.Shape, [x.Name], OnnxAttribute.Number("to", (long)type));

    private string Unique(string stem)
    {
        string name = stem.ToLowerInvariant();
        int number = _names[name] = _names.GetValueOrDefault(name) + 1;
        return $"{name}_{number}";
    }

    /// <summary>What goes in or comes out.</summary>
    internal readonly record struct ValueInfo(OnnxValue Value, OnnxType Type);

    /// <summary>A step.</summary>
    internal readonly record struct NodeInfo(string Operation, string Name, ImmutableArray<string> Inputs, ImmutableArray<string> Outputs, ImmutableArray<OnnxAttribute> Attributes);
}
