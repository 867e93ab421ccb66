using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedDyn;
using Fed.Learning.Algorithms.FedNova;
using Fed.Learning.Algorithms.FedProx;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Program;

/// <summary>Sites with fewer rows than a batch, down to one row: there is no empty batch, and nobody divides by nothing.</summary>
public sealed class SmallSiteTests
{
    private static readonly ImmutableArray<SiteData> Sites =
    [
        Samples.Site("large", Samples.Random(40, 3, 2, 1), Samples.Random(10, 3, 2, 2)), Samples.Site("small", Samples.Random(5, 3, 2, 3)),
        Samples.Site("single", new Matrix(3, [0.3, -0.2, 1], [1])),
    ];

    public static TheoryData<AlgorithmOptions> Optimisers => new()
    {
        new FedSgdOptions(0.1), new FedAvgOptions(null, 2, 16, 0.1), new FedProxOptions(null, 2, 16, 0.1, Mu: 0.1, IsAdaptive: true, Inexactness: 0.5), new ScaffoldOptions(null, 2, 16, 0.1),
        new FedNovaOptions(null, 2, 16, 0.1), new FedDynOptions(null, 2, 16, 0.1),
    };

    [Theory]
    [MemberData(nameof(Optimisers), DisableDiscoveryEnumeration = true)]
    public void Every_optimiser_trains_with_a_site_of_one_row(AlgorithmOptions options)
    {
        LocalFederation federation = new(Samples.Logistic(Sites[0].Features, 0.1, options), Sites);
        federation.Start();
        double first = federation.Round(1).Metrics[MetricNames.TrainLoss], last = first;
        for (int round = 2; round <= 15; round++) last = federation.Round(round).Metrics[MetricNames.TrainLoss];
        Assert.InRange(last, 0, first);
    }

    [Fact]
    public void Batch_larger_than_the_rows_is_one_of_all_rows()
    {
        LearningPlan plan = Samples.Logistic(Sites[0].Features, 0.1, new FedNovaOptions(null, 3, 1000, 0.1));
        LocalFederation batches = new(plan, Sites), whole = new(plan with { Algorithm = new FedNovaOptions(null, 3, 0, 0.1) }, Sites);
        batches.Run(4);
        whole.Run(4);
        Assert.Equal(whole.ModelSha256, batches.ModelSha256);
        Assert.All(batches.LastVectors, static vector => Assert.Equal(3, vector.Values[4]));   // three passes, three steps
    }

    [Fact]
    public void Early_stopping_holds_no_row_out_where_there_is_only_one()
    {
        LearningPlan plan = Samples.Logistic(Sites[0].Features, 0.1, new FedAvgOptions(null, 4, 16, 0.1)) with { EarlyStopping = new EarlyStoppingOptions(Share: 0.9, Patience: 1) };
        LocalFederation federation = new(plan, Sites);
        federation.Run(3);
        Assert.Equal(3, federation.LastVectors.Count);
    }
}
