using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Sampling;

/// <summary>
/// Distributions on fixed seeds; each figure would alarm for a right sampler with a probability of 1e-9 (<see cref="Fit"/>). That the tests can fail is a test too: the same figures for samplers
/// that are slightly wrong.
/// </summary>
public sealed class SamplerStatisticalTests
{
    private const int Draws = 1 << 18;

    [Theory]
    [InlineData(3UL)]
    [InlineData(257UL)]
    [InlineData(12289UL)]
    [InlineData(562949952274433UL)]
    [InlineData(1152921504606846883UL)]
    public void Uniform_residues_fill_their_range_evenly(ulong q)
    {
        ulong[] residues = new ulong[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(11);
        Sampler.Uniform(stream, q, residues);
        Assert.InRange(UniformFit(residues, q), double.NegativeInfinity, Fit.Alarm);
    }

    [Fact]
    public void Residues_by_remainder_instead_of_rejection_are_noticed()
    {
        byte[] bytes = new byte[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(11);
        stream.Fill(bytes);
        Assert.True(UniformFit([.. bytes.Select(static b => (ulong)b % 96)], 96) > Fit.Alarm);
    }

    [Fact]
    public void Errors_follow_the_centred_binomial_distribution()
    {
        sbyte[] errors = Errors(12);
        Assert.InRange(BinomialFit(errors), double.NegativeInfinity, Fit.Alarm);
        Assert.InRange(Fit.Mean(errors.Sum(static e => e), Draws, 0, Sampler.ErrorDeviation), 0, Fit.Alarm);
        // Var(e^2) = mu4 - mu2^2 with mu2 = 21/2 and mu4 = 3 mu2^2 - mu2/2
        Assert.InRange(Fit.Mean(errors.Sum(static e => (double)e * e), Draws, 10.5, Math.Sqrt((2 * 10.5 * 10.5) - (10.5 / 2))), 0, Fit.Alarm);
        Assert.InRange(Correlation(errors), 0, Fit.Alarm);
    }

    [Fact]
    public void Errors_with_a_bit_too_few_or_doubled_are_noticed()
    {
        sbyte[] errors = Errors(12);
        using AesCtrStream stream = SeededEntropy.Stream(13);
        byte[] coins = new byte[Draws];
        stream.Fill(coins);
        sbyte[] narrow = [.. errors.Zip(coins, static (e, coin) => (sbyte)(e == 0 || (coin & 15) != 0 ? e : e - Math.Sign(e)))];
        Assert.True(BinomialFit(narrow) > Fit.Alarm);
        Assert.True(Correlation([.. errors.Take(Draws / 2).SelectMany(static e => (sbyte[])[e, e])]) > Fit.Alarm);
    }

    [Fact]
    public void Ternary_values_and_their_pairs_are_even()
    {
        sbyte[] values = new sbyte[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(14);
        Sampler.Ternary(stream, values);
        foreach (int distance in (int[])[1, 15, 16, 31, 32])   // within a chain of digits, across the chains, across words
            Assert.InRange(PairFit(values, distance), double.NegativeInfinity, Fit.Alarm);
    }

    [Fact]
    public void Ternary_values_by_remainder_of_four_bits_are_noticed()
    {
        byte[] bytes = new byte[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(14);
        stream.Fill(bytes);
        Assert.True(PairFit([.. bytes.Select(static b => (sbyte)((b % 16 % 3) - 1))], 1) > Fit.Alarm);
    }

    [Fact]
    public void The_narrow_Gaussian_follows_its_distribution()
    {
        long[] draws = new long[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(15);
        GaussianBase.Fill(stream, draws);
        double[] weights = [.. Enumerable.Range(-GaussianBase.MagnitudeMax, (2 * GaussianBase.MagnitudeMax) + 1).Select(static x => Math.Exp(-2.0 * x * x / GaussianBase.QuadrupleVariance))];
        double sum = weights.Sum();
        long[] counts = new long[weights.Length];
        foreach (long draw in draws) counts[draw + GaussianBase.MagnitudeMax]++;
        Assert.InRange(Fit.ChiSquare(counts, [.. weights.Select(w => w / sum)]), double.NegativeInfinity, Fit.Alarm);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(13.7)]
    [InlineData(31)]
    [InlineData(52.8)]
    [InlineData(58)]
    public void Wide_Gaussians_follow_the_normal_distribution_in_body_moments_and_tails(double log)
    {
        WideGaussian gaussian = WideGaussian.Create(Math.Pow(2, log));
        long[] draws = new long[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(16);
        gaussian.Fill(stream, draws);
        foreach ((string figure, double deviates) in GaussianFits(draws, gaussian.Deviation)) Assert.True(deviates < Fit.Alarm, $"{figure}: {deviates}");
    }

    /// <summary>A lattice that is too thin shows in the remainders: a sum whose narrow part was left out has few of them.</summary>
    [Theory]
    [InlineData(31)]
    [InlineData(58)]
    public void Remainders_of_wide_Gaussians_are_even(double log)
    {
        WideGaussian gaussian = WideGaussian.Create(Math.Pow(2, log));
        long[] draws = new long[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(17);
        gaussian.Fill(stream, draws);
        foreach (long modulus in (long[])[2, 3, 17, 256, .. gaussian.Levels.Select(static l => l.Z1).Where(static z => z is > 1 and < 1000)])
            Assert.InRange(UniformFit([.. draws.Select(d => (ulong)(((d % modulus) + modulus) % modulus))], (ulong)modulus), double.NegativeInfinity, Fit.Alarm);
    }

    [Fact]
    public void Sums_of_uniforms_and_clipped_or_two_percent_narrow_Gaussians_are_noticed()
    {
        const double Deviation = 1 << 30;
        long[] uniforms = new long[4 * Draws], draws = new long[Draws];
        ulong[] residues = new ulong[4 * Draws];
        using AesCtrStream stream = SeededEntropy.Stream(18);
        const double Width = Deviation * 1.7320508075688772;   // the sum of four uniforms of this width has the right variance
        Sampler.Uniform(stream, (ulong)Width, residues);
        for (int i = 0; i < Draws; i++)
            for (int j = 0; j < 4; j++) draws[i] += (long)residues[(4 * i) + j] - (long)(Width / 2);
        Assert.Contains(GaussianFits(draws, Deviation), static f => f.Deviates > Fit.Alarm);

        WideGaussian gaussian = WideGaussian.Create(Deviation);
        gaussian.Fill(stream, draws);
        Assert.Contains(GaussianFits(draws, Deviation * 1.02), static f => f.Deviates > Fit.Alarm);
        Assert.Contains(GaussianFits([.. draws.Select(static d => Math.Clamp(d, (long)(-3 * Deviation), (long)(3 * Deviation)))], Deviation), static f => f.Deviates > Fit.Alarm);
    }

    [Fact]
    public void What_lies_beyond_the_cut_is_drawn_again_and_never_clipped()
    {
        const double Cut = 2.5;   // blocks of sixteen hold a value beyond it about every fifth time
        WideGaussian gaussian = WideGaussian.Create(1 << 20, Cut);
        long[] draws = new long[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(19);
        gaussian.Fill(stream, draws);
        Assert.All(draws, d => Assert.InRange(d, -gaussian.Bound, gaussian.Bound));
        double inside = (2 * Fit.Phi(Cut)) - 1;
        long beyondTwo = draws.LongCount(d => Math.Abs(d) > 2 * gaussian.Deviation);
        Assert.InRange(Fit.Count(beyondTwo, Draws, 2 * (Fit.Phi(Cut) - Fit.Phi(2)) / inside), 0, Fit.Alarm);
        Assert.DoesNotContain(draws, d => Math.Abs(d) == gaussian.Bound);
    }

    private static sbyte[] Errors(int seed)
    {
        sbyte[] errors = new sbyte[Draws];
        using AesCtrStream stream = SeededEntropy.Stream(seed);
        Sampler.CenteredBinomial(stream, errors);
        return errors;
    }

    private static double UniformFit(ReadOnlySpan<ulong> residues, ulong q)
    {
        int cells = (int)Math.Min(q, 512);
        long[] counts = new long[cells];
        foreach (ulong residue in residues) counts[(int)((UInt128)residue * (uint)cells / q)]++;
        double[] probabilities = new double[cells];
        for (int i = 0; i < cells; i++)   // residues r with floor(r cells / q) = i
            probabilities[i] = (double)(Ceiling((UInt128)(i + 1) * q, (uint)cells) - Ceiling((UInt128)i * q, (uint)cells)) / q;
        return Fit.ChiSquare(counts, probabilities);

        static UInt128 Ceiling(UInt128 a, UInt128 b) => (a + b - 1) / b;
    }

    private static double BinomialFit(ReadOnlySpan<sbyte> errors)
    {
        double[] probabilities = new double[43];
        double coefficient = Math.ScaleB(1, -42);
        for (int i = 0; i < 43; i++, coefficient = coefficient * (43 - i) / i) probabilities[i] = coefficient;
        long[] counts = new long[43];
        foreach (sbyte error in errors) counts[error + 21]++;
        return Fit.ChiSquare(counts, probabilities);
    }

    private static double Correlation(sbyte[] errors)
    {
        double sum = 0;
        for (int i = 1; i < errors.Length; i++) sum += errors[i] * errors[i - 1];
        return Fit.Mean(sum, errors.Length - 1, 0, 10.5);
    }

    private static double PairFit(sbyte[] values, int distance)
    {
        long[] counts = new long[9];
        for (int i = 0; i + distance < values.Length; i += 2 * distance)
            for (int j = i; j < i + distance && j + distance < values.Length; j++) counts[(3 * (values[j] + 1)) + values[j + distance] + 1]++;
        return Fit.ChiSquare(counts, [.. Enumerable.Repeat(1 / 9.0, 9)]);
    }

    private static IEnumerable<(string Figure, double Deviates)> GaussianFits(long[] draws, double deviation)
    {
        // 128 cells between the integers nearest to multiples of an eighth of the deviation, and what lies beyond eight deviations
        long[] edges = [.. Enumerable.Range(-64, 129).Select(i => (long)Math.Round(i * deviation / 8))];
        long[] counts = new long[edges.Length + 1];
        double sum = 0, squares = 0, fourths = 0, neighbours = 0, previous = 0;
        foreach (long draw in draws)
        {
            int cell = Array.BinarySearch(edges, draw);
            counts[cell < 0 ? ~cell : cell]++;   // cell i holds edges[i-1] < x <= edges[i]
            double x = draw / deviation;
            sum += x;
            squares += x * x;
            fourths += x * x * x * x;
            neighbours += x * previous;
            previous = x;
        }
        double[] below = [0, .. edges.Select(e => Fit.Phi((e + 0.5) / deviation)), 1];
        yield return ("chi-square", Fit.ChiSquare(counts, [.. below.Zip(below.Skip(1), static (a, b) => b - a)]));
        yield return ("mean", Fit.Mean(sum, draws.Length, 0, 1));
        yield return ("variance", Fit.Mean(squares, draws.Length, 1, Math.Sqrt(2)));
        yield return ("fourth moment", Fit.Mean(fourths, draws.Length, 3, Math.Sqrt(96)));
        yield return ("neighbours", Fit.Mean(neighbours, draws.Length - 1, 0, 1));
        foreach (double tail in (double[])[2, 3, 3.5])
            yield return ($"tail {tail}", Fit.Count(draws.LongCount(d => Math.Abs(d) > tail * deviation), draws.Length, 2 * Fit.Phi(-tail)));
    }
}
