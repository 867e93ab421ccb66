using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary>Multiplies each entry by a constant: brings grey values from 0 to 255 into 0 to 1, for example.</summary>
internal sealed class Scale<T>(int length, double factor) : Layer<T>(length, length)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T _factor = T.CreateSaturating(factor);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        x.CopyTo(y);
        Elementwise.Scale(_factor, y);
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) => graph.Each("Mul", x, graph.Number(factor));

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        if (dx.IsEmpty) return;
        dy.CopyTo(dx);
        Elementwise.Scale(_factor, dx);
    }
}
