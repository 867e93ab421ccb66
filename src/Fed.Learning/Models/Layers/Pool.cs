using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary>Pooling as a step of an ONNX graph.</summary>
internal static class PoolSteps
{
    /// <summary>A pooling of a name over the window, which has no padding.</summary>
    public static OnnxValue AddPool(this Window window, OnnxGraph graph, string operation, OnnxValue x) => graph.Step(
        operation, [window.Channels, window.PlacesHeight, window.PlacesWidth], [graph.Shaped(x, window.Channels, window.Height, window.Width).Name],
        OnnxAttribute.List("kernel_shape", window.WindowHeight, window.WindowWidth), OnnxAttribute.List("strides", window.Stride, window.Stride));
}

/// <summary>The highest entry of each window; the slope goes to where it was.</summary>
internal sealed class MaxPool<T>(Window window) : Layer<T>(window.Checked().Image, window.Channels * window.Places)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Window _window = window;

    public override LayerState<T> CreateState(int rowsMax) => new State(rowsMax * Outputs);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y) => ForkJoin.Run(new Ahead(this, pass, x, y));

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) => _window.AddPool(graph, "MaxPool", x);

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        if (!dx.IsEmpty) ForkJoin.Run(new Back(this, pass, dy, dx));
    }

    // Rows that one thread works on at a time: of about 32,000 entries altogether.
    private int PartRows => Math.Max(1, LaneLoop.Piece / Inputs);

    private readonly ref struct Ahead(MaxPool<T> layer, LayerPass<T> pass, ReadOnlySpan<T> x, Span<T> y) : IParts
    {
        private readonly ReadOnlySpan<T> _x = x;
        private readonly Span<T> _y = y;

        public int Parts => (pass.Rows + layer.PartRows - 1) / layer.PartRows;

        public void Run(int part)
        {
            Span<int> from = ((State)pass.State).From;
            for (int r = part * layer.PartRows; r < Math.Min(pass.Rows, (part + 1) * layer.PartRows); r++)
                Pooling.Max(layer._window, _x.Slice(r * layer.Inputs, layer.Inputs), _y.Slice(r * layer.Outputs, layer.Outputs), from.Slice(r * layer.Outputs, layer.Outputs));
        }
    }

    private readonly ref struct Back(MaxPool<T> layer, LayerPass<T> pass, ReadOnlySpan<T> dy, Span<T> dx) : IParts
    {
        private readonly ReadOnlySpan<T> _dy = dy;
        private readonly Span<T> _dx = dx;

        public int Parts => (pass.Rows + layer.PartRows - 1) / layer.PartRows;

        public void Run(int part)
        {
            for (int r = part * layer.PartRows; r < Math.Min(pass.Rows, (part + 1) * layer.PartRows); r++)
            {
                ReadOnlySpan<int> from = ((State)pass.State).From.AsSpan(r * layer.Outputs, layer.Outputs);
                ReadOnlySpan<T> slopes = _dy.Slice(r * layer.Outputs, layer.Outputs);
                Span<T> below = _dx.Slice(r * layer.Inputs, layer.Inputs);
                below.Clear();
                for (int i = 0; i < from.Length; i++) below[from[i]] += slopes[i];
            }
        }
    }

    private sealed class State(int length) : LayerState<T>
    {
        public int[] From { get; } = new int[length];
    }
}

/// <summary>The mean of each window.</summary>
internal sealed class MeanPool<T>(Window window) : Layer<T>(window.Checked().Image, window.Channels * window.Places)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        for (int r = 0; r < pass.Rows; r++) Pooling.Mean(window, x.Slice(r * Inputs, Inputs), y.Slice(r * Outputs, Outputs));
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) => window.AddPool(graph, "AveragePool", x);

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        if (dx.IsEmpty) return;
        dx.Clear();
        for (int r = 0; r < pass.Rows; r++) Pooling.SpreadMean<T>(window, dy.Slice(r * Outputs, Outputs), dx.Slice(r * Inputs, Inputs));
    }
}
