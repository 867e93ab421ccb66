using System.Text.Json;
using Fed.Learning.Data;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Program;

public sealed class StartUpTests
{
    [Theory]
    [InlineData("iid", RingWidth.Ring64, 1e-12)]
    [InlineData("dirichlet_0.5", RingWidth.Ring64, 1e-12)]
    [InlineData("shards2", RingWidth.Ring64, 1e-12)]
    [InlineData("dirichlet_1", RingWidth.Ring32, 1e-9)]
    public void Federated_means_and_deviations_equal_the_pooled_ones(string partition, RingWidth ring, double tolerance)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer(partition);
        LocalFederation federation = new(Samples.Logistic(sites[0].Features, 0, Samples.FullBatch(1, 0.1)) with { Grid = GridOptions.For(ring) }, sites);
        federation.Start();
        using JsonDocument reference = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Find("tests", "data", "breast_cancer", "reference.json")));
        double[] means = Numbers(reference, "train_mean"), deviations = Numbers(reference, "train_sd");
        for (int f = 0; f < means.Length; f++)
        {
            Assert.Equal(1, federation.Model.Means[f] / means[f], tolerance);
            Assert.Equal(1, federation.Model.Deviations[f] / deviations[f], tolerance);
        }
    }

    [Fact]
    public void Site_without_training_rows_is_named()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("dirichlet_0.1");
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0, Samples.FullBatch(1, 0.1));
        Assert.StartsWith("site site-3 has no training rows", Assert.Throws<DataException>(() => new LocalFederation(plan, sites)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Missing_values_leave_the_moments_alone_and_become_the_federated_mean()
    {
        Matrix first = new(2, [1, double.NaN, 3, 10], [0, 1]), second = new(2, [8, 20, double.NaN, 60], [1, 0]);
        LocalFederation federation = new(Samples.Logistic(["x0", "x1"], 0, Samples.FullBatch(1, 0.1)), [Samples.Site("a", first), Samples.Site("b", second)]);
        federation.Start();
        ModelSnapshot model = federation.Model;
        Assert.Equal([4, 30], model.Means);
        Assert.Equal([Math.Sqrt((9 + 1 + 16) / 3.0), Math.Sqrt((400 + 100 + 900) / 3.0)], model.Deviations);
        Matrix scaled = new Standardiser(model.Means, model.Deviations, IsScaling: true).Apply(first), filled = new Standardiser(model.Means, model.Deviations, IsScaling: false).Apply(first);
        Assert.Equal(0, scaled.Row(0)[1]);
        Assert.Equal(30, filled.Row(0)[1]);
    }

    [Fact]
    public void One_class_in_the_whole_federation_stops_the_job()
    {
        Matrix ones = new(1, [1, 2, 3], [1, 1, 1]);
        ProgramException error = Assert.Throws<ProgramException>(() => Start(Samples.Site("a", ones), Samples.Site("b", ones)));
        Assert.Equal("all 6 training rows of the federation are of class 1; a classifier needs at least two classes, so check the target column.", error.Message);
    }

    [Fact]
    public void Column_that_is_constant_in_the_whole_federation_stops_the_job_by_name()
    {
        ProgramException error = Assert.Throws<ProgramException>(static () =>
            Start(Samples.Site("a", new Matrix(2, [1, 0.1, 2, 0.1], [0, 1])), Samples.Site("b", new Matrix(2, [3, 0.1, 4, 0.1], [0, 1]))));
        Assert.Equal("column 'x1' is constant in all training rows of the federation; declare it as ignore.", error.Message);
    }

    [Fact]
    public void Column_that_is_constant_at_one_site_only_is_a_warning_there()
    {
        SiteData odd = Samples.Site("a", new Matrix(2, [1, 7, 2, 7], [1, 1])), plain = Samples.Site("b", new Matrix(2, [3, 8, 4, 9], [0, 1]));
        Start(odd, plain);
        Assert.Equal(["has training rows of class 1 only", "column 'x1' is constant in the training rows"], odd.Warnings(2));
        Assert.Equal(["has training rows of class 1 only"], odd.Warnings(2, isStandardised: false));
        Assert.Empty(plain.Warnings(2));
    }

    [Fact]
    public void Column_without_values_anywhere_stops_the_job_by_name()
    {
        Matrix empty = new(1, [double.NaN, double.NaN], [0, 1]);
        ProgramException error = Assert.Throws<ProgramException>(() => Start(Samples.Site("a", empty), Samples.Site("b", empty)));
        Assert.Equal("column 'x0' has no value at any site; declare it as ignore.", error.Message);
    }

    [Theory]
    [InlineData(null, SiteWeights.Samples, 8)]
    [InlineData(2.0, SiteWeights.Samples, 2)]
    [InlineData(null, SiteWeights.Uniform, 1)]
    public void Weight_cap_bounds_what_a_site_counts(double? cap, SiteWeights weights, double expectedCap)
    {
        SiteData small = Samples.Site("a", Samples.Random(2, 1, 2, 1)), large = Samples.Site("b", Samples.Random(5, 1, 2, 2));
        FederatedProgram program = new(Samples.Logistic(["x0"], 0, Samples.FullBatch(1, 0.1)) with { WeightCap = cap, Weights = weights });
        LocalFederation federation = new(program.Plan, [small, large]);
        federation.Start();
        byte[] broadcast = program.Broadcast(1, "training", federation.State);
        foreach (SiteData site in new[] { small, large })
        {
            LocalOutcome local = new SiloProgram(program, site).Compute(1, "training", broadcast, null, new byte[32], static _ => { }, TestContext.Current.CancellationToken);
            double counted = Math.Min(site.Train.Rows, expectedCap);
            Assert.Equal(counted / expectedCap, local.Weight);
            Assert.Equal(counted, program.RoundSums[0].Schema.Slice<double>(local.Values, OpenedSum.WeightSegment)[0]);
        }
    }

    private static void Start(params SiteData[] sites) => new LocalFederation(Samples.Logistic(sites[0].Features, 0, Samples.FullBatch(1, 0.1)), [.. sites]).Start();

    private static double[] Numbers(JsonDocument json, string name) => [.. json.RootElement.GetProperty(name).EnumerateArray().Select(static n => n.GetDouble())];
}
