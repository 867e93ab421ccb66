using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Baselines;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Algorithms;

/// <summary>The comparison of hocon/compare-digits.conf in a shortened form: softmax regression on ten sites with two or three digits each, many local steps.</summary>
public sealed class ConvexDriftTests(ITestOutputHelper output)
{
    private const int Steps = 25, Rounds = 20;
    private const double Rate = 0.2, L2 = 0.01;   // strongly convex, so that a plateau is reached in few rounds

    private static readonly ImmutableArray<SiteData> Sites = Partitioner.Divide(
        TableReader.Read(RepositoryFiles.Find("data", "digits", "data.csv"), new DataSchema([new ColumnSpec("target", ColumnKind.Integer)], "target", new SplitRule.EveryNth(), Classes: 10)),
        new PartitionSource.FromFile(RepositoryFiles.Find("data", "digits", "partitions.csv"), "dirichlet_0.1"));

    [Fact]
    public void Scaffold_passes_the_plateau_on_which_fedavg_stays()
    {
        double[] fedavg = Objectives(new FedAvgOptions(Steps, null, 0, Rate), 3 * Rounds), scaffold = Objectives(new ScaffoldOptions(Steps, null, 0, Rate), Rounds);
        double plateau = fedavg[^1], still = fedavg[2 * Rounds] - plateau;
        output.WriteLine($"objective: FedAvg {fedavg[Rounds - 1]:0.00000} after {Rounds} rounds, {plateau:0.00000} after {3 * Rounds} ({still:0.00000} in the last third); SCAFFOLD {scaffold[^1]:0.00000} after {Rounds}");
        Assert.True(scaffold[^1] < plateau - (10 * Math.Abs(still)), $"SCAFFOLD's {scaffold[^1]} after {Rounds} rounds is not clearly below FedAvg's {plateau} after {3 * Rounds}, which still falls by {still}");
    }

    private static double[] Objectives(AlgorithmOptions algorithm, int rounds)
    {
        LearningPlan plan = Samples.Logistic(Sites[0].Features, L2, algorithm) with
        {
            Model = ModelKind.Network,
            Classes = 10,
            Standardise = false,
            Network = new NetworkOptions(new MlpOptions([]), ModelTask.Classes, InputScale: 1.0 / 16),
        };
        IModel model = plan.CreateModel();
        Matrix rows = Baseline.AllTraining(Sites);
        LocalFederation federation = new(plan, Sites);
        federation.Start();
        return [.. Enumerable.Range(1, rounds).Select(round =>
        {
            federation.Round(round);
            return model.Objective(rows, federation.Model.Parameters, []);
        })];
    }
}
