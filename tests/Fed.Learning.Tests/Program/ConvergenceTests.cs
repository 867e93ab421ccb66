using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Baselines;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Program;

/// <summary>Whole runs on real data against the pooled optimum. The settings are those of hocon/quickstart.conf and hocon/contraception.conf.</summary>
public sealed class ConvergenceTests
{
    [Fact]
    public void Quickstart_reaches_the_pooled_baseline()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("dirichlet_1");
        LearningPlan plan = Samples.Logistic(sites[0].Features, 1.0 / 456, Samples.FullBatch(20, 0.5));
        LocalFederation federation = new(plan, sites);
        ImmutableSortedDictionary<string, double> final = federation.Run(30);
        ImmutableSortedDictionary<string, double> pooled = Baseline.Pooled(plan, sites).Metrics!;
        Assert.InRange(final[MetricNames.Accuracy], pooled[MetricNames.Accuracy] - 0.01, 1);
        Assert.InRange(final[MetricNames.Auc], pooled[MetricNames.Auc] - 0.005, 1);
        Assert.InRange(final[MetricNames.Loss] - pooled[MetricNames.Loss], -0.005, 0.005);
        Assert.Equal(456, final[MetricNames.Samples]);
        Assert.Equal(113, final[MetricNames.TestSamples]);
        Assert.Equal(0, federation.Clipped);
    }

    [Fact]
    public void Contraception_comes_near_the_pooled_baseline_with_half_of_60_districts_a_round()
    {
        ImmutableArray<SiteData> sites = Samples.Contraception();
        Assert.Equal(60, sites.Length);
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0.001, Samples.FullBatch(5, 0.3));
        LocalFederation federation = new(plan, sites);
        federation.Start();
        Random selection = new(1);
        ImmutableSortedDictionary<string, double> final = ImmutableSortedDictionary<string, double>.Empty;
        for (int round = 1; round <= 40; round++) final = federation.Round(round, [.. sites.OrderBy(_ => selection.Next()).Take(30)]).Metrics;
        ImmutableSortedDictionary<string, double> pooled = Baseline.Pooled(plan, sites).Metrics!;
        Assert.InRange(final[MetricNames.Accuracy] - pooled[MetricNames.Accuracy], -0.02, 0.02);
        Assert.InRange(final[MetricNames.Auc] - pooled[MetricNames.Auc], -0.01, 0.01);
        Assert.InRange(final[MetricNames.TrainLoss] - pooled[MetricNames.TrainLoss], 0, 0.003);
    }

    [Theory]
    [InlineData(ModelKind.Linear, 0)]
    [InlineData(ModelKind.Logistic, 2)]
    [InlineData(ModelKind.Softmax, 4)]
    public void Fedsgd_converges_to_the_pooled_optimum_for_every_model(ModelKind kind, int classes)
    {
        ImmutableArray<SiteData> sites = [.. Enumerable.Range(0, 3).Select(s => Samples.Site($"s{s}", Samples.Random(40 + 10 * s, 4, classes, s), Samples.Random(20, 4, classes, 50 + s)))];
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0.05, new FedSgdOptions(0.7)) with { Model = kind, Classes = classes };
        LocalFederation federation = new(plan, sites);
        ImmutableSortedDictionary<string, double> final = federation.Run(400);
        Baseline pooled = Baseline.Pooled(plan, sites);
        Assert.All(federation.Model.Parameters.Zip(pooled.Parameters!), static pair => Assert.Equal(pair.Second, pair.First, 1e-6));
        foreach (string name in pooled.Metrics!.Keys.Where(static name => name != MetricNames.Auc)) Assert.Equal(pooled.Metrics[name], final[name], 1e-5);
    }

    [Theory]
    [InlineData(8, null, 3)]
    [InlineData(8, 5, null)]
    public void Mini_batches_depend_on_the_seed_and_on_nothing_else(int batch, int? steps, int? epochs)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("iid");
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0.01, new FedAvgOptions(steps, epochs, batch, 0.05));
        LocalFederation first = new(plan, sites), again = new(plan, [.. sites.Reverse()]), other = new(plan, sites, seed: "2");
        Assert.Equal(first.Run(3), again.Run(3));
        Assert.Equal((first.ModelSha256, first.SumsSha256), (again.ModelSha256, again.SumsSha256));
        other.Run(3);
        Assert.NotEqual(first.ModelSha256, other.ModelSha256);
    }

    [Fact]
    public void Narrow_ring_trains_the_same_model_to_its_own_precision()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("iid");
        LearningPlan wide = Samples.Logistic(sites[0].Features, 0.01, Samples.FullBatch(5, 0.1)), narrow = wide with { Grid = GridOptions.For(RingWidth.Ring32) };
        LocalFederation a = new(wide, sites), b = new(narrow, sites);
        a.Run(10);
        b.Run(10);
        // Non-expansive rounds (see FederatedTrajectoryKnownAnswerTests): errors add up, entry by entry bounded by ten rounds of 5 sites * 2^-12 * 512 / 456 in the Euclidean norm.
        double bound = 10 * Math.Sqrt(31) * GridError.Bound(5, narrow.Grid.Training("change", 31), 512, 456) + 1e-6;
        Assert.InRange(a.Model.Parameters.Zip(b.Model.Parameters).Sum(static p => (p.First - p.Second) * (p.First - p.Second)), 1e-12, bound * bound);
    }

    [Theory]
    [InlineData("parameter-change", 60)]
    [InlineData("gradient-norm", 60)]
    [InlineData("metric", 10)]
    [InlineData("loss-change", 40)]
    public void Stopping_rule_fires_and_is_named_once_the_last_model_is_evaluated(string rule, int roundsMax)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("iid");
        StoppingOptions stopping = rule switch
        {
            "parameter-change" => new(ParameterChange: new ParameterChangeRule(1e-3, 1e-2, 3)),
            "gradient-norm" => new(GradientNorm: 0.02),
            "metric" => new(Metric: new MetricRule(MetricNames.Accuracy, 0.9)),
            _ => new(LossChange: new LossChangeRule(0.1, 3)),
        };
        AlgorithmOptions algorithm = new FedSgdOptions(0.3);
        LocalFederation federation = new(Samples.Logistic(sites[0].Features, 0.05, algorithm) with { Stopping = stopping }, sites);
        federation.Start();
        string? fired = null;
        List<ImmutableSortedDictionary<string, double>> rounds = [];
        while (fired is null && rounds.Count < roundsMax)
        {
            (ImmutableSortedDictionary<string, double> metrics, fired) = federation.Round(rounds.Count + 1);
            rounds.Add(metrics);
        }
        Assert.Equal(rule, fired);
        Func<ImmutableSortedDictionary<string, double>, bool> holds = rule switch
        {
            "gradient-norm" => static m => m[MetricNames.GradientNorm] <= 0.02,
            "metric" => static m => m[MetricNames.Accuracy] >= 0.9,
            "loss-change" => m => rounds.IndexOf(m) >= 3 && rounds[rounds.IndexOf(m) - 3][MetricNames.Loss] - m[MetricNames.Loss] <= 0.1 * rounds[rounds.IndexOf(m) - 3][MetricNames.Loss],
            _ => m => rounds.IndexOf(m) >= rounds.Count - 3,
        };
        Assert.True(holds(rounds[^1]));
        if (rule != "parameter-change") Assert.DoesNotContain(rounds[..^1], m => holds(m));
    }
}
