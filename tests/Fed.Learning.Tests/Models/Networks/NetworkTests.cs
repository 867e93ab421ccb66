using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Models.Networks;

/// <summary>What holds for every network.</summary>
public sealed class NetworkTests
{
    private const int Rows = 12;

    public static TheoryData<string> Names() => NetworkCases.Names();

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_equals_central_differences(string name)
    {
        IModel model = NetworkCases.Create(name);
        Matrix data = NetworkCases.Data(name, Rows);
        double[] at = NetworkCases.Somewhere(model), gradient = new double[model.Parameters];
        model.Objective(data, at, gradient);
        GradientCheck.Holds(p => model.Objective(data, p, []), at, gradient, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradient_of_a_batch_in_training_equals_central_differences_with_the_same_dropout(string name)
    {
        IModel<double> model = (IModel<double>)NetworkCases.Create(name);
        Examples<double> examples = Examples<double>.Of(NetworkCases.Data(name, Rows));
        ModelWorkspace<double> workspace = model.CreateWorkspace(Rows);
        double[] at = NetworkCases.Somewhere(model), gradient = new double[model.Parameters];
        Value(at, gradient);
        GradientCheck.Holds(p => Value(p, []), at, gradient, name);

        double Value(double[] parameters, double[] into)
        {
            workspace.StartDropout(new byte[32]);
            return model.Objective(examples, [7, 2, 3, 9, 0], parameters, into, workspace);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Float32_follows_float64(string name)
    {
        IModel wide = NetworkCases.Create(name), narrow = NetworkCases.Create(name, NetworkPrecision.Float32);
        Matrix data = NetworkCases.Data(name, Rows);
        double[] at = [.. NetworkCases.Somewhere(wide).Select(static p => (double)(float)p)], expected = new double[wide.Parameters], actual = new double[wide.Parameters];
        Assert.Equal(wide.Objective(data, at, expected), narrow.Objective(data, at, actual), 1e-5);
        Assert.All(expected.Zip(actual), static pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        double[] wideScores = new double[Rows * wide.Outputs], narrowScores = new double[Rows * wide.Outputs];
        wide.Predict(data, at, wideScores);
        narrow.Predict(data, at, narrowScores);
        Assert.All(wideScores.Zip(narrowScores), static pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Objective_is_the_mean_of_the_losses_that_scores_give(string name)
    {
        IModel model = NetworkCases.Create(name, l2: 0);
        Matrix data = NetworkCases.Data(name, 600);   // more rows than are scored at once
        double[] at = NetworkCases.Somewhere(model), scores = new double[data.Rows * model.Outputs];
        model.Predict(data, at, scores);
        Assert.Equal(model.Objective(data, at, []), model.LossSum(data, scores) / data.Rows, 1e-12);
        Assert.Equal(0, model.LossSum(new Matrix(model.Columns, [], [], data.TargetColumns), []));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Gradients_of_examples_make_the_gradient_of_the_whole(string name)
    {
        IModel<double> model = (IModel<double>)NetworkCases.Create(name, l2: 0);
        Matrix data = NetworkCases.Data(name, Rows);
        Examples<double> examples = Examples<double>.Of(data);
        ModelWorkspace<double> workspace = model.CreateWorkspace(1);
        double[] at = NetworkCases.Somewhere(model), whole = new double[model.Parameters], one = new double[model.Parameters], sum = new double[model.Parameters];
        if (model.Task == ModelTask.Risk)
        {
            Assert.Contains("does not fall into rows", Assert.Throws<InvalidOperationException>(() => model.ExampleGradient(examples, 0, at, one, workspace)).Message, StringComparison.Ordinal);
            return;
        }
        double loss = 0, mean = model.Objective(data, at, whole);
        for (int r = 0; r < Rows; r++)
        {
            loss += model.ExampleGradient(examples, r, at, one, workspace);
            for (int i = 0; i < sum.Length; i++) sum[i] += one[i] / Rows;
        }
        Assert.Equal(mean, loss / Rows, 1e-12);
        Assert.All(whole.Zip(sum), static pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Batch_allocates_nothing_after_the_first(string name)
    {
        IModel<float> model = (IModel<float>)NetworkCases.Create(name, NetworkPrecision.Float32);
        Examples<float> examples = Examples<float>.Of(NetworkCases.Data(name, Rows));
        ModelWorkspace<float> workspace = model.CreateWorkspace(Rows);
        workspace.StartDropout(new byte[32]);
        float[] at = new float[model.Parameters], gradient = new float[model.Parameters];
        int[] batch = [0, 3, 5, 6, 7];
        Assert.Equal(0, Allocation.Of(() => model.Objective(examples, batch, at, gradient, workspace)));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Blocks_have_names_of_their_own_and_cover_the_parameters(string name)
    {
        IModel model = NetworkCases.Create(name);
        Assert.Equal(model.Parameters, model.Blocks.Sum(static block => block.Length));
        Assert.Equal(model.Blocks.Length, model.Blocks.Select(static block => block.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.All(model.Blocks, static block => Assert.Matches("^[a-z0-9.-]+$", block.Name));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Start_follows_from_the_seed(string name)
    {
        IModel model = NetworkCases.Create(name);
        byte[] other = new byte[32];
        other[0] = 1;
        double[] start = model.Init(new byte[32]);
        Assert.Equal(start, NetworkCases.Create(name, NetworkPrecision.Float32).Init(new byte[32]));
        if (start.Any(static p => p != 0 && p != 1)) Assert.NotEqual(start, model.Init(other));
    }

    [Theory]
    [InlineData("mlp relu", 3)]
    [InlineData("mlp dropout", 4)]
    [InlineData("cnn", 3)]
    [InlineData("cnn norm", 2)]
    [InlineData("text cnn", 3)]
    [InlineData("gru", 2)]
    [InlineData("series cnn", 3)]
    [InlineData("fusion", 3)]
    public void Loss_at_the_start_is_little_above_the_logarithm_of_the_classes(string name, int classes)
    {
        IModel model = NetworkCases.Create(name, l2: 0);
        Matrix data = NetworkCases.Data(name, 240);
        double mean = Enumerable.Range(0, 20).Average(seed => model.Objective(data, model.Init([(byte)seed, .. new byte[31]]), []));
        Assert.InRange(mean - Math.Log(classes), 0, 0.6);   // little more than no knowledge: scores of order 1 from a random last layer
    }

    [Fact]
    public void Loss_of_linear_models_at_the_start_is_the_logarithm_of_the_classes()
    {
        IModel bag = NetworkCases.Create("text bag", l2: 0), softmax = new NetworkOptions(new MlpOptions([]), ModelTask.Classes).Create(5, 4, 0);
        Assert.Equal(Math.Log(3), bag.Objective(NetworkCases.Data("text bag", Rows), bag.Init(new byte[32]), []), 1e-12);
        Assert.Equal(Math.Log(4), softmax.Objective(NetworkCases.Data("mlp dropout", Rows), softmax.Init(new byte[32]), []), 1e-12);
    }

    [Fact]
    public void Penalty_binds_weights_and_lets_intercepts_and_gains_go()
    {
        IModel bound = NetworkCases.Create("cnn norm", l2: 2), free = NetworkCases.Create("cnn norm", l2: 0);
        Matrix data = NetworkCases.Data("cnn norm", Rows);
        double[] at = NetworkCases.Somewhere(bound);
        double squares = 0;
        int offset = 0;
        foreach (ParameterBlock block in bound.Blocks)
        {
            if (block.Name.EndsWith(".weight", StringComparison.Ordinal)) squares += at.AsSpan(offset, block.Length).ToArray().Sum(static p => p * p);
            offset += block.Length;
        }
        Assert.Equal(squares, bound.Objective(data, at, []) - free.Objective(data, at, []), 1e-12);
    }

    [Fact]
    public void Local_blocks_are_masked()
    {
        IModel model = (NetworkCases.Options("mlp relu") with { Local = ["head"] }).Create(5, 3, 0);
        Assert.Equal(["dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias"], model.Blocks.Where(static b => b.IsShared).Select(static b => b.Name));
        bool[] mask = model.SharedMask();
        Assert.Equal((model.Parameters, 5 * 6 + 6 + 6 * 5 + 5), (mask.Length, mask.Count(static isShared => isShared)));
        Assert.Equal((true, false), (mask[0], mask[^1]));
    }
}
