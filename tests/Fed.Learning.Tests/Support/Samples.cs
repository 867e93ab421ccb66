using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Program;

namespace Fed.Learning.Tests.Support;

/// <summary>The real data sets and plans that several tests use.</summary>
internal static class Samples
{
    public static readonly DataSchema BreastCancerSchema = new([new ColumnSpec("target", ColumnKind.Integer)], "target", new SplitRule.EveryNth(), Classes: 2);

    public static readonly DataSchema ContraceptionSchema = new(
        [
            new ColumnSpec("woman", ColumnKind.Ignore), new ColumnSpec("district", ColumnKind.Key), new ColumnSpec("use", ColumnKind.Integer),
            new ColumnSpec("livch", ColumnKind.Category, MissingPolicy.Error, ["0", "1", "2", "3+"]),
        ],
        "use", new SplitRule.EveryNth(), Classes: 2);

    private static readonly Lazy<DataTable> BreastCancerTable = new(static () => TableReader.Read(RepositoryFiles.Find("data", "breast_cancer", "data.csv"), BreastCancerSchema));

    private static readonly Lazy<DataTable> ContraceptionTable = new(static () => TableReader.Read(RepositoryFiles.Find("examples", "data", "contraception", "data.csv"), ContraceptionSchema));

    public static ImmutableArray<SiteData> BreastCancer(string partition) =>
        Partitioner.Divide(BreastCancerTable.Value, new PartitionSource.FromFile(RepositoryFiles.Find("data", "breast_cancer", "partitions.csv"), partition));

    public static ImmutableArray<SiteData> Contraception() => Partitioner.Divide(ContraceptionTable.Value, new PartitionSource.FromColumn("district"));

    public static LearningPlan Logistic(ImmutableArray<string> features, double l2, AlgorithmOptions algorithm, GridRounding rounding = GridRounding.Stochastic) =>
        new(ModelKind.Logistic, 2, features, algorithm, SiteWeights.Samples, l2, Standardise: true, WeightCap: null, new StoppingOptions(),
            LearningPlan.EvaluationBinsDefault, GridOptions.For(RingWidth.Ring64, rounding));

    public static FedAvgOptions FullBatch(int steps, double rate) => new(steps, null, 0, rate);

    /// <summary>Rows drawn at random, targets by class or number: for checks that hold for any data.</summary>
    public static Matrix Random(int rows, int columns, int classes, int seed)
    {
        Random random = new(seed);
        double[] values = new double[rows * columns], targets = new double[rows];
        for (int i = 0; i < values.Length; i++) values[i] = 4 * random.NextDouble() - 2;
        for (int i = 0; i < rows; i++) targets[i] = classes == 0 ? 3 * random.NextDouble() : i < classes ? i : random.Next(classes);
        return new Matrix(columns, values, targets);
    }

    public static SiteData Site(string name, Matrix train, Matrix? test = null) =>
        new(name, [.. Enumerable.Range(0, train.Columns).Select(static c => $"x{c}")], train, test ?? new Matrix(train.Columns, [], []));
}
