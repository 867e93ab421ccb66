using Fed.Learning.Numerics;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Numerics;

public sealed class FixedMathTests
{
    [Fact]
    public void Exponential_is_within_a_few_last_bits()
    {
        for (double x = -700; x <= 700; x += 0.0137) Assert.Equal(1, FixedMath.Exp(x) / Math.Exp(x), 1e-15);
        Assert.Equal((1.0, 0.0, double.PositiveInfinity), (FixedMath.Exp(0), FixedMath.Exp(-800), FixedMath.Exp(800)));
        Assert.Equal(double.NaN, FixedMath.Exp(double.NaN));
    }

    [Fact]
    public void Logarithm_is_within_a_few_last_bits()
    {
        for (double x = 1e-300; x < 1e300; x *= 1.37) Assert.Equal(Math.Log(x), FixedMath.Log(x), 1e-15 * Math.Max(1, Math.Abs(Math.Log(x))));
        for (double x = 0.5; x <= 2; x += 0.00013) Assert.Equal(Math.Log(x), FixedMath.Log(x), 1e-15);
        Assert.Equal((0.0, double.NegativeInfinity, double.NaN), (FixedMath.Log(1), FixedMath.Log(0), FixedMath.Log(-1)));
    }

    [Fact]
    public void Softplus_and_sigmoid_neither_overflow_nor_cancel()
    {
        for (double x = -40; x <= 40; x += 0.0171)
        {
            // For small e^x, ln(1 + e^x) = e^x - e^2x / 2 + ...: the plain formula would lose it.
            double softplus = x < -18 ? Math.Exp(x) * (1 - Math.Exp(x) / 2) : Math.Log(1 + Math.Exp(-Math.Abs(x))) + Math.Max(x, 0);
            Assert.Equal(1, FixedMath.Softplus(x) / softplus, x < -18 ? 1e-14 : 1e-7);
            Assert.Equal(softplus, FixedMath.Softplus(x), 1e-14 * Math.Max(1, softplus));
            Assert.Equal(1 / (1 + Math.Exp(-x)), FixedMath.Sigmoid(x), 1e-15);
            Assert.Equal(1, FixedMath.Sigmoid(x) + FixedMath.Sigmoid(-x), 1e-15);
        }
        Assert.Equal((1e4, 0.0), (FixedMath.Softplus(1e4), FixedMath.Softplus(-1e4)));
    }

    [Fact]
    public void Inner_product_has_the_same_bits_by_vector_and_scalar() => Prop.ForAll<NormalFloat[], int>(static (values, seed) =>
    {
        double[] a = [.. values.Select(static v => v.Get % 1e6)], b = [.. a];
        new Random(seed).Shuffle(b);
        return FixedOrder.DotVector(a, b).Equals(FixedOrder.DotScalar(a, b));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(1000)]
    public void Inner_product_is_the_sum_of_products(int length)
    {
        double[] a = [.. Enumerable.Range(1, length).Select(static i => (double)i)], ones = [.. Enumerable.Repeat(2.0, length)];
        Assert.Equal((double)length * (length + 1), FixedOrder.Dot(a, ones));
        double[] y = [.. a];
        FixedOrder.AddScaled(-1, a, y);
        Assert.All(y, static v => Assert.Equal(0, v));
    }

    [Fact]
    public void Cholesky_solves_definite_systems_and_refuses_others()
    {
        Random random = new(7);
        for (int n = 1; n <= 40; n++)
        {
            double[] root = [.. Enumerable.Range(0, n * n).Select(_ => random.NextDouble() - 0.5)], a = new double[n * n], x = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())], b = new double[n];
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    a[i * n + j] = Enumerable.Range(0, n).Sum(k => root[i * n + k] * root[j * n + k]) + (i == j ? 1 : 0);
            for (int i = 0; i < n; i++) b[i] = Enumerable.Range(0, n).Sum(j => a[i * n + j] * x[j]);
            Assert.True(Cholesky.TrySolve(a, b));
            Assert.All(b.Zip(x), static pair => Assert.Equal(pair.Second, pair.First, 1e-10));
        }
        Assert.False(Cholesky.TrySolve([1, 1, 1, 1], new double[] { 1, 2 }));
        Assert.False(Cholesky.TrySolve([1, 2, 2, 1], new double[] { 1, 2 }));
    }
}
