using Fed.Learning.Data;
using Fed.Learning.Files;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Files;

/// <summary>A file predicts from raw rows what the federation's own model did from its scaled ones.</summary>
public sealed class ExportedModelTests
{
    [Theory]
    [InlineData(true, 1)]
    [InlineData(true, 0.25)]
    [InlineData(false, 0.001)]
    public void A_file_predicts_what_the_federations_model_predicts(bool isStandardised, double inputScale)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("iid");
        NetworkOptions network = new(new MlpOptions([16]), ModelTask.TwoClasses, NetworkPrecision.Float64, inputScale);
        LearningPlan plan = Samples.Logistic(sites[0].Features, 0, Samples.FullBatch(3, 0.1)) with { Model = ModelKind.Network, Network = network, Standardise = isStandardised };
        LocalFederation federation = new(plan, sites);
        federation.Run(2);
        ModelSnapshot snapshot = federation.Model;

        Matrix raw = sites[0].Test;
        double[] expected = new double[raw.Rows];
        plan.CreateModel().Predict(new Standardiser(snapshot.Means, snapshot.Deviations, isStandardised).Apply(raw), snapshot.Parameters, expected);
        double[] actual = TrainedModel.Of(ExportedModel.Of(plan, snapshot, "breast-cancer", ["0", "1"], "breast-cancer-1", 2, federation.ModelSha256!)).Predict(raw);
        Assert.True(expected.Distinct().Count() > 5, "the rows are told apart");
        Assert.All(expected.Zip(actual), static pair => Assert.Equal(pair.First, pair.Second, 1e-12 * (1 + Math.Abs(pair.First))));
    }
}
