using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fed.Learning.Kernels;
using Fed.Learning.Models;
using Fed.Learning.Numerics;

namespace Fed.Learning.Training;

/// <summary>Turns gradients into steps, keeping what the chosen kind keeps from step to step. Allocates nothing per step.</summary>
internal sealed class Optimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly OptimizerOptions _options;
    private readonly ImmutableArray<ParameterBlock> _blocks;
    private readonly T[] _first;
    private readonly T[] _second;
    private double _beta1Power = 1;
    private double _beta2Power = 1;

    /// <summary>Starts before the first step.</summary>
    public Optimizer(OptimizerOptions options, IModel model)
    {
        _options = options;
        _blocks = model.Blocks;
        _first = options.Kind == OptimizerKind.Sgd ? [] : new T[model.Parameters];
        _second = IsAdam ? new T[model.Parameters] : [];
    }

    private bool IsAdam => _options.Kind is OptimizerKind.Adam or OptimizerKind.Adamw;

    /// <summary>Takes one step.</summary>
    /// <param name="parameters">Changed in place.</param>
    /// <param name="gradient">May be overwritten.</param>
    /// <param name="rate">Of this step.</param>
    public void Step(Span<T> parameters, Span<T> gradient, double rate)
    {
        if (_options.ClipNorm is { } limit) Clip(gradient, limit);
        if (_options.WeightDecay > 0)
        {
            if (_options.Kind == OptimizerKind.Adamw) AddToWeights(-rate * _options.WeightDecay, parameters, parameters);
            else AddToWeights(_options.WeightDecay, parameters, gradient);
        }
        if (IsAdam)
        {
            _beta1Power *= _options.Beta1;
            _beta2Power *= _options.Beta2;
            AdamKernel kernel = new(
                parameters, gradient, _first, _second, T.CreateSaturating(_options.Beta1), T.CreateSaturating(1 - _options.Beta1), T.CreateSaturating(_options.Beta2), T.CreateSaturating(1 - _options.Beta2),
                T.CreateSaturating(rate / (1 - _beta1Power)), T.CreateSaturating(1 / Math.Sqrt(1 - _beta2Power)), T.CreateSaturating(_options.Epsilon));
            LaneLoop.Run<T, AdamKernel>(parameters.Length, kernel);
            return;
        }
        if (_options.Kind == OptimizerKind.Momentum)
        {
            Elementwise.Scale<T>(T.CreateSaturating(_options.Momentum), _first);
            Elementwise.Add<T>(gradient, _first);
            gradient = _first;
        }
        FixedOrder.AddScaled(T.CreateSaturating(-rate), gradient, parameters);   // without fusion: the linear models' bits
    }

    private static void Clip(Span<T> gradient, double limit)
    {
        double norm = Math.Sqrt(double.CreateSaturating(Reduction.Dot<T>(gradient, gradient)));
        if (norm > limit) Elementwise.Scale(T.CreateSaturating(limit / norm), gradient);
    }

    private void AddToWeights(double factor, ReadOnlySpan<T> parameters, Span<T> to)
    {
        int offset = 0;
        foreach (ParameterBlock block in _blocks)
        {
            int length = block.Length;
            if (block.IsPenalised) Elementwise.AddScaled(T.CreateSaturating(factor), parameters.Slice(offset, length), to.Slice(offset, length));
            offset += length;
        }
    }

    /// <summary><c>m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g^2; w -= rate' m / (sqrt(v) c + epsilon)</c>, bias corrections inside rate' and c.</summary>
    /// <remarks>Kingma and Ba 2015, ICLR, arXiv 1412.6980; decay apart from the gradient: Loshchilov and Hutter 2019, ICLR, arXiv 1711.05101.</remarks>
    internal readonly ref struct AdamKernel(Span<T> w, ReadOnlySpan<T> g, Span<T> m, Span<T> v, T beta1, T rest1, T beta2, T rest2, T rate, T correction, T epsilon) : ILaneKernel<T>
    {
        private readonly ref T _w = ref MemoryMarshal.GetReference(w);
        private readonly ref T _g = ref MemoryMarshal.GetReference(g);
        private readonly ref T _m = ref MemoryMarshal.GetReference(m);
        private readonly ref T _v = ref MemoryMarshal.GetReference(v);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, T>
        {
            TLanes gradient = TLanes.Load(in _g, offset);
            TLanes first = TLanes.MultiplyAdd(TLanes.All(beta1), TLanes.Load(in _m, offset), TLanes.All(rest1) * gradient);
            TLanes second = TLanes.MultiplyAdd(TLanes.All(beta2), TLanes.Load(in _v, offset), TLanes.All(rest2) * gradient * gradient);
            first.Store(ref _m, offset);
            second.Store(ref _v, offset);
            TLanes size = TLanes.MultiplyAdd(TLanes.Sqrt(second), TLanes.All(correction), TLanes.All(epsilon));
            (TLanes.Load(in _w, offset) - TLanes.All(rate) * first / size).Store(ref _w, offset);
        }
    }
}
