using System.Numerics;
using Fed.Learning.Files.Onnx;

namespace Fed.Learning.Models.Layers;

/// <summary>
/// Centres and scales each example's channels group by group, then by a learned gain and shift a channel. Statistics never leave the example, so that, unlike those of batch
/// normalisation, there is nothing to average between sites.
/// </summary>
/// <remarks>Wu and He 2018, ECCV, arXiv 1803.08494; epsilon 1e-5.</remarks>
internal sealed class GroupNorm<T>(string name, int channels, int size, int groups) : Layer<T>(
    channels * size, channels * size,
    [new ParameterBlock($"{name}.scale", [channels], IsPenalised: false), new ParameterBlock($"{name}.shift", [channels], IsPenalised: false)])
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _groupLength = groups > 0 && channels % groups == 0 ? channels / groups * size : throw new ArgumentException($"{channels} channels do not divide into {groups} groups", nameof(groups));

    public override void Init(Span<double> parameters, InitialDraws draws) => parameters[..channels].Fill(1);

    public override LayerState<T> CreateState(int rowsMax) => new State(rowsMax * Inputs, rowsMax * groups);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        State state = (State)pass.State;
        T length = T.CreateTruncating(_groupLength), epsilon = T.CreateTruncating(1e-5);
        for (int g = 0; g < pass.Rows * groups; g++)
        {
            ReadOnlySpan<T> group = x.Slice(g * _groupLength, _groupLength);
            T mean = T.Zero, variance = T.Zero;
            foreach (T value in group) mean += value;
            mean /= length;
            foreach (T value in group) variance += (value - mean) * (value - mean);
            T inverse = T.One / T.Sqrt(variance / length + epsilon);
            state.Inverse[g] = inverse;
            for (int i = 0; i < _groupLength; i++)
            {
                int at = g * _groupLength + i, channel = at % Inputs / size;
                T normed = (x[at] - mean) * inverse;
                state.Normed[at] = normed;
                y[at] = normed * parameters[channel] + parameters[channels + channel];
            }
        }
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        OnnxValue grouped = graph.Shaped(x, groups, _groupLength);
        OnnxValue centred = graph.Each("Sub", grouped, Mean(grouped));
        string variance = Mean(graph.Each("Mul", centred, centred.Name));
        OnnxValue deviation = graph.Each("Sqrt", graph.Step("Add", [groups, 1], [variance, graph.Number(1e-5)]));
        OnnxValue normed = graph.Shaped(graph.Each("Div", centred, deviation.Name), channels, size);
        string scale = graph.Weights(Blocks[0].Name, [channels, 1], parameters[..channels]), shift = graph.Weights(Blocks[1].Name, [channels, 1], parameters[channels..]);
        return graph.Shaped(graph.Each("Add", graph.Each("Mul", normed, scale), shift), x.Shape);

        string Mean(OnnxValue of) => graph.Step("ReduceMean", [groups, 1], [of.Name], OnnxAttribute.List("axes", 2), OnnxAttribute.Number("keepdims", 1)).Name;
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        State state = (State)pass.State;
        T length = T.CreateTruncating(_groupLength);
        for (int g = 0; g < pass.Rows * groups; g++)
        {
            T slopes = T.Zero, along = T.Zero;
            for (int i = 0; i < _groupLength; i++)
            {
                int at = g * _groupLength + i, channel = at % Inputs / size;
                gradient[channel] += dy[at] * state.Normed[at];
                gradient[channels + channel] += dy[at];
                T slope = dy[at] * parameters[channel];
                slopes += slope;
                along += slope * state.Normed[at];
            }
            if (dx.IsEmpty) continue;
            for (int i = 0; i < _groupLength; i++)
            {
                int at = g * _groupLength + i;
                dx[at] = (dy[at] * parameters[at % Inputs / size] - (slopes + state.Normed[at] * along) / length) * state.Inverse[g];
            }
        }
    }

    private sealed class State(int length, int groups) : LayerState<T>
    {
        public T[] Normed { get; } = new T[length];

        public T[] Inverse { get; } = new T[groups];
    }
}
