using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Baselines;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Baselines;

public sealed class CentralTrainingTests
{
    private static readonly ImmutableArray<SiteData> Sites = Samples.BreastCancer("dirichlet_1");

    private static LearningPlan Plan(int epochs = 1, int batch = 0, double rate = 0.5) => Samples.Logistic(Sites[0].Features, 1.0 / 456, new FedAvgOptions(null, epochs, batch, rate));

    private static CentralResult Run(LearningPlan plan, int rounds, ulong seed = 1, Action<CentralRound>? each = null, CancellationToken cancel = default) =>
        CentralTraining.Run("pooled", plan, Baseline.AllTraining(Sites), Baseline.SharedTest(Sites), rounds, seed, each, cancel: cancel);

    [Fact]
    public void Full_batch_descent_on_all_rows_comes_to_the_pooled_optimum()
    {
        CentralResult result = Run(Plan(epochs: 50), rounds: 40);
        Baseline optimum = Baseline.Pooled(Plan(), Sites);
        Assert.Equal(40, result.Rounds.Length);
        Assert.Equal(optimum.Metrics![MetricNames.TrainLoss], result.Rounds[^1].Metrics[MetricNames.TrainLoss], 0.002);
        Assert.Equal((456.0, 113.0), (result.Rounds[^1].Metrics[MetricNames.Samples], result.Rounds[^1].Metrics[MetricNames.TestSamples]));
        double[] losses = [.. result.Rounds.Select(static round => round.Metrics[MetricNames.TrainLoss])];
        Assert.Equal(losses.OrderDescending(), losses);
    }

    [Fact]
    public void Rounds_are_told_as_they_end_and_the_last_is_the_result()
    {
        List<CentralRound> told = [];
        CentralResult result = Run(Plan(epochs: 3, batch: 32, rate: 0.05), rounds: 4, each: told.Add);
        Assert.Equal([1, 2, 3, 4], told.Select(static round => round.Round));
        Assert.Equal(told, result.Rounds);
        Assert.Equal(VectorBytes.Sha256(result.Parameters), told[^1].ModelSha256);
    }

    [Fact]
    public void Division_into_rounds_does_not_change_the_way()
    {
        CentralResult coarse = Run(Plan(epochs: 6, batch: 32, rate: 0.05), rounds: 2), fine = Run(Plan(epochs: 2, batch: 32, rate: 0.05), rounds: 6);
        Assert.Equal(coarse.Parameters, fine.Parameters);
        Assert.Equal(coarse.Rounds[0].ModelSha256, fine.Rounds[2].ModelSha256);
        Assert.NotEqual(coarse.Parameters, Run(Plan(epochs: 6, batch: 32, rate: 0.05), rounds: 2, seed: 2).Parameters);
    }

    [Fact]
    public void A_site_of_one_class_trains_too_and_one_without_rows_says_so()
    {
        Matrix oneClass = new(1, [1, 2, 3], [1, 1, 1]), test = new(1, [1, 2], [0, 1]);
        LearningPlan plan = Samples.Logistic(["x0"], 0, new FedAvgOptions(null, 1, 0, 0.5));
        CentralResult alone = CentralTraining.Run("a", plan, oneClass, [test], 3, 1, cancel: TestContext.Current.CancellationToken);
        Assert.Equal(0.5, alone.Rounds[^1].Metrics[MetricNames.Accuracy]);
        Assert.Equal("it has no training rows", CentralTraining.Run("a", plan, new Matrix(1, [], []), [test], 3, 1, cancel: TestContext.Current.CancellationToken).Reason);
    }

    [Fact]
    public void Training_that_diverges_has_a_reason_and_no_result()
    {
        CentralResult result = CentralTraining.Run(
            "a", Samples.Logistic(["x0"], 0, new FedAvgOptions(null, 200, 0, 1e200)) with { Model = ModelKind.Linear, Classes = 0 }, new Matrix(1, [1, 2, 4], [0, 1, 9]), [new Matrix(1, [1], [0])], 2, 1,
            cancel: TestContext.Current.CancellationToken);
        Assert.Null(result.Parameters);
        Assert.Contains("diverged: the loss of batch", result.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Early_stopping_ends_with_the_best_that_the_held_out_rows_have_seen()
    {
        CentralResult result = Run(Plan(epochs: 1, batch: 8, rate: 3) with { EarlyStopping = new EarlyStoppingOptions(0.3, 2, 0) }, rounds: 200);
        Assert.Equal("its held-out rows no longer improved", result.Reason);
        Assert.InRange(result.Rounds.Length, 2, 199);
        Assert.Equal(VectorBytes.Sha256(result.Parameters), result.Rounds[^1].ModelSha256);
    }

    [Fact]
    public void It_is_cancelled_between_steps()
    {
        using CancellationTokenSource cancel = new();
        Assert.Throws<OperationCanceledException>(() => Run(Plan(), rounds: 1000, each: round => { if (round.Round == 3) cancel.Cancel(); }, cancel: cancel.Token));
    }
}
