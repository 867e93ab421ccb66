using System.Numerics;
using Fed.Learning.Files.Onnx;

namespace Fed.Learning.Models.Layers;

/// <summary>Layers one after another.</summary>
internal sealed class Chain<T> : Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Layer<T>[] _layers;

    /// <summary>Joins layers.</summary>
    /// <exception cref="ArgumentException">There are none, or the outputs of one are not the inputs of the next.</exception>
    public Chain(params IReadOnlyList<Layer<T>> layers)
        : base(layers.Count > 0 ? layers[0].Inputs : throw new ArgumentException("a chain needs a layer", nameof(layers)), layers[^1].Outputs, [.. layers.SelectMany(static layer => layer.Blocks)])
    {
        for (int i = 1; i < layers.Count; i++)
            if (layers[i].Inputs != layers[i - 1].Outputs) throw new ArgumentException($"layer {i} takes {layers[i].Inputs} entries, the one before gives {layers[i - 1].Outputs}", nameof(layers));
        _layers = [.. layers];
    }

    public override void Init(Span<double> parameters, InitialDraws draws)
    {
        foreach (Layer<T> layer in _layers)
        {
            layer.Init(parameters[..layer.Parameters], draws);
            parameters = parameters[layer.Parameters..];
        }
    }

    public override LayerState<T> CreateState(int rowsMax) => new State(_layers, rowsMax);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        State state = (State)pass.State;
        for (int i = 0; i < _layers.Length; i++)
        {
            Layer<T> layer = _layers[i];
            Span<T> output = i == _layers.Length - 1 ? y : state.Outputs[i].AsSpan(0, pass.Rows * layer.Outputs);
            layer.Forward(pass with { State = state.Of[i] }, parameters[..layer.Parameters], x, output);
            parameters = parameters[layer.Parameters..];
            x = output;
        }
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        foreach (Layer<T> layer in _layers)
        {
            x = layer.AddTo(graph, parameters[..layer.Parameters], x);
            parameters = parameters[layer.Parameters..];
        }
        return x;
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        State state = (State)pass.State;
        int end = Parameters;
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            Layer<T> layer = _layers[i];
            end -= layer.Parameters;
            ReadOnlySpan<T> input = i == 0 ? x : state.Outputs[i - 1].AsSpan(0, pass.Rows * layer.Inputs);
            ReadOnlySpan<T> output = i == _layers.Length - 1 ? y : state.Outputs[i].AsSpan(0, pass.Rows * layer.Outputs);
            Span<T> below = i == 0 ? dx : NeedsSlopes(i, dx) ? state.Slopes[i - 1].AsSpan(0, pass.Rows * layer.Inputs) : [];
            layer.Backward(pass with { State = state.Of[i] }, parameters.Slice(end, layer.Parameters), input, output, dy, below, gradient.Slice(end, layer.Parameters));
            if (i > 0 && below.IsEmpty) return;
            dy = below;
        }
    }

    // Layers in front of the first parameters get no slopes, unless somebody wants those of the inputs.
    private bool NeedsSlopes(int layer, Span<T> dx)
    {
        if (!dx.IsEmpty) return true;
        for (int i = 0; i < layer; i++)
            if (_layers[i].Parameters > 0) return true;
        return false;
    }

    private sealed class State(Layer<T>[] layers, int rowsMax) : LayerState<T>
    {
        public LayerState<T>[] Of { get; } = [.. layers.Select(layer => layer.CreateState(rowsMax))];

        public T[][] Outputs { get; } = [.. layers[..^1].Select(layer => new T[rowsMax * layer.Outputs])];

        public T[][] Slopes { get; } = [.. layers[..^1].Select(layer => new T[rowsMax * layer.Outputs])];
    }
}
