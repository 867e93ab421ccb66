using System.Numerics;
using Fed.Learning.Kernels;
using Fed.Learning.Numerics;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Kernels;

[Collection(nameof(Threads))]
public sealed class LaneKernelTests
{
    public static TheoryData<int> Lengths() => [0, 1, 3, 15, 16, 17, 63, 64, 65, 130, 1000];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Kernels_have_the_same_bits_at_every_width(int length)
    {
        Twins<float>(length);
        Twins<double>(length);
    }

    /// <summary>Long enough to be divided among threads, with a rest.</summary>
    [Fact]
    public void Kernels_have_the_same_bits_for_any_number_of_threads() => _ = Threads.Each(static () =>
    {
        Twins<float>(3 * LaneLoop.Piece + 7);
        Twins<double>(2 * LaneLoop.Piece);
        return true;
    });

    [Theory]
    [MemberData(nameof(Lengths))]
    public void Inner_product_has_the_same_bits_at_every_width(int length)
    {
        Dots<float>(length, 1e-4);
        Dots<double>(length, 1e-13);
    }

    [Fact]
    public void Functions_are_within_a_few_last_bits()
    {
        for (double x = -80; x <= 80; x += 0.0137)
        {
            Assert.Equal(1, Value<double>(x, Exp<double>) / Math.Exp(x), 2e-15);
            Assert.Equal(1, Value<float>((float)x, Exp<float>) / Math.Exp((float)x), 3e-7);
            Assert.Equal(1 / (1 + Math.Exp(-x)), Value<double>(x, Activations.Forward<double, LogisticCurve>), 1e-15);
            Assert.Equal(Math.Tanh(x), Value<double>(x, Activations.Forward<double, HyperbolicTangent>), 1e-15);
            Assert.Equal(Math.Tanh((float)x), Value<float>((float)x, Activations.Forward<float, HyperbolicTangent>), 3e-7);
            Assert.Equal(0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))), Value<double>(x, Activations.Forward<double, Gelu>), 1e-13);
        }
    }

    [Fact]
    public void Activations_let_nan_through_and_hold_at_extremes()
    {
        Assert.True(double.IsNaN(Value(double.NaN, Activations.Forward<double, Relu>)));
        Assert.True(double.IsNaN(Value(double.NaN, Activations.Forward<double, HyperbolicTangent>)));
        Assert.Equal((1.0, -1.0), (Value(1e9, Activations.Forward<double, HyperbolicTangent>), Value(-1e9, Activations.Forward<double, HyperbolicTangent>)));
        Assert.Equal(1e4, Value(1e4, Activations.Forward<double, Gelu>));
        Assert.Equal(0, Value(-1e4, Activations.Forward<double, Gelu>), 1e-300);
    }

    [Fact]
    public void Slopes_equal_central_differences()
    {
        for (double x = -4; x <= 4; x += 0.173)
        {
            Check<HyperbolicTangent>(x);
            Check<Gelu>(x);
            Check<LogisticCurve>(x);
            Check<Relu>(x);
        }

        static void Check<TActivation>(double x)
            where TActivation : struct, IActivation
        {
            const double H = 1e-5;
            double y = Value(x, Activations.Forward<double, TActivation>), difference = (Value(x + H, Activations.Forward<double, TActivation>) - Value(x - H, Activations.Forward<double, TActivation>)) / (2 * H);
            double[] slope = [0];
            Activations.Backward<double, TActivation>([x], [y], [1.0], slope);
            Assert.Equal(difference, slope[0], 1e-9);
        }
    }

    private static void Twins<T>(int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] x = Values.Of<T>(length, 1), y = Values.Of<T>(length, 2), dy = Values.Of<T>(length, 3);
        Same<T, Elementwise.AddScaledKernel<T>>(y, to => new(x.Length > 0 ? x[0] : T.One, x, to));
        Same<T, FixedOrder.AddScaledKernel<T>>(y, to => new(T.CreateTruncating(0.7), x, to));
        Same<T, Elementwise.MultiplyKernel<T>>(y, to => new(x, to));
        Same<T, Elementwise.ScaleKernel<T>>(y, to => new(T.CreateTruncating(0.3), to));
        Activation<Relu>();
        Activation<HyperbolicTangent>();
        Activation<Gelu>();
        Activation<LogisticCurve>();

        void Activation<TActivation>()
            where TActivation : struct, IActivation
        {
            Same<T, Activations.ForwardKernel<T, TActivation>>(y, to => new(x, to));
            Same<T, Activations.BackwardKernel<T, TActivation>>(y, to => new(x, y, dy, to));
        }
    }

    private static void Same<T, TKernel>(T[] start, MakeKernel<T, TKernel> kernel)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TKernel : struct, ILaneKernel<T>, allows ref struct
    {
        T[] scalar = [.. start], narrow = [.. start], wide = [.. start], widest = [.. start], chosen = [.. start];
        LaneLoop.Run<T, TKernel, Lanes1<T>>(start.Length, kernel(scalar));
        LaneLoop.Run<T, TKernel, Lanes128<T>>(start.Length, kernel(narrow));
        LaneLoop.Run<T, TKernel, Lanes256<T>>(start.Length, kernel(wide));
        LaneLoop.Run<T, TKernel, Lanes512<T>>(start.Length, kernel(widest));
        LaneLoop.Run<T, TKernel>(start.Length, kernel(chosen));
        Assert.Equal(scalar, narrow);
        Assert.Equal(scalar, wide);
        Assert.Equal(scalar, widest);
        Assert.Equal(scalar, chosen);
    }

    private static void Dots<T>(int length, double tolerance)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] a = Values.Of<T>(length, 1), b = Values.Of<T>(length, 2);
        T scalar = Reduction.Dot<T, Lanes1<T>>(a, b);
        Assert.Equal([scalar, scalar, scalar, scalar], [Reduction.Dot<T, Lanes128<T>>(a, b), Reduction.Dot<T, Lanes256<T>>(a, b), Reduction.Dot<T, Lanes512<T>>(a, b), Reduction.Dot<T>(a, b)]);
        double exact = 0, size = 0;
        for (int i = 0; i < length; i++)
        {
            exact += double.CreateTruncating(a[i]) * double.CreateTruncating(b[i]);
            size += Math.Abs(double.CreateTruncating(a[i]) * double.CreateTruncating(b[i]));
        }
        Assert.Equal(exact, double.CreateTruncating(scalar), tolerance * Math.Max(1, size));
    }

    private static T Value<T>(T x, Function<T> function)
        where T : unmanaged
    {
        T[] y = [x];
        function(y, y);
        return y[0];
    }

    private static void Exp<T>(ReadOnlySpan<T> x, Span<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => LaneFunctions.Exp<T, Lanes1<T>>(Lanes1<T>.All(x[0])).Store(ref y[0], 0);

    private delegate TKernel MakeKernel<T, TKernel>(Span<T> to)
        where TKernel : allows ref struct;

    private delegate void Function<T>(ReadOnlySpan<T> x, Span<T> y);
}
