using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Data;
using Fed.Learning.Files;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Tests.Models.Networks;

namespace Fed.Learning.Tests.Files;

/// <summary>Every kind of model as ONNX: accepted by the onnx package's checker with full shape inference, and evaluated by numpy to what our own prediction says.</summary>
public sealed class OnnxTests(OnnxTests.Evaluations evaluations) : IClassFixture<OnnxTests.Evaluations>
{
    private const int Rows = 23;

    public static TheoryData<string> Names() => [.. Cases().Select(static one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_model_in_onnx_is_valid_and_predicts_what_ours_predicts(string name)
    {
        (_, ExportedModel exported, Matrix rows) = Cases().Single(one => one.Name == name);
        TensorFile results = evaluations.Of(name);
        TrainedModel model = TrainedModel.Of(exported);
        double[] expected = model.Predict(rows), scores = results.Find("scores")!.ToDoubles();
        double tolerance = results.Find("scores")!.Type == TensorType.F32 ? 1e-5 : 1e-12;
        Assert.All(expected.Zip(scores), pair => Assert.Equal(pair.First, pair.Second, tolerance * (1 + Math.Abs(pair.First))));
        Assert.Equal(rows.Rows * model.Model.Outputs, scores.Length);
        Assert.True(expected.Distinct().Count() > Math.Min(5, rows.Rows), "the case tells rows apart");
        CheckWhatFollows(model, rows, scores, results, 10 * tolerance);
    }

    [Fact]
    public void Metadata_travel_with_the_graph()
    {
        (string name, ExportedModel exported, _) = Cases().First();
        TensorFile results = evaluations.Of(name);
        Assert.Equal(exported.Name, results.MetadataOf("name"));
        Assert.Equal(exported.Sha256, results.MetadataOf("sha256"));
        Assert.Equal($"[{string.Join(',', exported.Features.Select(static feature => $"\"{feature}\""))}]", results.MetadataOf("features"));
    }

    [Fact]
    public void Equal_models_give_equal_bytes() => Assert.Equal(Onnx(Cases().Last().Model), Onnx(Cases().Last().Model));

    [Fact]
    public void A_model_that_says_no_architecture_is_refused_by_name() =>
        Assert.Contains("'forest'", Assert.Throws<ModelFormatException>(() => Onnx(SampleModels.Tiny with { Kind = "forest" })).Message, StringComparison.Ordinal);

    private static void CheckWhatFollows(TrainedModel model, Matrix rows, double[] scores, TensorFile results, double tolerance)
    {
        int outputs = model.Model.Outputs;
        switch (model.Model.Task)
        {
            case ModelTask.TwoClasses:
                Same(scores.SelectMany(static s => new[] { 1 / (1 + Math.Exp(s)), 1 / (1 + Math.Exp(-s)) }), "probabilities");
                break;
            case ModelTask.Classes:
                Same(scores.Chunk(outputs).SelectMany(static row => row.Select(s => Math.Exp(s) / row.Sum(Math.Exp))), "probabilities");
                break;
            case ModelTask.Reconstruction:
                double[] inputs = [.. rows.Values.Select((x, i) => ((double.IsNaN(x) ? model.Fill[i % outputs] : x) - model.Standardiser.Means[i % outputs]) / model.Standardiser.Deviations[i % outputs])];
                Same(scores.Zip(inputs, static (s, x) => (s - x) * (s - x)).Chunk(outputs).Select(static row => row.Average()), "error");
                break;
            case ModelTask.Risk:
                Same(scores.Select(Math.Exp), "relative_risk");
                break;
            case ModelTask.Hazard:
                Same(scores.Select(static s => 1 / (1 + Math.Exp(-s))), "hazards");
                Same(scores.Chunk(outputs).SelectMany(static row => row.Select((_, j) => row[..(j + 1)].Aggregate(1.0, static (product, s) => product / (1 + Math.Exp(s))))), "survival");
                break;
            default:
                Assert.Equal("scores", Assert.Single(results.Tensors).Name);
                break;
        }

        void Same(IEnumerable<double> expected, string name) =>
            Assert.All(expected.Zip(results.Find(name)!.ToDoubles()), pair => Assert.Equal(pair.First, pair.Second, tolerance * (1 + Math.Abs(pair.First))));
    }

    private static byte[] Onnx(ExportedModel model)
    {
        using var stream = new MemoryStream();
        ModelFile.Write(model, ModelFormat.Onnx, stream);
        return stream.ToArray();
    }

    // Each network in both precisions, each linear model; features standardised and missing here and there where the kind lets them be.
    private static IEnumerable<(string Name, ExportedModel Model, Matrix Rows)> Cases()
    {
        foreach (string name in NetworkCases.Names().Select(static row => row.Data))
            foreach (NetworkPrecision precision in Enum.GetValues<NetworkPrecision>())
            {
                NetworkOptions options = NetworkCases.Options(name, precision) with { InputScale = 0.5 };
                IModel model = NetworkCases.Create(name, precision);
                Matrix rows = NetworkCases.Data(name, Rows);
                bool isPlain = options.Architecture is MlpOptions or CnnOptions or AutoencoderOptions;
                if (!isPlain) options = options with { InputScale = 1 };   // token ids, masks and flags mean something as they are
                yield return Case($"{name} {precision}", ModelKind.Network, ClassesOf(model), options, isPlain && !name.Contains("cnn", StringComparison.Ordinal), model, rows);
            }
        yield return Linear(ModelKind.Linear, 0);
        yield return Linear(ModelKind.Logistic, 2);
        yield return Linear(ModelKind.Softmax, 4);

        static (string, ExportedModel, Matrix) Linear(ModelKind kind, int classes) =>
            Case(kind.ToString(), kind, classes, null, isStandardised: true, new GeneralisedLinearModel(kind, 7, classes, 0), Support.Samples.Random(Rows, 7, classes, seed: 3));
    }

    private static int ClassesOf(IModel model) => model.Task switch
    {
        ModelTask.TwoClasses => 2,
        ModelTask.Classes => model.Outputs,
        _ => 0,
    };

    private static (string, ExportedModel, Matrix) Case(string name, ModelKind kind, int classes, NetworkOptions? network, bool isStandardised, IModel model, Matrix rows)
    {
        int features = model.Columns;
        LearningPlan plan = new(
            kind, classes, [.. Enumerable.Range(0, features).Select(static f => $"x{f}")], new FedAvgOptions(1, null, 0, 1), SiteWeights.Samples, 0, isStandardised, null, new StoppingOptions(),
            LearningPlan.EvaluationBinsDefault, GridOptions.For(RingWidth.Ring64), network);
        double[] means = [.. Enumerable.Range(0, features).Select(static f => 0.1 * f - 0.2)], deviations = [.. Enumerable.Range(0, features).Select(static f => 0.5 + 0.1 * f)];
        double[] parameters = kind == ModelKind.Network ? NetworkCases.Somewhere(model) : Support.Samples.Random(1, model.Parameters, 0, seed: 8).Values;
        if (network is null || network.Architecture is MlpOptions or CnnOptions or AutoencoderOptions)
            for (int i = 4; i < rows.Values.Length; i += 11) rows.Values[i] = double.NaN;
        ModelSnapshot snapshot = new(plan.Features, means, deviations, isStandardised, parameters, model.Blocks);
        return (name, ExportedModel.Of(plan, snapshot, name, [.. Enumerable.Range(0, classes).Select(static c => $"{c}")], "job", 3, "ab"), rows);
    }

    /// <summary>All cases by one Python, since its start takes longer than its work.</summary>
    public sealed class Evaluations : IDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fed-onnx-");
        private bool _isDone;

        public TensorFile Of(string name)
        {
            Run();
            string error = Path.Combine(_folder.FullName, $"{name}.error");
            Assert.False(File.Exists(error), File.Exists(error) ? File.ReadAllText(error) : "");
            return Safetensors.Read(File.ReadAllBytes(Path.Combine(_folder.FullName, $"{name}.results")));
        }

        public void Dispose() => _folder.Delete(recursive: true);

        private void Run()
        {
            if (_isDone) return;
            foreach ((string name, ExportedModel model, Matrix rows) in Cases())
            {
                File.WriteAllBytes(Path.Combine(_folder.FullName, $"{name}.onnx"), Onnx(model));
                TensorFile inputs = new([Tensor.Create<double>("features", [rows.Rows, rows.Columns], rows.Values)]);
                File.WriteAllBytes(Path.Combine(_folder.FullName, $"{name}.rows"), Safetensors.Write(inputs));
            }
            SystemPython.Run(["numpy", "onnx"], "evaluate.py", _folder.FullName);
            _isDone = true;
        }
    }
}
