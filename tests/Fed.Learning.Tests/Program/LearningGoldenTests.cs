using System.Text;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Data;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Program;

/// <summary>Bytes that outlive the process: plans are hashed and approved, states are stored, models are named by hash.</summary>
public sealed class LearningGoldenTests
{
    private const string PlanJson =
        """{"model":"logistic","classes":2,"features":["age","urban"],"algorithm":{"name":"fedavg","localSteps":5,"localEpochs":null,"batchSize":0,"learningRate":0.3,"serverLearningRate":1},"weights":"samples","l2":0.001,"standardise":true,"weightCap":null,"stopping":{"parameterChange":null,"gradientNorm":null,"metric":{"name":"auc","atLeast":0.9},"lossChange":null},"evaluationBins":1024,"grid":{"ring":"Ring64","trainingBits":48,"trainingFractionBits":32,"rounding":"Stochastic","countBits":48,"statisticBits":48,"statisticDigits":2,"statisticFractionBits":56}}""";

    [Fact]
    public void Plan_json_is_canonical_and_comes_back()
    {
        LearningPlan plan = Samples.Logistic(["age", "urban"], 0.001, Samples.FullBatch(5, 0.3)) with { Stopping = new StoppingOptions(Metric: new MetricRule("auc", 0.9)) };
        Assert.Equal(PlanJson, Encoding.UTF8.GetString(plan.ToJson()));
        Assert.Equal(plan.ToJson(), LearningPlan.FromJson(plan.ToJson()).ToJson());
        LearningPlan other = plan with { Algorithm = new FedSgdOptions(0.2) };
        Assert.Equal(other.Algorithm, LearningPlan.FromJson(other.ToJson()).Algorithm);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"model":"tree"}""")]
    [InlineData("""{"colour":1}""")]
    public void Text_that_is_no_plan_is_refused_with_a_sentence(string json) =>
        Assert.StartsWith("the learning plan", Assert.Throws<ProgramException>(() => LearningPlan.FromJson(Encoding.UTF8.GetBytes(json))).Message, StringComparison.Ordinal);

    [Fact]
    public void Model_hash_is_of_little_endian_float64() =>
        Assert.Equal("f138ae8a7b9a72de60b736f59d2474dd5b2357f5817f0dfa3309f5da5e629d87", VectorBytes.Sha256([1, -2.5]));

    /// <summary>The same with DOTNET_EnableAVX2=0 and DOTNET_EnableHWIntrinsic=0: sums, exponentials and logarithms have a fixed order and no fused operations.</summary>
    [Fact]
    public void Whole_run_keeps_its_hashes_on_every_cpu()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("dirichlet_1");
        LocalFederation federation = new(Samples.Logistic(sites[0].Features, 1.0 / 456, Samples.FullBatch(20, 0.5)), sites);
        federation.Run(3);
        Assert.Equal("c745331d6e7381ee23b28143c19d39d4057a9572f8bab44b47981661aba14621", federation.ModelSha256);
        Assert.Equal("04b44c5d0bab0881614d15d9ed352d313a273deb729cb6eaa30442c63242b47b", federation.SumsSha256);
    }
}
