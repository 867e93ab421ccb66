using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Program;

public sealed class FederatedProgramTests
{
    private static readonly LearningPlan Plan = Samples.Logistic(["x0", "x1"], 0.01, Samples.FullBatch(2, 0.1));

    [Fact]
    public void Sums_are_declared_in_the_order_of_their_rounds()
    {
        FederatedProgram program = new(Plan);
        Assert.Equal(["counts", "moments"], program.StartSums.Select(static s => s.Name));
        Assert.Equal(["training", "evaluation"], program.RoundSums.Select(static s => s.Name));
    }

    [Theory]
    [InlineData(RingWidth.Ring64, 10_000)]
    [InlineData(RingWidth.Ring32, 10_000)]
    public void Default_grids_hold_ten_thousand_sites(RingWidth ring, int sites) => Assert.Empty(new FederatedProgram(Plan with { Grid = GridOptions.For(ring) }).CheckCapacity(sites));

    [Fact]
    public void Grid_too_wide_for_the_cohort_is_refused_segment_by_segment()
    {
        FederatedProgram program = new(Plan with { Grid = GridOptions.For(RingWidth.Ring64) with { TrainingBits = 62 } });
        Assert.StartsWith("segment 'change' has 62 bits", Assert.Single(program.CheckCapacity(100)), StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_or_foreign_state_is_refused_with_a_sentence()
    {
        FederatedProgram program = new(Plan);
        byte[] state = program.InitialState();
        Assert.Contains("version", Assert.Throws<ProgramException>(() => program.Broadcast(0, "counts", new byte[40])).Message, StringComparison.Ordinal);
        Assert.Contains("ends too early", Assert.Throws<ProgramException>(() => program.Broadcast(0, "counts", state.AsMemory(0, state.Length - 1))).Message, StringComparison.Ordinal);
        Assert.Contains("too many", Assert.Throws<ProgramException>(() => program.Broadcast(0, "counts", (byte[])[.. state, 0])).Message, StringComparison.Ordinal);
        Assert.Contains("no model yet", Assert.Throws<ProgramException>(() => program.ReadModel(state)).Message, StringComparison.Ordinal);
        for (int cut = 0; cut < state.Length; cut++) Assert.Throws<ProgramException>(() => program.Broadcast(0, "counts", state.AsMemory(0, cut)));
    }

    /// <summary>Logits of 10^8 are a bad model with a loss that can be told; their squares, which no class needs, would fit no sum. Of 10^39 the loss itself does not.</summary>
    [Fact]
    public void Large_logits_are_evaluated_and_a_loss_beyond_every_sum_is_told_as_divergence()
    {
        SiteData site = Samples.Site("a", Samples.Random(40, 2, 2, 1), Samples.Random(10, 2, 2, 2));
        LocalFederation large = new(Samples.Logistic(site.Features, 0, new FedSgdOptions(1e9)), [site]), diverged = new(Samples.Logistic(site.Features, 0, new FedSgdOptions(1e40)), [site]);
        large.Start();
        Assert.InRange(large.Round(1).Metrics[MetricNames.Loss], 1e6, 1e10);
        diverged.Start();
        Assert.Contains("beyond what a sum can hold: training diverged; choose a smaller learning-rate", Assert.Throws<ProgramException>(() => diverged.Round(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Broadcast_of_another_plan_is_refused_by_the_silo()
    {
        FederatedProgram program = new(Plan);
        SiloProgram silo = new(program, Samples.Site("a", Samples.Random(5, 2, 2, 1)));
        byte[] foreign = new FederatedProgram(Plan with { Features = ["a", "b", "c"] }).Broadcast(1, "training", program.InitialState());
        ProgramException error = Assert.Throws<ProgramException>(() => silo.Compute(1, "training", foreign, null, new byte[32], static _ => { }, TestContext.Current.CancellationToken));
        Assert.Contains("does not have the plan's lengths", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Site_without_training_rows_or_with_other_columns_cannot_take_part()
    {
        FederatedProgram program = new(Plan);
        Assert.Equal("site a has no training rows; give it data, or leave it out with site-missing = drop.",
            Assert.Throws<DataException>(() => new SiloProgram(program, Samples.Site("a", new Matrix(2, [], [])))).Message);
        Assert.Contains("all sites need the same columns", Assert.Throws<DataException>(() => new SiloProgram(program, Samples.Site("a", Samples.Random(3, 3, 2, 1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Diverging_training_is_told_and_not_contributed()
    {
        ImmutableArray<SiteData> sites = [Samples.Site("a", Samples.Random(20, 2, 0, 1)), Samples.Site("b", Samples.Random(20, 2, 0, 2))];
        LearningPlan plan = Plan with { Model = ModelKind.Linear, Classes = 0, Algorithm = new FedAvgOptions(5000, null, 0, 50) };
        LocalFederation federation = new(plan, sites);
        federation.Start();
        Assert.Contains("choose a smaller learning-rate", Assert.Throws<ProgramException>(() => federation.Round(1)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelled_work_stops_between_steps()
    {
        FederatedProgram program = new(Plan);
        SiteData site = Samples.Site("a", Samples.Random(20, 2, 2, 1));
        LocalFederation federation = new(Plan, [site, Samples.Site("b", Samples.Random(20, 2, 2, 2))]);
        federation.Start();
        using CancellationTokenSource stop = new();
        List<int> progress = [];
        Assert.Throws<OperationCanceledException>(() => new SiloProgram(program, site).Compute(1, "training", program.Broadcast(1, "training", federation.State), null, new byte[32], percent =>
        {
            progress.Add(percent);
            stop.Cancel();
        }, stop.Token));
        Assert.Equal([50], progress);
    }

    [Theory]
    [MemberData(nameof(WrongPlans))]
    public void Wrong_plan_is_refused_with_a_sentence(LearningPlan plan, string expected)
    {
        Assert.Contains(expected, plan.Check(), StringComparison.Ordinal);
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => new FederatedProgram(plan)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<LearningPlan, string> WrongPlans() => new()
    {
        { Plan with { Features = [] }, "no features" },
        { Plan with { Classes = 3 }, "Logistic model cannot have 3 classes" },
        { Plan with { L2 = -1 }, "l2 is -1" },
        { Plan with { WeightCap = 0 }, "weight-cap is 0" },
        { Plan with { WeightCap = 1.5 }, "weight-cap is 1.5" },
        { Plan with { EvaluationBins = 1 }, "1 bins" },
        { Plan with { Algorithm = new FedSgdOptions(0) }, "learning-rate is 0" },
        { Plan with { Algorithm = new FedAvgOptions(1, 1, 0, 0.1) }, "exactly one of local-steps and local-epochs" },
        { Plan with { Algorithm = new FedAvgOptions(null, null, 0, 0.1) }, "exactly one of local-steps and local-epochs" },
        { Plan with { Algorithm = new FedAvgOptions(0, null, 0, 0.1) }, "must be at least 1" },
        { Plan with { Algorithm = new FedAvgOptions(1, null, -1, 0.1) }, "batch-size is -1" },
        { Plan with { Algorithm = new FedAvgOptions(1, null, 0, double.NaN) }, "learning-rate is NaN" },
        { Plan with { Algorithm = new FedAvgOptions(1, null, 0, 1, 0) }, "server-learning-rate is 0" },
        { Plan with { Stopping = new StoppingOptions(GradientNorm: 1) }, "needs an algorithm that sums gradients" },
        { Plan with { Stopping = new StoppingOptions(LossChange: new LossChangeRule(0.1, 0)) }, "window of at least 1" },
    };
}
