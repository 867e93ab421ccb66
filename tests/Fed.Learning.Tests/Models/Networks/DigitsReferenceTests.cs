using System.Text.Json;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Models.Networks;

/// <summary>Training in one place reaches what scikit-learn's MLPClassifier does with the same settings (tests/data/digits/reference.json).</summary>
public sealed class DigitsReferenceTests
{
    // MLPClassifier divides its penalty by the batch's rows.
    private const double L2 = 1e-4 / 32;

    [Fact]
    public void Perceptron_of_64_units_is_as_accurate_as_the_reference_over_five_seeds()
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Find("tests", "data", "digits", "reference.json")));
        JsonElement reference = json.RootElement.GetProperty("mlp_64_relu_adam_60epochs");
        Matrix[] parts = Rows();
        double[] accuracies = new double[5], losses = new double[5];
        Parallel.For(0, 5, seed => (accuracies[seed], losses[seed]) = Train(parts[0], parts[1], seed));
        Assert.InRange(accuracies.Average() - reference.GetProperty("test_acc_mean").GetDouble(), -0.005, 0.01);
        Assert.InRange(losses.Average() - reference.GetProperty("test_logloss").EnumerateArray().Average(static loss => loss.GetDouble()), -0.02, 0.02);
    }

    private static (double Accuracy, double Loss) Train(Matrix train, Matrix test, int seed)
    {
        NetworkOptions options = new(new MlpOptions([64]), ModelTask.Classes, InputScale: 1.0 / 16, Seed: seed);
        IModel model = options.Create(64, 10, L2);
        double[] parameters = model.Init(options.InitialSeed());
        LocalDescent.Run(
            new LocalWork
            {
                Model = model,
                Data = train,
                Steps = LocalWork.StepsOf(60, train.Rows, 32),
                BatchSize = 32,
                LearningRate = 1e-3,
                Optimizer = new OptimizerOptions(OptimizerKind.Adam),
                Seed = options.InitialSeed(),
            },
            parameters);
        Tally tally = Tally.Of(model, test, parameters);
        return ((double)tally.Correct / tally.Rows, tally.Loss / tally.Rows);
    }

    private static Matrix[] Rows()
    {
        DataSchema schema = new([new ColumnSpec("target", ColumnKind.Integer)], "target", new SplitRule.EveryNth(), Classes: 10);
        ImmutableArray<SiteData> sites = Partitioner.Divide(
            TableReader.Read(RepositoryFiles.Find("data", "digits", "data.csv"), schema), new PartitionSource.FromFile(RepositoryFiles.Find("data", "digits", "partitions.csv"), "iid"));
        return [Matrix.Stack([.. sites.Select(static site => site.Train)]), Matrix.Stack([.. sites.Select(static site => site.Test)])];
    }
}
