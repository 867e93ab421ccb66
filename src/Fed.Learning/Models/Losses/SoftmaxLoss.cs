using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Fed.Learning.Kernels;
using Fed.Learning.Numerics;

namespace Fed.Learning.Models.Losses;

/// <summary>Log-loss of several classes: <c>ln sum_c e^(z_c) - z_y</c>.</summary>
internal sealed class SoftmaxLoss(int classes) : ILoss
{
    /// <inheritdoc/>
    public int Outputs => classes;

    /// <inheritdoc/>
    public void Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, Span<double> slopes, Span<double> losses)
    {
        int rows = Elementwise.Same(scores, slopes) / classes;
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<double> row = scores.Slice(r * classes, classes);
            Span<double> slope = slopes.Slice(r * classes, classes);
            int y = (int)targets[r];
            double ofTarget = row[y];
            (double high, double sum) = Exponentials(row, slope);
            for (int c = 0; c < slope.Length; c++) slope[c] /= sum;
            slope[y] -= 1;
            losses[r] = high + FixedMath.Log(sum) - ofTarget;
        }
    }

    /// <inheritdoc/>
    public void Curvature(ReadOnlySpan<double> scores, Span<double> curvature)
    {
        Span<double> share = stackalloc double[classes];
        (_, double sum) = Exponentials(scores, share);
        for (int a = 0; a < classes; a++)
            for (int b = 0; b < classes; b++)
                curvature[a * classes + b] = share[a] / sum * ((a == b ? 1 : 0) - share[b] / sum);
    }

    // Shifted by the highest score, so that none overflows.
    private static (double High, double Sum) Exponentials(ReadOnlySpan<double> scores, Span<double> exponentials)
    {
        double high = double.NegativeInfinity, sum = 0;
        foreach (double score in scores) high = Math.Max(high, score);
        LaneLoop.Run<double, Kernel>(scores.Length, new(scores, high, exponentials));
        foreach (double exponential in exponentials) sum += exponential;
        return (high, sum);
    }

    internal readonly ref struct Kernel(ReadOnlySpan<double> scores, double high, Span<double> exponentials) : ILaneKernel<double>
    {
        private readonly ref double _scores = ref MemoryMarshal.GetReference(scores);
        private readonly ref double _exponentials = ref MemoryMarshal.GetReference(exponentials);
        private readonly double _high = high;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void At<TLanes>(int offset)
            where TLanes : struct, ILanes<TLanes, double> => FixedMath.Exp(TLanes.Load(in _scores, offset) - TLanes.All(_high)).Store(ref _exponentials, offset);
    }
}
