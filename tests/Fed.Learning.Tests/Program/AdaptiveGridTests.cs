using System.Text;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedNova;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Program;

/// <summary>Whole runs whose steps adapt, against the same runs on fixed grids and in float64.</summary>
public sealed class AdaptiveGridTests
{
    private static readonly GridOptions Adaptive = GridOptions.For(RingWidth.Ring32, step: StepRule.Adaptive);

    [Fact]
    public void Plan_says_that_steps_adapt_and_comes_back()
    {
        LearningPlan plan = Samples.Logistic(["a"], 0, Samples.FullBatch(1, 0.1)) with { Grid = Adaptive };
        Assert.Contains("\"statisticFractionBits\":51,\"step\":\"Adaptive\"}", Encoding.UTF8.GetString(plan.ToJson()), StringComparison.Ordinal);
        Assert.Equal(plan.ToJson(), LearningPlan.FromJson(plan.ToJson()).ToJson());
    }

    [Fact]
    public void Steps_follow_the_updates_down_and_the_run_does_not_depend_on_the_order_of_sites()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("dirichlet_1");
        LearningPlan plan = Samples.Logistic(sites[0].Features, 1.0 / 456, Samples.FullBatch(20, 0.5)) with { Grid = Adaptive };
        LocalFederation first = new(plan, sites), again = new(plan, [.. sites.Reverse()]);
        first.Start();
        List<double> steps = [];
        for (int round = 1; round <= 20; round++) steps.Add(first.Round(round).Metrics["step.change.coefficients"]);
        again.Run(20);
        Assert.Equal((first.ModelSha256, first.SumsSha256), (again.ModelSha256, again.SumsSha256));
        Assert.Equal(0, first.Clipped);
        Assert.Equal(Math.ScaleB(1, -15), steps[0]);            // the plan's, a range of +-1
        Assert.True(steps[^1] <= steps[0] / 4, $"steps did not follow the updates: {string.Join(", ", steps)}");

        LocalFederation exact = new(plan with { Grid = GridOptions.For(RingWidth.Ring64) }, sites, isReal: true);
        exact.Run(20);
        Assert.InRange(Distance(exact, first), 0, 2e-3);
    }

    [Fact]
    public void First_range_that_was_too_narrow_is_widened_in_one_round()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("iid");
        // A range of +-2^-7, where the first change of a coefficient is about 0.1.
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0.01, Samples.FullBatch(5, 0.3)) with { Grid = Adaptive with { TrainingFractionBits = 22 } };
        LocalFederation federation = new(plan, sites);
        federation.Start();
        Assert.InRange(federation.Round(1).Metrics[MetricNames.Clipped], 10, 155);
        for (int round = 2; round <= 8; round++) Assert.Equal(0, federation.Round(round).Metrics[MetricNames.Clipped]);
    }

    /// <summary>Shares of a_k = 60 are beyond the fixed range of +-8 and clipped in every round, so that all steps are too short.</summary>
    [Fact]
    public void Entries_that_no_fixed_narrow_grid_holds_find_their_range()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("iid");
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0.01, new FedNovaOptions(60, null, 0, 0.05)) with { Grid = Adaptive };
        LocalFederation adaptive = new(plan, sites), narrow = new(plan with { Grid = GridOptions.For(RingWidth.Ring32) }, sites), exact = new(plan with { Grid = GridOptions.For(RingWidth.Ring64) }, sites, isReal: true);
        adaptive.Run(25);
        narrow.Run(25);
        exact.Run(25);
        Assert.Equal(0, adaptive.Clipped);
        Assert.Equal(25 * 5, narrow.Clipped);
        Assert.InRange(Distance(exact, adaptive), 0, 0.1 * Distance(exact, narrow));
    }

    /// <summary>c = sum p_k c_k is a matter of units: site and server must read the same contribution in the same step, also where it was clipped.</summary>
    [Fact]
    public void Control_variates_of_server_and_sites_move_alike_whatever_the_step()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("dirichlet_0.5");
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0.01, new ScaffoldOptions(10, null, 0, 0.1)) with { Grid = Adaptive with { TrainingFractionBits = 18 } };
        LocalFederation federation = new(plan, sites);
        federation.Start();
        double rows = sites.Sum(static site => site.Train.Rows);
        for (int round = 1; round <= 15; round++)
        {
            federation.Round(round, sites.Where((_, k) => (k + round) % 3 != 0));
            double[] expected = new double[31];
            foreach (SiteData site in sites)
                if (federation.SiloStates.GetValueOrDefault(site.Site) is { } kept)
                    foreach ((int i, double value) in VectorBytes.FromBytes(kept).Index()) expected[i] += site.Train.Rows / rows * value;
            double[] common = ServerState.FromBytes(federation.State).AlgorithmState;
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], common[i], 1e-12);
        }
        Assert.True(federation.Clipped > 0, "nothing was clipped: the test shows less than it says");
    }

    [Fact]
    public void Exponents_of_another_plan_are_refused_by_the_silo()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("iid");
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0.01, Samples.FullBatch(2, 0.1));
        LocalFederation fixedSteps = new(plan, sites), adaptive = new(plan with { Grid = Adaptive }, sites);
        fixedSteps.Start();
        adaptive.Start();
        FederatedProgram one = new(plan), other = new(plan with { Grid = Adaptive });
        Assert.Contains("does not have the plan's lengths", Refused(new SiloProgram(one, sites[0]), other.Broadcast(1, "training", adaptive.State)), StringComparison.Ordinal);
        Assert.Contains("does not have the plan's lengths", Refused(new SiloProgram(other, sites[0]), one.Broadcast(1, "training", fixedSteps.State)), StringComparison.Ordinal);

        static string Refused(SiloProgram silo, byte[] broadcast) =>
            Assert.Throws<ProgramException>(() => silo.Compute(1, "training", broadcast, null, new byte[32], static _ => { }, TestContext.Current.CancellationToken)).Message;
    }

    /// <summary>The digits of hocon/digits.conf over five seeds: 16 bits with adaptive steps lose at most 0.3 points of accuracy against float64 (here in 10 rounds; docs/vectors.md has the table).</summary>
    [Fact]
    public void Sixteen_adaptive_bits_lose_at_most_a_third_of_a_point_on_digits()
    {
        ImmutableArray<SiteData> sites = Digits();
        double[] exact = new double[5], adaptive = new double[5];
        Parallel.For(0, 10, run =>
        {
            int seed = run / 2;
            LearningPlan plan = Samples.Logistic(sites[0].Features, 1e-4, new FedAvgOptions(null, 2, 32, 0.002)) with
            {
                Model = ModelKind.Network,
                Classes = 10,
                Standardise = false,
                Network = new NetworkOptions(new MlpOptions([64]), ModelTask.Classes, InputScale: 1.0 / 16, Seed: seed),
                Optimizer = new OptimizerOptions(OptimizerKind.Adam),
                Grid = run % 2 == 0 ? GridOptions.For(RingWidth.Ring64) : Adaptive,
            };
            LocalFederation federation = new(plan, sites, seed: $"{seed}", isReal: run % 2 == 0);
            (run % 2 == 0 ? exact : adaptive)[seed] = federation.Run(10)[MetricNames.Accuracy];
            if (run % 2 == 1) Assert.Equal(0, federation.Clipped);
        });
        Assert.InRange(exact.Average(), 0.85, 1);
        Assert.InRange(adaptive.Average() - exact.Average(), -0.003, 0.01);
    }

    private static ImmutableArray<SiteData> Digits()
    {
        DataSchema schema = new([new ColumnSpec("target", ColumnKind.Integer)], "target", new SplitRule.EveryNth(), Classes: 10);
        return Partitioner.Divide(
            TableReader.Read(RepositoryFiles.Find("data", "digits", "data.csv"), schema), new PartitionSource.FromFile(RepositoryFiles.Find("data", "digits", "partitions.csv"), "dirichlet_0.5"));
    }

    private static double Distance(LocalFederation a, LocalFederation b) => Math.Sqrt(a.Model.Parameters.Zip(b.Model.Parameters).Sum(static p => (p.First - p.Second) * (p.First - p.Second)));
}
