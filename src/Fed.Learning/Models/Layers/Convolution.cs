using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary>Convolution of images <c>[channels, height, width]</c> into <c>[filters, places]</c>, as a matrix product over patches; of series with height 1.</summary>
internal sealed class Convolution<T>(string name, Window window, int filters) : Layer<T>(
    window.Checked().Image, filters * window.Places,
    [
        new ParameterBlock($"{name}.weight", [filters, window.Channels, window.WindowHeight, window.WindowWidth], IsPenalised: true),
        new ParameterBlock($"{name}.bias", [filters], IsPenalised: false),
    ])
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private int Weights => filters * window.Covered;

    public override void Init(Span<double> parameters, InitialDraws draws) => draws.He(parameters[..Weights], window.Covered);

    public override LayerState<T> CreateState(int rowsMax) => new State(window);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        State state = (State)pass.State;
        ReadOnlySpan<T> bias = parameters[Weights..];
        for (int r = 0; r < pass.Rows; r++)
        {
            Span<T> output = y.Slice(r * Outputs, Outputs);
            for (int f = 0; f < filters; f++) output.Slice(f * window.Places, window.Places).Fill(bias[f]);
            Patches.Gather(window, x.Slice(r * Inputs, Inputs), state.Patches);
            MatrixProduct.Add(new(parameters, filters, window.Covered), new(state.Patches, window.Covered, window.Places), output);
        }
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) => graph.Step(
        "Conv", [filters, window.PlacesHeight, window.PlacesWidth],
        [graph.Shaped(x, window.Channels, window.Height, window.Width).Name, graph.Weights(Blocks[0], parameters[..Weights]), graph.Weights(Blocks[1], parameters[Weights..])],
        OnnxAttribute.List("kernel_shape", window.WindowHeight, window.WindowWidth),
        OnnxAttribute.List("strides", window.Stride, window.Stride),
        OnnxAttribute.List("pads", window.PaddingHeight, window.PaddingWidth, window.PaddingHeight, window.PaddingWidth));

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        State state = (State)pass.State;
        dx.Clear();
        for (int r = 0; r < pass.Rows; r++)
        {
            ReadOnlySpan<T> slopes = dy.Slice(r * Outputs, Outputs);
            for (int f = 0; f < filters; f++) gradient[Weights + f] += Sum(slopes.Slice(f * window.Places, window.Places));
            Patches.Gather(window, x.Slice(r * Inputs, Inputs), state.Patches);
            MatrixView<T> byFilter = new(slopes, filters, window.Places);
            MatrixProduct.Add(byFilter, new MatrixView<T>(state.Patches, window.Covered, window.Places).Transposed, gradient[..Weights]);
            if (dx.IsEmpty) continue;
            state.Slopes.AsSpan().Clear();
            MatrixProduct.Add(new MatrixView<T>(parameters, filters, window.Covered).Transposed, byFilter, state.Slopes);
            Patches.Scatter(window, state.Slopes, dx.Slice(r * Inputs, Inputs));
        }
    }

    private static T Sum(ReadOnlySpan<T> values)
    {
        T sum = T.Zero;
        foreach (T value in values) sum += value;
        return sum;
    }

    private sealed class State(Window window) : LayerState<T>
    {
        public T[] Patches { get; } = new T[window.Covered * window.Places];

        public T[] Slopes { get; } = new T[window.Covered * window.Places];
    }
}
