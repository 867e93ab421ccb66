using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary>
/// A modality that some examples lack: its first entry says whether it is there (1) or not (0), the rest goes through an encoder. Where it is missing a learned vector stands in for
/// the encoder's, and the values are not read.
/// </summary>
internal sealed class Presence<T>(string name, Layer<T> encoder) : Layer<T>(encoder.Inputs + 1, encoder.Outputs, encoder.Blocks.Add(new ParameterBlock($"{name}.missing", [encoder.Outputs], IsPenalised: true)))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Init(Span<double> parameters, InitialDraws draws) => encoder.Init(parameters[..encoder.Parameters], draws);

    public override LayerState<T> CreateState(int rowsMax) => new State(encoder, rowsMax);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        State state = (State)pass.State;
        Span<T> values = state.Values.AsSpan(0, pass.Rows * encoder.Inputs), encoded = state.Encoded.AsSpan(0, y.Length);
        for (int r = 0; r < pass.Rows; r++)
        {
            Span<T> row = values.Slice(r * encoder.Inputs, encoder.Inputs);
            if (IsThere(x, r)) x.Slice(r * Inputs + 1, encoder.Inputs).CopyTo(row);
            else row.Clear();
        }
        encoder.Forward(pass with { State = state.Encoder }, parameters[..encoder.Parameters], values, encoded);
        for (int r = 0; r < pass.Rows; r++)
            (IsThere(x, r) ? encoded.Slice(r * Outputs, Outputs) : parameters[encoder.Parameters..]).CopyTo(y[(r * Outputs)..]);
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        x = graph.Flat(x);
        OnnxValue isThere = graph.Each("Greater", graph.Part(x, 0, 1), graph.Number(0));
        OnnxValue encoded = graph.Flat(encoder.AddTo(graph, parameters[..encoder.Parameters], graph.Part(x, 1, encoder.Inputs)));
        return graph.Step("Where", [Outputs], [isThere.Name, encoded.Name, graph.Weights(Blocks[^1], parameters[encoder.Parameters..])]);
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        State state = (State)pass.State;
        for (int r = 0; r < pass.Rows; r++)
        {
            if (IsThere(x, r)) continue;
            Span<T> slope = dy.Slice(r * Outputs, Outputs);
            Elementwise.Add(slope, gradient[encoder.Parameters..]);
            slope.Clear();
        }
        Span<T> values = state.Values.AsSpan(0, pass.Rows * encoder.Inputs), below = dx.IsEmpty ? [] : state.Below.AsSpan(0, values.Length);
        encoder.Backward(pass with { State = state.Encoder }, parameters[..encoder.Parameters], values, state.Encoded.AsSpan(0, y.Length), dy, below, gradient[..encoder.Parameters]);
        if (dx.IsEmpty) return;
        dx.Clear();   // whether a modality is there has no slope
        for (int r = 0; r < pass.Rows; r++)
            if (IsThere(x, r)) below.Slice(r * encoder.Inputs, encoder.Inputs).CopyTo(dx[(r * Inputs + 1)..]);
    }

    private bool IsThere(ReadOnlySpan<T> x, int row) => x[row * Inputs] > T.Zero;

    private sealed class State(Layer<T> encoder, int rowsMax) : LayerState<T>
    {
        public LayerState<T> Encoder { get; } = encoder.CreateState(rowsMax);

        public T[] Values { get; } = new T[rowsMax * encoder.Inputs];

        public T[] Encoded { get; } = new T[rowsMax * encoder.Outputs];

        public T[] Below { get; } = new T[rowsMax * encoder.Inputs];
    }
}
