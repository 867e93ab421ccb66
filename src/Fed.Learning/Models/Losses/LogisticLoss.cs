using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fed.Learning.Kernels;
using Fed.Learning.Numerics;

namespace Fed.Learning.Models.Losses;

/// <summary>Log-loss of two classes: <c>ln(1 + e^z) - y z</c>.</summary>
internal sealed class LogisticLoss : ILoss
{
    /// <inheritdoc/>
    public int Outputs => 1;

    /// <inheritdoc/>
    public void Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, Span<double> slopes, Span<double> losses) =>
        LaneLoop.Run<double, Kernel>(Elementwise.Same(scores, slopes), new(scores, targets[..scores.Length], slopes, losses[..scores.Length]));

    /// <inheritdoc/>
    public void Curvature(ReadOnlySpan<double> scores, Span<double> curvature)
    {
        double z = scores[0];
        curvature[0] = FixedMath.Sigmoid(z) * FixedMath.Sigmoid(-z);
    }

    internal readonly ref struct Kernel(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, Span<double> slopes, Span<double> losses) : ILaneKernel<double>
    {
        private readonly ref double _scores = ref MemoryMarshal.GetReference(scores);
        private readonly ref double _targets = ref MemoryMarshal.GetReference(targets);
        private readonly ref double _slopes = ref MemoryMarshal.GetReference(slopes);
        private readonly ref double _losses = ref MemoryMarshal.GetReference(losses);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, double>
        {
            TLanes zero = TLanes.All(0), one = TLanes.All(1), z = TLanes.Load(in _scores, offset), y = TLanes.Load(in _targets, offset);
            TLanes e = FixedMath.Exp(TLanes.IfLess(z, zero, z, zero - z));
            TLanes probability = TLanes.IfLess(z, zero, e, one) / (one + e);
            TLanes away = TLanes.IfLess(zero, y, zero - z, z);   // the loss is ln(1 + e^away): the same as ln(1 + e^z) - y z, without cancellation
            (probability - y).Store(ref _slopes, offset);
            (TLanes.IfLess(away, zero, zero, away) + FixedMath.TwiceArtanh(e / (TLanes.All(2) + e))).Store(ref _losses, offset);
        }
    }
}
