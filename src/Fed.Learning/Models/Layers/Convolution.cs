using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary>
/// Convolution of images <c>[channels, height, width]</c> into <c>[filters, places]</c>; of series with height 1. Examples are divided into groups by their number alone; each group sums its weights' slopes for
/// itself and the groups' sums are added in order, so that the bits do not depend on the number of threads.
/// </summary>
internal sealed class Convolution<T>(string name, Window window, int filters) : Layer<T>(
    window.Checked().Image, filters * window.Places,
    [
        new ParameterBlock($"{name}.weight", [filters, window.Channels, window.WindowHeight, window.WindowWidth], IsPenalised: true),
        new ParameterBlock($"{name}.bias", [filters], IsPenalised: false),
    ])
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int GroupsMax = 8;

    // Multiplications below which a batch is not worth another thread.
    private const long ForkedFrom = 1 << 20;

    private readonly ConvolutionGrid _ahead = new(
        window.Channels, window.Height + 2 * window.PaddingHeight, window.Width + 2 * window.PaddingWidth, window.WindowHeight, window.WindowWidth, window.PlacesHeight, window.PlacesWidth, window.Stride);

    // Slopes by the inputs are a convolution too: of the slopes by the outputs, with all filters turned by half a circle and padding that makes up for the first one's.
    private readonly ConvolutionGrid _back = new(
        filters, window.Height + window.WindowHeight - 1, window.Width + window.WindowWidth - 1, window.WindowHeight, window.WindowWidth, window.Height, window.Width, 1);

    private int Weights => filters * window.Covered;

    private int MarginHeight => window.WindowHeight - 1 - window.PaddingHeight;

    private int MarginWidth => window.WindowWidth - 1 - window.PaddingWidth;

    public override void Init(Span<double> parameters, InitialDraws draws) => draws.He(parameters[..Weights], window.Covered);

    public override LayerState<T> CreateState(int rowsMax) => new State(this, rowsMax);

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y) => Run(new Ahead(this, pass, parameters, x, y), pass.Rows);

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) => graph.Step(
        "Conv", [filters, window.PlacesHeight, window.PlacesWidth],
        [graph.Shaped(x, window.Channels, window.Height, window.Width).Name, graph.Weights(Blocks[0], parameters[..Weights]), graph.Weights(Blocks[1], parameters[Weights..])],
        OnnxAttribute.List("kernel_shape", window.WindowHeight, window.WindowWidth),
        OnnxAttribute.List("strides", window.Stride, window.Stride),
        OnnxAttribute.List("pads", window.PaddingHeight, window.PaddingWidth, window.PaddingHeight, window.PaddingWidth));

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        State state = (State)pass.State;
        if (!dx.IsEmpty) Turn(parameters, state.Turned);
        Back back = new(this, pass, x, dy, dx);
        Run(back, pass.Rows);
        for (int g = 0; g < back.Parts; g++) Elementwise.Add<T>(state.Groups[g].Gradient, gradient);
    }

    private void Run<TParts>(TParts work, int rows)
        where TParts : struct, IParts, allows ref struct
    {
        if ((long)rows * Weights * _ahead.Length >= ForkedFrom) ForkJoin.Run(work);
        else
            for (int part = 0; part < work.Parts; part++) work.Run(part);
    }

    // Weights [filters, channels, dy, dx] to [channels, filters, -dy, -dx].
    private void Turn(ReadOnlySpan<T> weights, Span<T> turned)
    {
        int size = window.WindowHeight * window.WindowWidth;
        for (int c = 0; c < window.Channels; c++)
            for (int f = 0; f < filters; f++)
            {
                Span<T> to = turned.Slice((c * filters + f) * size, size);
                weights.Slice((f * window.Channels + c) * size, size).CopyTo(to);
                to.Reverse();
            }
    }

    private static int GroupRows(int rows) => (rows + GroupsMax - 1) / GroupsMax;

    private readonly ref struct Ahead(Convolution<T> layer, LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y) : IParts
    {
        private readonly ReadOnlySpan<T> _parameters = parameters;
        private readonly ReadOnlySpan<T> _x = x;
        private readonly Span<T> _y = y;

        public int Parts => (pass.Rows + GroupRows(pass.Rows) - 1) / GroupRows(pass.Rows);

        public void Run(int part)
        {
            Group group = ((State)pass.State).Groups[part];
            ConvolutionGrid grid = layer._ahead;
            int end = Math.Min(pass.Rows, (part + 1) * GroupRows(pass.Rows)), lines = layer.Outputs / (grid.Rows * grid.Columns);
            for (int r = part * GroupRows(pass.Rows); r < end; r++)
            {
                layer.Pad(_x.Slice(r * layer.Inputs, layer.Inputs), group.Images);
                for (int f = 0; f < lines; f++) group.Results.AsSpan(f * grid.Length, grid.Length).Fill(_parameters[layer.Weights + f]);
                ShiftedProduct.Add(_parameters[..layer.Weights], lines, group.Images.AsSpan(0, grid.ImageLength), grid.Offsets, grid.Length, group.Results);
                grid.Collect(group.Results, _y.Slice(r * layer.Outputs, layer.Outputs));
            }
        }
    }

    private readonly ref struct Back(Convolution<T> layer, LayerPass<T> pass, ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> dx) : IParts
    {
        private readonly ReadOnlySpan<T> _x = x;
        private readonly ReadOnlySpan<T> _dy = dy;
        private readonly Span<T> _dx = dx;

        public int Parts => (pass.Rows + GroupRows(pass.Rows) - 1) / GroupRows(pass.Rows);

        public void Run(int part)
        {
            State state = (State)pass.State;
            Group group = state.Groups[part];
            group.Gradient.AsSpan().Clear();
            int end = Math.Min(pass.Rows, (part + 1) * GroupRows(pass.Rows));
            for (int r = part * GroupRows(pass.Rows); r < end; r += state.Together)
            {
                int count = Math.Min(state.Together, end - r);
                for (int i = 0; i < count; i++)
                {
                    ReadOnlySpan<T> slopes = _dy.Slice((r + i) * layer.Outputs, layer.Outputs);
                    layer.Pad(_x.Slice((r + i) * layer.Inputs, layer.Inputs), group.Images.AsSpan(i * layer._ahead.ImageLength));
                    layer.AddSlopes(slopes, group, i);
                    if (!_dx.IsEmpty) layer.SlopesByInputs(slopes, state.Turned, group, _dx.Slice((r + i) * layer.Inputs, layer.Inputs));
                }
                layer.AddDots(group, count);
            }
        }
    }

    private void Pad(ReadOnlySpan<T> image, Span<T> padded) => _ahead.Pad(image, window.Height, window.Width, window.PaddingHeight, window.PaddingWidth, 1, _ahead.Plane, padded);

    // The slopes by the intercepts, and the slopes laid out as the places are.
    private void AddSlopes(ReadOnlySpan<T> slopes, Group group, int example)
    {
        for (int f = 0; f < filters; f++) group.Gradient[Weights + f] += Reduction.Sum(slopes.Slice(f * window.Places, window.Places));
        _ahead.Pad(slopes, window.PlacesHeight, window.PlacesWidth, 0, 0, window.Stride, _ahead.Length, group.Lines.AsSpan(example * filters * _ahead.Length));
    }

    private void SlopesByInputs(ReadOnlySpan<T> slopes, ReadOnlySpan<T> turned, Group group, Span<T> dx)
    {
        _back.Pad(slopes, window.PlacesHeight, window.PlacesWidth, MarginHeight, MarginWidth, window.Stride, _back.Plane, group.Slopes);
        group.Below.AsSpan().Clear();
        ShiftedProduct.Add<T>(turned, window.Channels, group.Slopes, _back.Offsets, _back.Length, group.Below);
        _back.Collect(group.Below, dx);
    }

    private void AddDots(Group group, int examples) =>
        ShiftedProduct.AddDots(group.Lines, filters, group.Images, _ahead.ImageLength, examples, _ahead.Offsets, _ahead.Length, group.Gradient.AsSpan(0, Weights));

    private sealed class State : LayerState<T>
    {
        // Examples whose weights' slopes are summed in one go: few enough to stay in a cache.
        private const int TogetherMax = 4, NumbersTogether = 4096;

        public State(Convolution<T> layer, int rowsMax)
        {
            Together = Math.Clamp(NumbersTogether / layer._ahead.Length, 1, TogetherMax);
            Turned = new T[layer.Weights];
            Groups = [.. Enumerable.Range(0, Math.Min(GroupsMax, rowsMax)).Select(_ => new Group(layer, Together))];
        }

        public int Together { get; }

        public T[] Turned { get; }

        public Group[] Groups { get; }
    }

    /// <summary>Memory of one group of examples.</summary>
    private sealed class Group(Convolution<T> layer, int together)
    {
        public T[] Images { get; } = new T[together * layer._ahead.ImageLength];

        public T[] Lines { get; } = new T[together * layer._ahead.Length * layer.Blocks[1].Length];

        public T[] Results { get; } = new T[RoundedUp(layer.Blocks[1].Length) * layer._ahead.Length];

        public T[] Slopes { get; } = new T[layer._back.ImageLength];

        public T[] Below { get; } = new T[RoundedUp(layer.Inputs / layer._back.Rows / layer._back.Columns) * layer._back.Length];

        public T[] Gradient { get; } = new T[layer.Parameters];

        // To whole tiles of any width.
        private static int RoundedUp(int rows) => (rows + 23) / 24 * 24;
    }
}
