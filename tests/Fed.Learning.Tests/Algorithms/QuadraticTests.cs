using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedAvgM;
using Fed.Learning.Algorithms.FedDyn;
using Fed.Learning.Algorithms.FedNova;
using Fed.Learning.Algorithms.FedOpt;
using Fed.Learning.Algorithms.FedProx;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Metrics;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Algorithms;

/// <summary>Every optimiser on heterogeneous quadratics, where its fixed point is known in closed form.</summary>
public sealed class QuadraticTests
{
    private const double Rate = 0.3;   // every Hessian's eigenvalues lie below 1 + columns = 4, most well below
    private const double Exact = 1e-12;

    private readonly Quadratics _problem = new(sites: 4, columns: 3, seed: 11);

    [Fact]
    public void Fedsgd_goes_the_way_of_gradient_descent_on_all_rows()
    {
        AlgorithmLoop loop = new(new FedSgdOptions(Rate), _problem.Sites);
        double[] w = new double[_problem.Size], p = _problem.RowWeights;
        for (int round = 0; round < 50; round++)
        {
            loop.Run(1);
            double[][] gradients = [.. Enumerable.Range(0, p.Length).Select(k => _problem.Gradient(k, w))];
            for (int i = 0; i < w.Length; i++) w[i] -= Rate * Enumerable.Range(0, p.Length).Sum(k => p[k] * gradients[k][i]);
            Assert.InRange(Quadratics.Distance(w, loop.Parameters), 0, Exact);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Fedavg_stops_at_its_own_fixed_point_and_not_at_the_optimum(int steps)
    {
        AlgorithmLoop loop = new(new FedAvgOptions(steps, null, 0, Rate), _problem.Sites);
        loop.Run(2000);
        double[] p = _problem.RowWeights, optimum = _problem.Optimum(p);
        Assert.InRange(Quadratics.Distance(_problem.FixedPoint(p, _problem.Steps(steps, Rate)), loop.Parameters), 0, Exact);
        double bias = Quadratics.Distance(optimum, loop.Parameters);
        if (steps == 1) Assert.InRange(bias, 0, Exact);
        else Assert.True(bias > 0.01, $"FedAvg shows no drift: {bias}");
    }

    [Fact]
    public void Sites_with_the_same_rows_have_no_drift()
    {
        Quadratics same = new(sites: 3, columns: 2, seed: 5, isIdentical: true);
        AlgorithmLoop loop = new(new FedAvgOptions(7, null, 0, Rate), same.Sites);
        loop.Run(2000);
        Assert.InRange(Quadratics.Distance(same.Optimum(same.RowWeights), loop.Parameters), 0, Exact);
    }

    [Fact]
    public void Fedavgm_without_momentum_is_fedavg_bit_for_bit_and_its_velocity_sums_a_geometric_series()
    {
        AlgorithmLoop plain = new(new FedAvgOptions(5, null, 0, Rate), _problem.Sites), none = new(new FedAvgMOptions(5, null, 0, Rate, Momentum: 0), _problem.Sites);
        plain.Run(20);
        none.Run(20);
        Assert.Equal(plain.Parameters, none.Parameters);

        // At the fixed point of the steps the change is constant nowhere; held there from outside it is.
        AlgorithmLoop held = new(new FedAvgMOptions(5, null, 0, Rate, Momentum: 0.9), _problem.Sites);
        for (int round = 0; round < 400; round++)
        {
            held.Run(1);
            held.Parameters = new double[_problem.Size];
        }
        AlgorithmLoop once = new(new FedAvgOptions(5, null, 0, Rate), _problem.Sites);
        once.Run(1);
        Assert.InRange(Quadratics.Distance([.. once.Parameters.Select(static change => change / (1 - 0.9))], held.ServerState), 0, 1e-11);
    }

    [Fact]
    public void Fedprox_without_pull_is_fedavg_bit_for_bit()
    {
        AlgorithmLoop plain = new(new FedAvgOptions(5, null, 0, Rate), _problem.Sites), prox = new(new FedProxOptions(5, null, 0, Rate, Mu: 0), _problem.Sites);
        plain.Run(20);
        prox.Run(20);
        Assert.Equal(plain.Parameters, prox.Parameters);
    }

    [Fact]
    public void Fedprox_solved_exactly_has_its_closed_fixed_point_and_its_bias_falls_like_one_over_mu()
    {
        double[] p = _problem.RowWeights, optimum = _problem.Optimum(p);
        List<double> bias = [];
        foreach ((double mu, int steps, int rounds) in new[] { (1.0, 100, 300), (10.0, 100, 1200), (100.0, 100, 0) })
        {
            AlgorithmLoop loop = new(new FedProxOptions(steps, null, 0, 1 / (mu + 2.5), mu), _problem.Sites);
            loop.Parameters = _problem.FixedPoint(p, _problem.ProximalInverse(mu));
            double[] start = [.. loop.Parameters];
            loop.Run(3);
            Assert.InRange(Quadratics.Distance(start, loop.Parameters), 0, Exact);   // it is a fixed point,
            loop.Parameters = [.. optimum];
            loop.Run(rounds);
            if (rounds > 0) Assert.InRange(Quadratics.Distance(start, loop.Parameters), 0, 1e-9);   // and it attracts
            bias.Add(Quadratics.Distance(start, optimum));
        }
        Assert.InRange(bias[1] / bias[2], 8, 12);
    }

    [Fact]
    public void Fedprox_moves_sites_less_the_stronger_it_pulls()
    {
        double last = double.PositiveInfinity;
        foreach (double mu in new[] { 0, 0.1, 1, 10 })
        {
            AlgorithmLoop loop = new(new FedProxOptions(50, null, 0, 1 / (mu + 4), mu), [_problem.Sites[0]]);
            loop.Run(1);
            double moved = Quadratics.Distance(new double[_problem.Size], loop.Parameters);
            Assert.True(moved < last, $"mu {mu} moves {moved}, a weaker one {last}");
            last = moved;
        }
    }

    [Fact]
    public void Fedprox_stops_at_the_inexactness_it_is_allowed_and_reports_it()
    {
        AlgorithmLoop loop = new(new FedProxOptions(1000, null, 0, Rate, Mu: 0.1, Inexactness: 0.2), _problem.Sites);
        loop.Run(1);
        Assert.InRange(loop.Last!.Metrics[MetricNames.Inexactness], 0.01, 0.2);
        AlgorithmLoop exact = new(new FedProxOptions(1000, null, 0, Rate, Mu: 0.1), _problem.Sites);
        exact.Run(1);
        Assert.True(Quadratics.Distance(exact.Parameters, loop.Parameters) > 1e-3, "the sites did not stop early");
    }

    [Fact]
    public void Adaptive_mu_falls_after_five_falls_of_the_loss_and_rises_when_it_rises()
    {
        AlgorithmLoop falling = new(new FedProxOptions(1, null, 0, 0.01, Mu: 0.5, IsAdaptive: true), _problem.Sites);
        List<double> mu = [];
        for (int round = 0; round < 12; round++)
        {
            falling.Run(1);
            mu.Add(falling.Last!.Metrics[MetricNames.ProximalMu]);
        }
        // Round 1 has no loss to compare with; five falls later, after round 6, and again after round 11.
        Assert.Equal([0.5, 0.5, 0.5, 0.5, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.3, 0.3], mu.Select(static value => Math.Round(value, 12)));

        AlgorithmLoop diverging = new(new FedProxOptions(1, null, 0, 5, Mu: 0, IsAdaptive: true), _problem.Sites);
        diverging.Run(3);
        Assert.Equal(0.2, diverging.Last!.Metrics[MetricNames.ProximalMu], 12);
    }

    [Theory]
    [InlineData(ControlVariate.Gradient)]
    [InlineData(ControlVariate.Steps)]
    public void Scaffold_reaches_the_optimum_and_its_variates_the_gradients_there(ControlVariate variate)
    {
        AlgorithmLoop loop = new(new ScaffoldOptions(5, null, 0, 0.1, ControlVariate: variate), _problem.Sites);
        loop.Run(4000);
        double[] optimum = _problem.Optimum(_problem.RowWeights);
        Assert.InRange(Quadratics.Distance(optimum, loop.Parameters), 0, Exact);
        for (int k = 0; k < _problem.Sites.Length; k++) Assert.InRange(Quadratics.Distance(_problem.Gradient(k, optimum), loop.SiloStates[k]!), 0, 1e-11);
        Assert.InRange(Quadratics.Distance(new double[_problem.Size], loop.ServerState), 0, 1e-11);
    }

    [Fact]
    public void Scaffold_keeps_its_invariant_when_sites_are_absent()
    {
        AlgorithmLoop loop = new(new ScaffoldOptions(5, null, 0, 0.1), _problem.Sites);
        double[] p = _problem.RowWeights;
        int[][] present = [[0, 1], [2], [0, 1, 2, 3], [3, 1], [0]];
        for (int round = 0; round < 40; round++)
        {
            loop.Run(1, present[round % present.Length]);
            double[] mean = new double[_problem.Size];
            for (int k = 0; k < p.Length; k++)
                for (int i = 0; i < mean.Length; i++) mean[i] += p[k] * (loop.SiloStates[k]?[i] ?? 0);
            Assert.InRange(Quadratics.Distance(mean, loop.ServerState), 0, 1e-14 * (round + 1));
        }
    }

    [Fact]
    public void Scaffold_with_one_step_on_all_rows_has_the_same_variates_by_both_options()
    {
        AlgorithmLoop one = new(new ScaffoldOptions(1, null, 0, 0.1, ControlVariate: ControlVariate.Gradient), _problem.Sites), two = new(new ScaffoldOptions(1, null, 0, 0.1), _problem.Sites);
        one.Run(10);
        two.Run(10);
        for (int k = 0; k < _problem.Sites.Length; k++) Assert.InRange(Quadratics.Distance(one.SiloStates[k]!, two.SiloStates[k]!), 0, 1e-11);
    }

    [Fact]
    public void Fednova_with_equal_steps_is_fedavg()
    {
        AlgorithmLoop plain = new(new FedAvgOptions(5, null, 0, Rate), _problem.Sites), nova = new(new FedNovaOptions(5, null, 0, Rate), _problem.Sites);
        plain.Run(20);
        nova.Run(20);
        Assert.InRange(Quadratics.Distance(plain.Parameters, nova.Parameters), 0, Exact);
    }

    [Fact]
    public void Fednovas_bias_halves_with_the_rate_where_fedavg_keeps_its_own()
    {
        // Epochs over batches of three rows: sites take 2, 3, 4 and 5 steps a pass.
        double[] optimum = _problem.Optimum(_problem.RowWeights);
        List<double> nova = [], plain = [];
        foreach (double rate in new[] { 0.02, 0.01, 0.005 })
        {
            nova.Add(BiasOf(new FedNovaOptions(null, 2, 3, rate), rate));
            plain.Add(BiasOf(new FedAvgOptions(null, 2, 3, rate), rate));
        }
        Assert.InRange(nova[0] / nova[1], 1.7, 2.3);
        Assert.InRange(nova[1] / nova[2], 1.7, 2.3);
        Assert.True(plain[2] > 3 * nova[2] && plain[2] > 0.7 * plain[1], $"FedAvg's bias should stay: {string.Join(", ", plain)}; FedNova's: {string.Join(", ", nova)}");

        double BiasOf(AlgorithmOptions algorithm, double rate)
        {
            AlgorithmLoop loop = new(algorithm, _problem.Sites);
            loop.Run((int)(25 / rate));
            return Quadratics.Distance(optimum, loop.Parameters);
        }
    }

    [Fact]
    public void Feddyn_reaches_the_optimum_of_the_weighted_objective_for_uniform_weights_and_for_rows()
    {
        foreach (bool isUniform in new[] { true, false })
        {
            // 120 steps solve a site's problem exactly.
            AlgorithmLoop loop = new(new FedDynOptions(120, null, 0, 0.4, Alpha: 0.5), _problem.Sites, isUniform ? [1, 1, 1, 1] : null);
            loop.Run(500);
            double[] p = isUniform ? [0.25, 0.25, 0.25, 0.25] : _problem.RowWeights, optimum = _problem.Optimum(p);
            Assert.InRange(Quadratics.Distance(optimum, loop.Parameters), 0, 1e-10);
            for (int k = 0; k < p.Length; k++) Assert.InRange(Quadratics.Distance(_problem.Gradient(k, optimum), loop.SiloStates[k]!), 0, 1e-10);
        }
    }

    [Fact]
    public void Adaptive_servers_come_to_the_fixed_point_of_fedavg()
    {
        // Where the mean change is zero none of them moves.
        double[] p = _problem.RowWeights, fixedPoint = _problem.FixedPoint(p, _problem.Steps(5, Rate));
        foreach (AlgorithmOptions options in new AlgorithmOptions[] { new FedAdamOptions(5, null, 0, Rate, 0.01), new FedYogiOptions(5, null, 0, Rate, 0.01), new FedAdagradOptions(5, null, 0, Rate, 0.1) })
        {
            AlgorithmLoop loop = new(options, _problem.Sites);
            loop.Run(4000);
            Assert.InRange(Quadratics.Distance(fixedPoint, loop.Parameters), 0, 1e-3);
        }
    }
}
