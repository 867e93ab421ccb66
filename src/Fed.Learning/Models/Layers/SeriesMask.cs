using System.Numerics;
using Fed.Learning.Files.Onnx;

namespace Fed.Learning.Models.Layers;

/// <summary>
/// Silences what was not measured: a series <c>[channels, steps]</c> whose last channels are masks (1 measured, 0 not), one for all value channels or one for each. Values are multiplied
/// by their mask, so that what fills a gap does not matter; the masks go on as channels.
/// </summary>
internal sealed class SeriesMask<T>(int channels, int masks, int steps) : Layer<T>((channels + masks) * steps, (channels + masks) * steps)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        x.CopyTo(y);
        for (int r = 0; r < pass.Rows; r++)
            for (int i = 0; i < channels * steps; i++) y[r * Inputs + i] *= x[r * Inputs + MaskOf(i)];
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        OnnxValue series = graph.Shaped(x, channels + masks, steps), measured = graph.Part(series, channels, masks);
        return graph.Joined([graph.Each("Mul", graph.Part(series, 0, channels), measured.Name), measured]);
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        if (dx.IsEmpty) return;
        dy.CopyTo(dx);
        for (int r = 0; r < pass.Rows; r++)
            for (int i = 0; i < channels * steps; i++)
            {
                int value = r * Inputs + i, mask = r * Inputs + MaskOf(i);
                dx[value] = dy[value] * x[mask];
                dx[mask] += dy[value] * x[value];
            }
    }

    private int MaskOf(int value) => (channels + (masks == 1 ? 0 : value / steps)) * steps + value % steps;
}
