using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedDyn;
using Fed.Learning.Algorithms.FedNova;
using Fed.Learning.Algorithms.FedOpt;
using Fed.Learning.Algorithms.FedProx;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Data;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Algorithms;

/// <summary>What one round of each optimiser is, in closed form; where rounds lead is in <see cref="QuadraticTests"/>.</summary>
public sealed class LocalRuleTests
{
    private const double Rate = 0.3;
    private const double Exact = 1e-12;

    private readonly Quadratics _problem = new(sites: 4, columns: 3, seed: 11);

    [Fact]
    public void Fedsgd_takes_the_same_way_however_the_rows_are_divided()
    {
        Matrix all = Matrix.Stack(_problem.Sites);
        AlgorithmLoop whole = new(new FedSgdOptions(Rate), [all]);
        whole.Run(30);
        foreach (int parts in new[] { 2, 5, all.Rows })
        {
            // Row r goes to site r * r % parts: parts of very different size, down to one row.
            int[][] rows = [.. Enumerable.Range(0, parts).Select(p => Enumerable.Range(0, all.Rows).Where(r => (parts == all.Rows ? r : r * r % parts) == p).ToArray()).Where(static site => site.Length > 0)];
            AlgorithmLoop divided = new(new FedSgdOptions(Rate), rows.Select(site => all.Select(site)));
            divided.Run(30);
            Assert.InRange(Quadratics.Distance(whole.Parameters, divided.Parameters), 0, 1e-10);
        }
    }

    [Fact]
    public void Fedavg_with_one_step_on_all_rows_is_fedsgd()
    {
        AlgorithmLoop averaged = new(new FedAvgOptions(1, null, 0, Rate), _problem.Sites), gradient = new(new FedSgdOptions(Rate), _problem.Sites);
        for (int round = 0; round < 20; round++)
        {
            averaged.Run(1);
            gradient.Run(1);
            Assert.InRange(Quadratics.Distance(averaged.Parameters, gradient.Parameters), 0, Exact);
        }
    }

    [Fact]
    public void Fedavg_weighs_those_who_answered_by_their_share_of_the_answers()
    {
        AlgorithmLoop loop = new(new FedAvgOptions(5, null, 0, Rate), _problem.Sites);
        loop.Run(1, 1, 3);
        double[] expected = new double[_problem.Size];
        double rows = _problem.Sites[1].Rows + _problem.Sites[3].Rows;
        foreach (int k in new[] { 1, 3 })
        {
            AlgorithmLoop alone = new(new FedAvgOptions(5, null, 0, Rate), [_problem.Sites[k]]);
            alone.Run(1);
            for (int i = 0; i < expected.Length; i++) expected[i] += _problem.Sites[k].Rows / rows * alone.Parameters[i];
        }
        Assert.InRange(Quadratics.Distance(expected, loop.Parameters), 0, Exact);
    }

    /// <summary><c>w_k = (H_k + mu I)^-1 (H_k a_k + mu w)</c>, the proximal problem of the round's model and not of the step before.</summary>
    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(10)]
    public void Fedprox_solved_exactly_is_the_proximal_point_of_the_rounds_model(double mu)
    {
        double[] w = [0.7, -1.3, 0.4, 2];
        for (int k = 0; k < _problem.Sites.Length; k++)
        {
            AlgorithmLoop loop = new(new FedProxOptions(8000, null, 0, 1 / (mu + 4), mu), [_problem.Sites[k]]) { Parameters = [.. w] };
            loop.Run(1);
            double[,] left = (double[,])_problem.Hessians[k].Clone();
            double[] right = [.. _problem.Slopes[k].Select((c, i) => c + mu * w[i])];
            for (int i = 0; i < w.Length; i++) left[i, i] += mu;
            Assert.InRange(Quadratics.Distance(Quadratics.Solve(left, right), loop.Parameters), 0, Exact);
        }
    }

    [Theory]
    [InlineData(ControlVariate.Gradient)]
    [InlineData(ControlVariate.Steps)]
    public void Scaffold_with_one_step_on_all_rows_keeps_the_gradient_at_the_rounds_model(ControlVariate variate)
    {
        AlgorithmLoop loop = new(new ScaffoldOptions(1, null, 0, 0.1, ControlVariate: variate), _problem.Sites);
        for (int round = 0; round < 5; round++)
        {
            double[] w = [.. loop.Parameters];
            loop.Run(1);
            for (int k = 0; k < _problem.Sites.Length; k++) Assert.InRange(Quadratics.Distance(_problem.Gradient(k, w), loop.SiloStates[k]!), 0, Exact);
        }
    }

    /// <summary>Option II divides by the steps that a site took and not by those of others: with batches of three rows sites take 4 to 10, and c_k is the mean of the gradients that they saw.</summary>
    [Fact]
    public void Scaffold_by_steps_keeps_the_mean_of_the_gradients_that_a_site_saw()
    {
        const double Tiny = 1e-9;   // so small that all gradients are seen at the round's model, and two passes over the rows are the gradient of all
        Quadratics even = new(sites: 3, columns: 2, seed: 3);   // 6, 9 and 12 rows: whole batches
        AlgorithmLoop loop = new(new ScaffoldOptions(null, 2, 3, Tiny), even.Sites);
        loop.Run(1);
        for (int k = 0; k < even.Sites.Length; k++) Assert.InRange(Quadratics.Distance(even.Gradient(k, new double[even.Size]), loop.SiloStates[k]!), 0, 1e-6);
    }

    /// <summary>Where FedAvg goes with small steps: the optimum of the objective that weighs a site by p_k times its steps.</summary>
    [Fact]
    public void Fedavg_with_unequal_steps_tends_to_the_optimum_of_another_objective()
    {
        double[] skewed = [.. _problem.RowWeights.Select((p, k) => p * 2 * ((_problem.Sites[k].Rows + 2) / 3))];
        skewed = [.. skewed.Select(weight => weight / skewed.Sum())];
        List<double> distances = [];
        foreach (double rate in new[] { 0.02, 0.005 })
        {
            AlgorithmLoop loop = new(new FedAvgOptions(null, 2, 3, rate), _problem.Sites);
            loop.Run((int)(25 / rate));
            distances.Add(Quadratics.Distance(_problem.Optimum(skewed), loop.Parameters));
        }
        double apart = Quadratics.Distance(_problem.Optimum(skewed), _problem.Optimum(_problem.RowWeights));
        Assert.True(distances[1] < 0.4 * distances[0] && distances[1] < 0.2 * apart, $"{string.Join(", ", distances)} where the optima lie {apart} apart");
    }

    /// <summary>
    /// With a proximal term a step's gradient fades: <c>|a|_1 = (1 - (1 - rate mu)^tau) / (rate mu)</c>. With momentum rho it goes on: <c>(tau - rho (1 - rho^tau) / (1 - rho)) / (1 - rho)</c>.
    /// </summary>
    [Theory]
    [InlineData(0, 0, 5)]
    [InlineData(0.5, 0, 4)]
    [InlineData(0, 0.9, 6)]
    public void Fednova_counts_steps_by_what_their_gradients_still_weigh(double mu, double rho, int steps)
    {
        const double Local = 0.2;
        AlgorithmLoop loop = new(new FedNovaOptions(steps, null, 0, Local, mu, Momentum: rho), _problem.Sites);
        loop.Run(1);
        double expected = mu > 0 ? (1 - Math.Pow(1 - Local * mu, steps)) / (Local * mu) : (steps - rho * (1 - Math.Pow(rho, steps)) / (1 - rho)) / (1 - rho);
        Assert.All(loop.Contributed.Values, contributed => Assert.Equal(expected, contributed[_problem.Size], 1e-12));
    }

    /// <summary>A tiny rate leaves the gradient as it is over all steps, so that change / a_k is the rate times it, whatever momentum did to the steps: sites with more of them pull no harder.</summary>
    [Fact]
    public void Fednova_with_momentum_divides_by_what_momentum_added()
    {
        const double Tiny = 1e-7, Rho = 0.9;
        AlgorithmLoop plain = new(new FedNovaOptions(null, 3, 0, Tiny), _problem.Sites), rolling = new(new FedNovaOptions(null, 3, 0, Tiny, Momentum: Rho), _problem.Sites);
        plain.Run(1);
        rolling.Run(1);
        for (int k = 0; k < _problem.Sites.Length; k++)
            for (int i = 0; i < _problem.Size; i++) Assert.Equal(plain.Contributed[k][i] / Tiny, rolling.Contributed[k][i] / Tiny, 1e-5);
        double longer = (1 + (1 + Rho) + (1 + Rho + Rho * Rho)) / 3;
        Assert.All(plain.Parameters.Zip(rolling.Parameters), pair => Assert.Equal(longer * pair.First / Tiny, pair.Second / Tiny, 1e-5));
    }

    /// <summary>With beta1 = 0 and v far above D^2 an adaptive server is FedAvg with rate / (sqrt(v) + tau), v being tau^2.</summary>
    [Fact]
    public void Adaptive_servers_with_a_large_tau_are_fedavg_with_a_smaller_rate()
    {
        const double Tau = 1e5, ServerRate = 4e4;
        AlgorithmLoop plain = new(new FedAvgOptions(5, null, 0, Rate, ServerRate / (2 * Tau)), _problem.Sites);
        plain.Run(10);
        foreach (AlgorithmOptions options in new AlgorithmOptions[]
        {
            new FedAdagradOptions(5, null, 0, Rate, ServerRate, Beta1: 0, Tau: Tau), new FedAdamOptions(5, null, 0, Rate, ServerRate, Beta1: 0, Beta2: 1 - 1e-12, Tau: Tau),
            new FedYogiOptions(5, null, 0, Rate, ServerRate, Beta1: 0, Beta2: 1 - 1e-12, Tau: Tau),
        })
        {
            AlgorithmLoop loop = new(options, _problem.Sites);
            loop.Run(10);
            Assert.InRange(Quadratics.Distance(plain.Parameters, loop.Parameters), 0, 1e-8);
        }
    }

    [Fact]
    public void Feddyn_solved_exactly_keeps_the_gradient_at_the_sites_own_model_and_h_is_the_mean_of_what_sites_keep()
    {
        AlgorithmLoop loop = new(new FedDynOptions(400, null, 0, 0.4, Alpha: 0.5), _problem.Sites);
        double[] p = _problem.RowWeights;
        int[][] present = [[0, 1, 2, 3], [1], [0, 3], [2, 1]];
        for (int round = 0; round < 12; round++)
        {
            double[] w = [.. loop.Parameters];
            loop.Run(1, present[round % present.Length]);
            foreach (int k in present[round % present.Length])
            {
                double[] theta = [.. w.Select((value, i) => value + loop.Contributed[k][i])];
                Assert.InRange(Quadratics.Distance(_problem.Gradient(k, theta), loop.SiloStates[k]!), 0, Exact);
            }
            double[] mean = new double[_problem.Size];
            for (int k = 0; k < p.Length; k++)
                for (int i = 0; i < mean.Length; i++) mean[i] += p[k] * (loop.SiloStates[k]?[i] ?? 0);
            Assert.InRange(Quadratics.Distance(mean, loop.ServerState), 0, 1e-13 * (round + 1));
        }
    }

    [Theory]
    [MemberData(nameof(Optimisers), DisableDiscoveryEnumeration = true)]
    public void Fine_grid_changes_no_closed_form(AlgorithmOptions options)
    {
        AlgorithmLoop reals = new(options, _problem.Sites), integers = new(options, _problem.Sites, isOnGrid: true);
        reals.Run(25);
        integers.Run(25);
        Assert.InRange(Quadratics.Distance(reals.Parameters, integers.Parameters), 0, 1e-11);
    }

    public static TheoryData<AlgorithmOptions> Optimisers => new()
    {
        new FedSgdOptions(Rate), new FedAvgOptions(5, null, 0, Rate), new FedProxOptions(5, null, 0, Rate, Mu: 0.5), new ScaffoldOptions(5, null, 0, 0.1), new FedNovaOptions(5, null, 0, Rate),
        new FedAdamOptions(5, null, 0, Rate, 0.1), new FedDynOptions(20, null, 0, Rate, Alpha: 0.5),
    };
}
