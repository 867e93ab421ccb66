using System.Numerics;
using Fed.Learning.Files.Onnx;

namespace Fed.Learning.Models.Layers;

/// <summary>A layer that reads a part of each example.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Start">First entry that it reads.</param>
internal readonly record struct Branch<T>(Layer<T> Layer, int Start)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;

/// <summary>Layers side by side, their outputs joined: filters of several widths over one text, or an encoder for each modality of an example.</summary>
internal sealed class Branches<T>(int inputs, params ImmutableArray<Branch<T>> branches) : Layer<T>(inputs, branches.Sum(static b => b.Layer.Outputs), [.. branches.SelectMany(static b => b.Layer.Blocks)])
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Init(Span<double> parameters, InitialDraws draws)
    {
        foreach ((Layer<T> layer, _) in branches)
        {
            layer.Init(parameters[..layer.Parameters], draws);
            parameters = parameters[layer.Parameters..];
        }
    }

    public override LayerState<T> CreateState(int rowsMax) => new State(branches, rowsMax);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        State state = (State)pass.State;
        int to = 0;
        for (int b = 0; b < branches.Length; b++)
        {
            (Layer<T> layer, int start) = branches[b];
            Span<T> input = state.Inputs[b].AsSpan(0, pass.Rows * layer.Inputs), output = state.Outputs[b].AsSpan(0, pass.Rows * layer.Outputs);
            for (int r = 0; r < pass.Rows; r++) x.Slice(r * Inputs + start, layer.Inputs).CopyTo(input[(r * layer.Inputs)..]);
            layer.Forward(pass with { State = state.Of[b] }, parameters[..layer.Parameters], input, output);
            for (int r = 0; r < pass.Rows; r++) output.Slice(r * layer.Outputs, layer.Outputs).CopyTo(y[(r * Outputs + to)..]);
            parameters = parameters[layer.Parameters..];
            to += layer.Outputs;
        }
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        List<OnnxValue> parts = [];
        foreach ((Layer<T> layer, int start) in branches)
        {
            OnnxValue input = layer.Inputs == Inputs ? x : graph.Part(graph.Flat(x), start, layer.Inputs);
            parts.Add(graph.Flat(layer.AddTo(graph, parameters[..layer.Parameters], input)));
            parameters = parameters[layer.Parameters..];
        }
        return graph.Joined(parts);
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        State state = (State)pass.State;
        dx.Clear();
        int to = 0;
        for (int b = 0; b < branches.Length; b++)
        {
            (Layer<T> layer, int start) = branches[b];
            Span<T> input = state.Inputs[b].AsSpan(0, pass.Rows * layer.Inputs), output = state.Outputs[b].AsSpan(0, pass.Rows * layer.Outputs), slopes = state.Slopes[b].AsSpan(0, output.Length);
            Span<T> below = dx.IsEmpty ? [] : state.Below[b].AsSpan(0, input.Length);
            for (int r = 0; r < pass.Rows; r++) dy.Slice(r * Outputs + to, layer.Outputs).CopyTo(slopes[(r * layer.Outputs)..]);
            layer.Backward(pass with { State = state.Of[b] }, parameters[..layer.Parameters], input, output, slopes, below, gradient[..layer.Parameters]);
            for (int i = 0; i < below.Length; i++) dx[i / layer.Inputs * Inputs + start + i % layer.Inputs] += below[i];
            parameters = parameters[layer.Parameters..];
            gradient = gradient[layer.Parameters..];
            to += layer.Outputs;
        }
    }

    private sealed class State(ImmutableArray<Branch<T>> branches, int rowsMax) : LayerState<T>
    {
        public LayerState<T>[] Of { get; } = [.. branches.Select(b => b.Layer.CreateState(rowsMax))];

        public T[][] Inputs { get; } = [.. branches.Select(b => new T[rowsMax * b.Layer.Inputs])];

        public T[][] Outputs { get; } = [.. branches.Select(b => new T[rowsMax * b.Layer.Outputs])];

        public T[][] Slopes { get; } = [.. branches.Select(b => new T[rowsMax * b.Layer.Outputs])];

        public T[][] Below { get; } = [.. branches.Select(b => new T[rowsMax * b.Layer.Inputs])];
    }
}
