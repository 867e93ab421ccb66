using Fed.Learning.Algorithms.Cyclic;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Algorithms;

/// <summary>Cyclic weight transfer against the sequence computed by hand.</summary>
public sealed class CyclicTests
{
    private const double Rate = 0.3;

    private readonly Quadratics _problem = new(sites: 4, columns: 3, seed: 11);

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void Each_site_goes_on_from_where_the_one_before_left_the_model(int steps)
    {
        AlgorithmLoop loop = new(new CyclicOptions(steps, null, 0, Rate), _problem.Sites);
        double[] w = new double[_problem.Size];
        foreach (int k in new[] { 2, 0, 3, 1, 2, 0, 3, 1 })
        {
            loop.Run(1, k);
            for (int step = 0; step < steps; step++) w = [.. w.Zip(_problem.Gradient(k, w), static (x, g) => x - Rate * g)];
            Assert.InRange(Quadratics.Distance(w, loop.Parameters), 0, 1e-12);
        }
    }

    [Fact]
    public void It_ends_in_a_cycle_and_not_at_the_optimum()
    {
        AlgorithmLoop loop = new(new CyclicOptions(20, null, 0, Rate), _problem.Sites);
        for (int turn = 0; turn < 300; turn++)
            for (int k = 0; k < 4; k++) loop.Run(1, k);
        double[] before = [.. loop.Parameters];
        loop.Run(1, 0);
        Assert.True(Quadratics.Distance(before, loop.Parameters) > 0.01, "the last site's pull is gone");
        for (int k = 1; k < 4; k++) loop.Run(1, k);
        Assert.InRange(Quadratics.Distance(before, loop.Parameters), 0, 1e-12);
        Assert.True(Quadratics.Distance(_problem.Optimum(_problem.RowWeights), loop.Parameters) > 0.01, "no bias towards the last site");
    }

    [Fact]
    public void A_round_of_two_sites_is_refused() =>
        Assert.Contains("takes one site a round, but 2 contributed", Assert.Throws<ProgramException>(() => new AlgorithmLoop(new CyclicOptions(1, null, 0, Rate), _problem.Sites).Run(1, 0, 1)).Message, StringComparison.Ordinal);
}
