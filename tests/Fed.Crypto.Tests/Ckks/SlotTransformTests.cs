using System.Numerics;
using Fed.Crypto.Ckks;

namespace Fed.Crypto.Tests.Ckks;

public sealed class SlotTransformTests
{
    [Theory]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(32)]
    [InlineData(256)]
    public void Slots_are_the_values_of_the_polynomial_at_powers_of_three(int n)
    {
        SlotTransform transform = new(n);
        Random random = new(n);
        double[] coefficients = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.5)];
        double[] real = coefficients[..(n / 2)], imaginary = coefficients[(n / 2)..];
        transform.ToPoints(real, imaginary);
        for (int slot = 0, exponent = 1; slot < n / 2; slot++, exponent = exponent * 3 % (2 * n))
        {
            Complex expected = Complex.Zero;
            for (int k = 0; k < n; k++) expected += coefficients[k] * Complex.FromPolarCoordinates(1, Math.PI * (exponent * k % (2 * n)) / n);
            Assert.InRange(Complex.Abs(transform.Gather(slot, real, imaginary) - expected), 0, 1e-12 * n);
            Assert.Equal(transform.Gather(slot, real, imaginary).Real, transform.GatherReal(slot, real));
        }
        transform.Scatter([.. Enumerable.Range(0, n / 2).Select(j => transform.Gather(j, real, imaginary))], real, imaginary);
        transform.ToCoefficients(real, imaginary, 1);
        Assert.All(coefficients.Zip(real.Concat(imaginary)), pair => Assert.InRange(pair.First - pair.Second, -1e-13, 1e-13));
    }

    [Theory]
    [InlineData(8)]
    [InlineData(1024)]
    [InlineData(8192)]
    [InlineData(32768)]
    public void Vectors_and_the_scalar_twin_agree_to_the_bit(int n)
    {
        SlotTransform transform = new(n);
        Random random = new(n);
        double[] real = [.. Enumerable.Range(0, n / 2).Select(_ => Math.ScaleB(random.NextDouble() - 0.5, random.Next(40)))], imaginary = [.. real.Reverse()];
        (double[] r, double[] i) = ((double[])real.Clone(), (double[])imaginary.Clone());
        transform.ToCoefficients(real, imaginary, 1e6, vector: true);
        transform.ToCoefficients(r, i, 1e6, vector: false);
        Assert.Equal(r, real);
        Assert.Equal(i, imaginary);
        transform.ToPoints(real, imaginary, vector: true);
        transform.ToPoints(r, i, vector: false);
        Assert.Equal(r, real);
        Assert.Equal(i, imaginary);
    }

    [Fact]
    public void Rounding_is_half_away_from_zero_in_every_lane()
    {
        double[] values = [0.5, -0.5, 0.49999999999999994, -0.49999999999999994, 1.5, 2.5, -2.5, 4503599627370495.5, -4503599627370495.5, 9007199254740993, 1e300, -0.0, 0.7, -3.2, 1e18, -7.5];
        double[] expected = [.. values.Select(static v => Math.Round(v, MidpointRounding.AwayFromZero))];
        for (int shift = 0; shift < 4; shift++)
        {
            double[] rounded = values[shift..];
            Assert.Equal(1e300, CoefficientRounding.Round(rounded, []));
            Assert.Equal(expected[shift..], rounded);
        }
        Assert.True(double.IsNaN(CoefficientRounding.Round([1, 2, double.NaN, 4], [])));
        Assert.Equal(double.PositiveInfinity, CoefficientRounding.Round([], [1, double.NegativeInfinity, 3, 4, 5]));
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(4611686018427387904.0)]
    [InlineData(-4611686018427387904.0)]
    [InlineData(1.2345678901234567e40)]
    [InlineData(-9.87654321e120)]
    [InlineData(double.MaxValue)]
    public void Whole_doubles_of_any_size_have_exact_residues(double whole)
    {
        foreach (Fed.Crypto.Ring.Modulus q in CoeffModulus.Create(8192, 60, 49, 20))
            Assert.Equal(q.Reduce(new BigInteger(whole)), RoundedResidue.Of(whole, q));
    }
}
