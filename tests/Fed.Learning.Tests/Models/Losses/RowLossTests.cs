using Fed.Learning.Kernels;
using Fed.Learning.Models.Losses;
using Fed.Learning.Numerics;

namespace Fed.Learning.Tests.Models.Losses;

/// <summary>Losses of many rows side by side have the bits of one row alone, at every width, and those of the scalar functions.</summary>
public sealed class RowLossTests
{
    private static readonly double[] Scores = [0, -0.0, 1e-300, 0.5, -0.5, 3, -3, 17.25, -17.25, 36, -36, 200, -200, 707.9, -707.9, 709.5, -709.5, 1e4, -1e4, double.PositiveInfinity, double.NegativeInfinity, double.NaN];

    [Fact]
    public void Exponential_side_by_side_has_the_bits_of_one()
    {
        double[] x = [.. Scores, .. Enumerable.Range(-7100, 14200).Select(static i => i * 0.1003)];
        double[] expected = [.. x.Select(FixedMath.Exp)];
        Check<Lanes1<double>>();
        Check<Lanes128<double>>();
        Check<Lanes256<double>>();
        Check<Lanes512<double>>();

        void Check<TLanes>()
            where TLanes : struct, ILanes<TLanes, double>
        {
            double[] actual = new double[x.Length];
            for (int i = 0; i + TLanes.Count <= x.Length; i += TLanes.Count) FixedMath.Exp(TLanes.Load(in x[i], 0)).Store(ref actual[i], 0);
            int whole = x.Length / TLanes.Count * TLanes.Count;
            Assert.Equal(expected.AsSpan(0, whole).ToArray(), actual.AsSpan(0, whole).ToArray());
        }
    }

    [Fact]
    public void Logistic_loss_has_the_bits_of_softplus_and_sigmoid()
    {
        double[] scores = [.. Scores.Where(double.IsFinite), .. Enumerable.Range(-400, 801).Select(static i => i * 0.0937)];
        foreach (double target in (ReadOnlySpan<double>)[0, 1])
        {
            double[] targets = [.. scores.Select(_ => target)];
            Check<Lanes1<double>>();
            Check<Lanes128<double>>();
            Check<Lanes256<double>>();
            Check<Lanes512<double>>();

            void Check<TLanes>()
                where TLanes : struct, ILanes<TLanes, double>
            {
                double[] slopes = new double[scores.Length], losses = new double[scores.Length];
                LaneLoop.Run<double, LogisticLoss.Kernel, TLanes>(scores.Length, new(scores, targets, slopes, losses));
                for (int i = 0; i < scores.Length; i++)
                {
                    Assert.Equal(FixedMath.Sigmoid(scores[i]) - target, slopes[i]);
                    Assert.Equal(FixedMath.Softplus(target == 0 ? scores[i] : -scores[i]), losses[i]);
                }
            }
        }
    }

    [Fact]
    public void Nan_in_a_score_shows_in_loss_and_slope_of_its_row_alone()
    {
        double[] slopes = new double[6], losses = new double[3];
        new LogisticLoss().Evaluate([1, double.NaN, 2], [0, 1, 1], slopes.AsSpan(0, 3), losses);
        Assert.Equal([false, true, false], losses.Select(double.IsNaN));
        Assert.Equal([false, true, false], slopes.Take(3).Select(double.IsNaN));
        new SoftmaxLoss(2).Evaluate([1, 2, double.NaN, 0, 3, 4], [0, 1, 1], slopes, losses);
        Assert.Equal([false, true, false], losses.Select(double.IsNaN));
    }
}
