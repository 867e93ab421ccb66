using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary><c>y = x + f(x)</c>.</summary>
/// <remarks>He et al. 2016, CVPR, arXiv 1512.03385.</remarks>
internal sealed class Residual<T>(Layer<T> inner) : Layer<T>(inner.Inputs, inner.Inputs == inner.Outputs ? inner.Outputs : throw new ArgumentException($"a residual block maps {inner.Inputs} entries to {inner.Outputs}; they must be equal", nameof(inner)), inner.Blocks)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Init(Span<double> parameters, InitialDraws draws) => inner.Init(parameters, draws);

    public override LayerState<T> CreateState(int rowsMax) => new State(inner, rowsMax);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        State state = (State)pass.State;
        inner.Forward(pass with { State = state.Inner }, parameters, x, y);
        y.CopyTo(state.Output);
        Elementwise.Add(x, y);
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        x = graph.Flat(x);
        return graph.Each("Add", x, graph.Flat(inner.AddTo(graph, parameters, x)).Name);
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        State state = (State)pass.State;
        Span<T> slopes = state.Slopes.AsSpan(0, dy.Length);
        dy.CopyTo(slopes);   // the inner layer may overwrite what it gets
        inner.Backward(pass with { State = state.Inner }, parameters, x, state.Output.AsSpan(0, y.Length), slopes, dx, gradient);
        if (!dx.IsEmpty) Elementwise.Add<T>(dy, dx);
    }

    private sealed class State(Layer<T> inner, int rowsMax) : LayerState<T>
    {
        public LayerState<T> Inner { get; } = inner.CreateState(rowsMax);

        public T[] Output { get; } = new T[rowsMax * inner.Outputs];

        public T[] Slopes { get; } = new T[rowsMax * inner.Outputs];
    }
}
