using System.Numerics;
using Fed.Learning.Files.Onnx;

namespace Fed.Learning.Models.Layers;

/// <summary>One layer applied to every step of a sequence <c>[steps, inner.Inputs]</c> alike.</summary>
internal sealed class EachStep<T>(Layer<T> inner, int steps) : Layer<T>(steps * inner.Inputs, steps * inner.Outputs, inner.Blocks)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Init(Span<double> parameters, InitialDraws draws) => inner.Init(parameters, draws);

    public override LayerState<T> CreateState(int rowsMax) => inner.CreateState(rowsMax * steps);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y) => inner.Forward(pass with { Rows = pass.Rows * steps }, parameters, x, y);

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) =>
        graph.Shaped(graph.Flat(inner.AddTo(graph, parameters, graph.Stacked(x, inner.Inputs))), steps, inner.Outputs);

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient) =>
        inner.Backward(pass with { Rows = pass.Rows * steps }, parameters, x, y, dy, dx, gradient);
}
