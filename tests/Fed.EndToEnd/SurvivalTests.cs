using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Survival over natural sites: the examples, held to what R's Cox regression reaches on the same data (examples/data/*/README.md).</summary>
public sealed class SurvivalTests
{
    [Fact]
    public void Eighteen_hospitals_rank_their_patients_as_well_as_stratified_cox_regression()
    {
        using Workspace workspace = new();
        FedResult run = workspace.Fed("simulate", workspace.Conf(Repository.PathOf("hocon/lung.conf"), "job.rounds = 40")).Succeeded();
        Assert.Contains("concordance", run.Out, StringComparison.Ordinal);
        Report report = new(workspace.Data, "lung-1");
        Assert.Equal(18, report.Root.GetProperty("sites").GetArrayLength());
        Assert.Equal(227, report.Root.GetProperty("sites").EnumerateArray().Sum(static site => site.GetProperty("trainSamples").GetInt32() + site.GetProperty("testSamples").GetInt32()));   // one row has no institution
        Assert.InRange(report.Number("final", "concordance"), 0.65, 1);   // R, all rows: 0.6665; the 45 test rows make few pairs
        Assert.InRange(report.Number("final", "loss") - report.Number("baselines.pooled", "loss"), -0.1, 0.05);
        string rounds = workspace.Fed("rounds", "show", "40").Succeeded().Out;
        Assert.Contains("trainConcordance = ", rounds, StringComparison.Ordinal);
        Assert.Contains("pairs = 71", rounds, StringComparison.Ordinal);
        Assert.EndsWith("round 40: bit-identical", workspace.Fed("rounds", "replay", "40").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_cohorts_train_a_network_that_ranks_better_than_either_alone()
    {
        using Workspace workspace = new();
        workspace.Fed("simulate", workspace.Conf(Repository.PathOf("hocon/rotterdam_gbsg.conf"))).Succeeded();
        Report report = new(workspace.Data, "rotterdam-gbsg-1");
        double federated = report.Number("final", "concordance");
        Assert.InRange(federated, 0.65, 0.75);   // R on all rows, stratified by cohort: 0.6588
        Assert.InRange(federated - report.Number("baselines.pooled", "concordance"), -0.01, 0.05);
        string model = Path.Combine(workspace.Data, "model.onnx");
        workspace.Fed("model", "export", "--format", "onnx", "--out", model).Succeeded();
        Assert.InRange(new FileInfo(model).Length, 1_000, 100_000);
    }
}
