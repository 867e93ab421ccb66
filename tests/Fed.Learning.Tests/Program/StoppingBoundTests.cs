using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Program;

/// <summary>Gradient descent with rate 1 / L on a strongly convex objective: how far it is from the optimum, and when its rules must have fired.</summary>
public sealed class StoppingBoundTests
{
    private readonly Quadratics _problem = new(sites: 3, columns: 3, seed: 21);
    private readonly double[] _optimum;
    private readonly double _largest;
    private readonly double _least;

    public StoppingBoundTests()
    {
        _optimum = _problem.Optimum(_problem.RowWeights);
        (_least, _largest) = Quadratics.Spectrum(_problem.Hessian(_problem.RowWeights));
    }

    [Fact]
    public void Distance_shrinks_by_the_condition_number_and_is_bounded_by_the_gradient()
    {
        AlgorithmLoop loop = new(new FedSgdOptions(1 / _largest), _problem.Sites);
        double start = Quadratics.Distance(_optimum, loop.Parameters);
        for (int round = 1; round <= 150; round++)
        {
            loop.Run(1);
            double distance = Quadratics.Distance(_optimum, loop.Parameters);
            Assert.InRange(distance, 0, Math.Pow(1 - _least / _largest, round) * start + 1e-12);
            Assert.InRange(distance, 0, Norm(_problem.Gradient(_problem.RowWeights, loop.Parameters)) / _least * (1 + 1e-9) + 1e-12);
        }
    }

    [Theory]
    [InlineData("gradient-norm", 1e-3)]
    [InlineData("parameter-change", 1e-3)]
    public void Rule_fires_within_the_rounds_that_the_condition_number_allows_and_not_too_far_from_the_optimum(string rule, double threshold)
    {
        // |gradient| <= L |w - w*| and |step| = |gradient| / L; a step is small only P = 3 rounds running.
        double start = Quadratics.Distance(_optimum, new double[_problem.Size]), reach = rule == "gradient-norm" ? threshold / _largest : threshold;
        int bound = (int)Math.Ceiling(Math.Log(reach / start) / Math.Log(1 - _least / _largest)) + 1 + (rule == "gradient-norm" ? 0 : 2);
        StoppingOptions stopping = rule == "gradient-norm" ? new(GradientNorm: threshold) : new(ParameterChange: new ParameterChangeRule(threshold, 0, 3));
        ImmutableArray<SiteData> sites = [.. _problem.Sites.Select(static (rows, k) => Samples.Site($"s{k}", rows, rows))];
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0, new FedSgdOptions(1 / _largest)) with { Model = ModelKind.Linear, Classes = 0, Standardise = false, Stopping = stopping };
        LocalFederation federation = new(plan, sites);
        federation.Start();
        string? fired = null;
        int round = 0;
        List<double> steps = [];
        while (fired is null && round < 10 * bound)
        {
            (ImmutableSortedDictionary<string, double> metrics, fired) = federation.Round(++round);
            steps.Add(metrics[MetricNames.UpdateNorm]);
        }
        Assert.Equal(rule, fired);
        Assert.InRange(round, 2, bound);
        // mu |w - w*| <= |gradient|, and the gradient is what the rule saw.
        Assert.InRange(Quadratics.Distance(_optimum, federation.Model.Parameters), 0, (rule == "gradient-norm" ? threshold : threshold * _largest) / _least);
        if (rule == "parameter-change") Assert.All(steps.TakeLast(3), step => Assert.InRange(step, 0, threshold));
    }

    /// <summary>The drift of a site's own optimum, for strongly convex F_k: <c>|w_k* - w*| &lt;= |gradient F_k(w*)| / mu_k</c>.</summary>
    [Fact]
    public void Sites_own_optimum_lies_within_the_drift_bound_of_the_common_one()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            Quadratics problem = new(sites: 4, columns: 2, seed);
            double[] common = problem.Optimum(problem.RowWeights);
            for (int k = 0; k < problem.Sites.Length; k++)
            {
                (double distance, double bound) = Drift(problem, k, common);
                Assert.True(distance <= bound * (1 + 1e-9), $"seed {seed}, site {k}: {distance} beyond {bound}");
            }
        }
    }

    [Fact]
    public void Drift_bound_is_met_exactly_where_all_directions_curve_alike_and_is_zero_for_copies()
    {
        // All four corners of the square, so that mean (x, 1)(x, 1)' is the identity.
        double[] corners = [1, 1, 1, -1, -1, 1, -1, -1];
        Quadratics round = new([new Matrix(2, corners, [1, 2, -3, 0.5]), new Matrix(2, corners, [0, -1, 4, 2]), new Matrix(2, corners, [-2, 2, 1, 1])]);
        double[] common = round.Optimum(round.RowWeights);
        for (int k = 0; k < 3; k++)
        {
            (double distance, double bound) = Drift(round, k, common);
            Assert.Equal(bound, distance, 1e-12);
            Assert.True(distance > 0.1, $"site {k} does not differ: {distance}");
        }

        Quadratics same = new(sites: 3, columns: 2, seed: 5, isIdentical: true);
        (double none, double zero) = Drift(same, 1, same.Optimum(same.RowWeights));
        Assert.InRange(none, 0, 1e-12);
        Assert.InRange(zero, 0, 1e-12);
    }

    // The optimum by elimination, the gradient by the model that sites train.
    private static (double Distance, double Bound) Drift(Quadratics problem, int k, double[] common)
    {
        double[] gradient = new double[problem.Size];
        new GeneralisedLinearModel(ModelKind.Linear, problem.Size - 1, 0, 0).Objective(problem.Sites[k], common, gradient);
        (double least, _) = Quadratics.Spectrum(problem.Hessians[k]);
        return (Quadratics.Distance(common, Quadratics.Solve(problem.Hessians[k], problem.Slopes[k])), Norm(gradient) / least);
    }

    private static double Norm(double[] vector) => Quadratics.Distance(vector, new double[vector.Length]);
}
