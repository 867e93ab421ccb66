using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fed.Learning.Files.Onnx;

namespace Fed.Learning.Kernels;

/// <summary>A function of one number and its derivative.</summary>
internal interface IActivation
{
    /// <summary>f(x).</summary>
    static abstract TLanes Value<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>;

    /// <summary>slope * f'(x), from x and y = f(x).</summary>
    static abstract TLanes Slope<T, TLanes>(TLanes x, TLanes y, TLanes slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>;

    /// <summary>f(x) as steps of an ONNX graph.</summary>
    static abstract OnnxValue AddTo(OnnxGraph graph, OnnxValue x);
}

/// <summary>max(x, 0); NaN stays NaN, so that a diverged training shows.</summary>
internal readonly struct Relu : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Value<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => TLanes.IfLess(x, TLanes.All(T.Zero), TLanes.All(T.Zero), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Slope<T, TLanes>(TLanes x, TLanes y, TLanes slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => TLanes.IfLess(TLanes.All(T.Zero), y, slope, TLanes.All(T.Zero));

    public static OnnxValue AddTo(OnnxGraph graph, OnnxValue x) => graph.Each("Relu", x);
}

/// <summary>Hyperbolic tangent.</summary>
internal readonly struct HyperbolicTangent : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Value<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => LaneFunctions.Tanh<T, TLanes>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Slope<T, TLanes>(TLanes x, TLanes y, TLanes slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => slope * (TLanes.All(T.One) - y * y);

    public static OnnxValue AddTo(OnnxGraph graph, OnnxValue x) => graph.Each("Tanh", x);
}

/// <summary>Gaussian error linear unit in its tanh form: <c>x / (1 + e^-2u), u = sqrt(2/pi) (x + 0.044715 x^3)</c>.</summary>
/// <remarks>Hendrycks and Gimpel 2016, arXiv 1606.08415, equation at the end of section 2.</remarks>
internal readonly struct Gelu : IActivation
{
    private const double TwiceRootTwoOverPi = 1.5957691216057308;
    private const double Cubic = 0.044715;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Value<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => x * Gate<T, TLanes>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Slope<T, TLanes>(TLanes x, TLanes y, TLanes slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T>
    {
        TLanes one = TLanes.All(T.One), gate = Gate<T, TLanes>(x);
        TLanes steep = LaneFunctions.Constant<T, TLanes>(TwiceRootTwoOverPi) * TLanes.MultiplyAdd(LaneFunctions.Constant<T, TLanes>(3 * Cubic), x * x, one);
        return slope * TLanes.MultiplyAdd(y * (one - gate), steep, gate);
    }

    // Opset 17 has no Gelu.
    public static OnnxValue AddTo(OnnxGraph graph, OnnxValue x)
    {
        OnnxValue bent = graph.Each("Add", graph.Each("Mul", graph.Each("Mul", x, x.Name), graph.Number(Cubic)), graph.Number(1));
        OnnxValue twiceU = graph.Each("Mul", graph.Each("Mul", x, bent.Name), graph.Number(TwiceRootTwoOverPi));
        return graph.Each("Mul", x, graph.Each("Sigmoid", twiceU).Name);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TLanes Gate<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> =>
        LaneFunctions.Sigmoid<T, TLanes>(LaneFunctions.Constant<T, TLanes>(TwiceRootTwoOverPi) * x * TLanes.MultiplyAdd(LaneFunctions.Constant<T, TLanes>(Cubic), x * x, TLanes.All(T.One)));
}

/// <summary>1 / (1 + e^-x).</summary>
internal readonly struct LogisticCurve : IActivation
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Value<T, TLanes>(TLanes x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => LaneFunctions.Sigmoid<T, TLanes>(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TLanes Slope<T, TLanes>(TLanes x, TLanes y, TLanes slope)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TLanes : struct, ILanes<TLanes, T> => slope * y * (TLanes.All(T.One) - y);

    public static OnnxValue AddTo(OnnxGraph graph, OnnxValue x) => graph.Each("Sigmoid", x);
}

/// <summary>Activations over spans. Allocates nothing.</summary>
internal static class Activations
{
    /// <summary><c>y = f(x)</c>; may alias.</summary>
    public static void Forward<T, TActivation>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TActivation : struct, IActivation => LaneLoop.Run<T, ForwardKernel<T, TActivation>>(Elementwise.Same(x, y), new(x, y));

    /// <summary><c>dx = dy * f'(x)</c>; may alias dy.</summary>
    public static void Backward<T, TActivation>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TActivation : struct, IActivation
    {
        _ = Elementwise.Same(x, y);
        _ = Elementwise.Same(dy, dx);
        LaneLoop.Run<T, BackwardKernel<T, TActivation>>(Elementwise.Same(x, dx), new(x, y, dy, dx));
    }

    internal readonly ref struct ForwardKernel<T, TActivation>(ReadOnlySpan<T> x, Span<T> y) : ILaneKernel<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TActivation : struct, IActivation
    {
        private readonly ref T _x = ref MemoryMarshal.GetReference(x);
        private readonly ref T _y = ref MemoryMarshal.GetReference(y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, T> => TActivation.Value<T, TLanes>(TLanes.Load(in _x, offset)).Store(ref _y, offset);
    }

    internal readonly ref struct BackwardKernel<T, TActivation>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx) : ILaneKernel<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TActivation : struct, IActivation
    {
        private readonly ref T _x = ref MemoryMarshal.GetReference(x);
        private readonly ref T _y = ref MemoryMarshal.GetReference(y);
        private readonly ref T _dy = ref MemoryMarshal.GetReference(dy);
        private readonly ref T _dx = ref MemoryMarshal.GetReference(dx);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, T> =>
            TActivation.Slope<T, TLanes>(TLanes.Load(in _x, offset), TLanes.Load(in _y, offset), TLanes.Load(in _dy, offset)).Store(ref _dx, offset);
    }
}
