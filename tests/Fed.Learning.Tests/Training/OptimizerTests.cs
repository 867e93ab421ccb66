using Fed.Learning.Kernels;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Tests.Kernels;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Training;

/// <summary>Two steps of each optimiser on two weights and an intercept against the rules worked out by hand in plain code.</summary>
public sealed class OptimizerTests
{
    private const double Rate = 0.1;
    private static readonly double[][] Gradients = [[0.5, -1, 0.25], [-0.25, 3, 1]];
    private static readonly IModel Model = new NetworkOptions(new MlpOptions([]), ModelTask.Regression, NetworkPrecision.Float64).Create(2, 0, 0);

    [Fact]
    public void Plain_steps_follow_the_gradient() => Check(OptimizerOptions.Plain, static (w, g, _, _, _) => w - Rate * g);

    [Fact]
    public void Momentum_adds_what_is_left_of_earlier_gradients() =>
        Check(new(OptimizerKind.Momentum, Momentum: 0.8), static (w, g, earlier, _, _) => w - Rate * (g + 0.8 * (earlier ?? 0)));

    [Fact]
    public void Weight_decay_is_gradient_along_the_weights_and_spares_the_intercept() =>
        Check(new(WeightDecay: 0.3), static (w, g, _, isWeight, _) => w - Rate * (g + (isWeight ? 0.3 * w : 0)));

    [Fact]
    public void Adam_divides_by_the_root_of_the_second_moment() => Check(new(OptimizerKind.Adam), static (w, g, earlier, _, _) => Adam(w, g, earlier));

    [Fact]
    public void Adamw_shrinks_weights_apart_from_the_gradient() =>
        Check(new(OptimizerKind.Adamw, WeightDecay: 0.3), static (w, g, earlier, isWeight, _) => Adam(isWeight ? w - Rate * 0.3 * w : w, g, earlier));

    [Fact]
    public void Clipping_shortens_long_gradients_only() =>
        Check(new(ClipNorm: 2), static (w, g, _, _, norm) => w - Rate * g * Math.Min(1, 2 / norm));

    [Fact]
    public void Adam_has_the_same_bits_at_every_width()
    {
        float[] start = Values.Of<float>(133, 1), expected = Run<Lanes1<float>>();
        Assert.Equal(expected, Run<Lanes128<float>>());
        Assert.Equal(expected, Run<Lanes256<float>>());
        Assert.Equal(expected, Run<Lanes512<float>>());

        float[] Run<TLanes>()
            where TLanes : struct, ILanes<TLanes, float>
        {
            float[] w = [.. start], g = Values.Of<float>(133, 2), m = Values.Of<float>(133, 3), v = [.. Values.Of<float>(133, 4).Select(Math.Abs)];
            LaneLoop.Run<float, Optimizer<float>.AdamKernel, TLanes>(133, new(w, g, m, v, 0.9f, 0.1f, 0.99f, 0.01f, 0.05f, 1.1f, 1e-6f));
            return [.. w, .. m, .. v];
        }
    }

    [Fact]
    public void Schedules_begin_at_the_rate_and_end_at_nothing()
    {
        OptimizerOptions linear = new(Schedule: RateSchedule.Linear), cosine = new(Schedule: RateSchedule.Cosine), warm = new(WarmUp: 0.2);
        Assert.Equal([1, 0.75, 0.5, 0.25], Enumerable.Range(0, 4).Select(step => linear.RateFactor(step, 4)));
        for (int step = 0; step < 20; step++) Assert.Equal(0.5 * (1 + Math.Cos(Math.PI * step / 20)), cosine.RateFactor(step, 20), 1e-12);
        Assert.Equal([0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1], Enumerable.Range(0, 10).Select(step => warm.RateFactor(step, 10)));
        Assert.Equal(1, OptimizerOptions.Plain.RateFactor(7, 8));
    }

    public static TheoryData<OptimizerOptions, string> Wrong() => new()
    {
        { new(Momentum: 1), "momentum is 1" }, { new(Beta1: -0.1), "beta1 is -0.1" }, { new(Beta2: double.NaN), "beta2 is NaN" }, { new(Epsilon: 0), "epsilon is 0" },
        { new(WeightDecay: -1), "weight-decay is -1" }, { new(ClipNorm: 0), "clip-norm is 0" }, { new(WarmUp: 1), "warm-up is 1" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Impossible_settings_are_refused(OptimizerOptions options, string expected) => Assert.StartsWith(expected, options.Check(), StringComparison.Ordinal);

    [Fact]
    public void Only_bare_gradient_steps_are_plain()
    {
        Assert.True(OptimizerOptions.Plain.IsPlain);
        Assert.Null(OptimizerOptions.Plain.Check());
        Assert.DoesNotContain(new OptimizerOptions[] { new(OptimizerKind.Adam), new(WeightDecay: 1), new(ClipNorm: 1), new(Schedule: RateSchedule.Linear), new(WarmUp: 0.1) }, static options => options.IsPlain);
    }

    private static double Adam(double w, double g, double? earlier)
    {
        int steps = earlier is null ? 1 : 2;
        double first = 0.1 * g + 0.9 * 0.1 * (earlier ?? 0), second = 0.001 * g * g + 0.999 * 0.001 * (earlier ?? 0) * (earlier ?? 0);
        return w - Rate * (first / (1 - Math.Pow(0.9, steps))) / (Math.Sqrt(second / (1 - Math.Pow(0.999, steps))) + 1e-8);
    }

    private static void Check(OptimizerOptions options, Func<double, double, double?, bool, double, double> rule)
    {
        Optimizer<double> optimizer = new(options, Model);
        double[] parameters = [1, -2, 3], expected = [1, -2, 3];
        for (int step = 0; step < 2; step++)
        {
            double norm = Math.Sqrt(Gradients[step].Sum(static g => g * g));
            for (int i = 0; i < 3; i++) expected[i] = rule(expected[i], Gradients[step][i], step == 0 ? null : Gradients[0][i], i < 2, norm);
            optimizer.Step(parameters, [.. Gradients[step]], Rate);
        }
        Assert.All(expected.Zip(parameters), static pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }
}
