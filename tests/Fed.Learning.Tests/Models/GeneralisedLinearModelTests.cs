using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Models;

public sealed class GeneralisedLinearModelTests
{
    public static TheoryData<ModelKind, int> Kinds() => new() { { ModelKind.Linear, 0 }, { ModelKind.Logistic, 2 }, { ModelKind.Softmax, 2 }, { ModelKind.Softmax, 5 } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradient_equals_central_differences(ModelKind kind, int classes)
    {
        (GeneralisedLinearModel model, Matrix data, double[] at) = Case(kind, classes);
        double[] gradient = new double[model.Parameters];
        model.Objective(data, at, gradient);
        const double H = 1e-5;
        for (int i = 0; i < at.Length; i++) Assert.Equal((Shifted(at, i, H, p => model.Objective(data, p, [])) - Shifted(at, i, -H, p => model.Objective(data, p, []))) / (2 * H), gradient[i], 1e-6);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Hessian_equals_central_differences_of_the_gradient(ModelKind kind, int classes)
    {
        (GeneralisedLinearModel model, Matrix data, double[] at) = Case(kind, classes);
        int width = model.Parameters;
        double[] hessian = new double[width * width], high = new double[width], low = new double[width];
        model.Hessian(data, at, hessian);
        const double H = 1e-5;
        for (int i = 0; i < width; i++)
        {
            Shifted(at, i, H, p => model.Objective(data, p, high));
            Shifted(at, i, -H, p => model.Objective(data, p, low));
            for (int j = 0; j < width; j++) Assert.Equal((high[j] - low[j]) / (2 * H), hessian[i * width + j], 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Batch_of_all_rows_has_the_bits_of_the_whole(ModelKind kind, int classes)
    {
        (GeneralisedLinearModel model, Matrix data, double[] at) = Case(kind, classes);
        double[] whole = new double[model.Parameters], batch = new double[model.Parameters];
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        Assert.Equal(model.Objective(data, at, whole), model.Objective(Examples<double>.Of(data), rows, at, batch, model.CreateWorkspace(rows.Length)));
        Assert.Equal(whole, batch);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Means_of_batches_make_the_mean_of_the_whole(ModelKind kind, int classes)
    {
        (GeneralisedLinearModel model, Matrix data, double[] at) = Case(kind, classes);
        double[] whole = new double[model.Parameters], first = new double[model.Parameters], second = new double[model.Parameters];
        int[] rows = [.. Enumerable.Range(0, data.Rows)];
        model.Objective(data, at, whole);
        model.Objective(Examples<double>.Of(data), rows.AsSpan(0, 7), at, first, model.CreateWorkspace(rows.Length));
        model.Objective(Examples<double>.Of(data), rows.AsSpan(7), at, second, model.CreateWorkspace(rows.Length));
        for (int i = 0; i < whole.Length; i++) Assert.Equal(whole[i], (7 * first[i] + (data.Rows - 7) * second[i]) / data.Rows, 1e-13);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Gradients_of_examples_make_the_gradient_of_the_whole_less_the_penalty(ModelKind kind, int classes)
    {
        (GeneralisedLinearModel model, Matrix data, double[] at) = Case(kind, classes);
        GeneralisedLinearModel free = new(kind, 4, classes, l2: 0);
        double[] whole = new double[model.Parameters], one = new double[model.Parameters], sum = new double[model.Parameters];
        free.Objective(data, at, whole);
        for (int r = 0; r < data.Rows; r++)
        {
            model.ExampleGradient(Examples<double>.Of(data), r, at, one, model.CreateWorkspace(1));
            for (int i = 0; i < sum.Length; i++) sum[i] += one[i] / data.Rows;
        }
        Assert.All(whole.Zip(sum), static pair => Assert.Equal(pair.First, pair.Second, 1e-14));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Blocks_cover_the_parameters(ModelKind kind, int classes)
    {
        (GeneralisedLinearModel model, _, _) = Case(kind, classes);
        Assert.Equal(["coefficients", "intercept"], model.Blocks.Select(static b => b.Name));
        Assert.Equal(model.Parameters, model.Blocks.Sum(static b => b.Length));
        Assert.Equal((true, false), (model.Blocks[0].IsPenalised, model.Blocks[1].IsPenalised));
    }

    [Fact]
    public void Penalty_binds_coefficients_and_lets_intercepts_go()
    {
        GeneralisedLinearModel model = new(ModelKind.Softmax, 2, 3, l2: 10), free = new(ModelKind.Softmax, 2, 3, l2: 0);
        Matrix data = Samples.Random(12, 2, 3, 1);
        double[] at = [1, 2, 3, 4, 5, 6, 100, 200, 300];
        Assert.Equal(5 * (1 + 4 + 9 + 16 + 25 + 36), model.Objective(data, at, []) - free.Objective(data, at, []), 1e-9);
    }

    [Fact]
    public void Two_class_softmax_is_logistic_regression()
    {
        Matrix data = Samples.Random(30, 3, 2, 5);
        GeneralisedLinearModel logistic = new(ModelKind.Logistic, 3, 2, 0), softmax = new(ModelKind.Softmax, 3, 2, 0);
        double[] w = [0.5, -1, 2, 0.25];
        Assert.Equal(logistic.Objective(data, w, []), softmax.Objective(data, [0, 0, 0, 0.5, -1, 2, 0, 0.25], []), 1e-14);
    }

    [Fact]
    public void Losses_of_hopeless_and_of_certain_rows_stay_finite()
    {
        Matrix data = new(1, [1, 1], [0, 1]);
        Assert.Equal(2500, new GeneralisedLinearModel(ModelKind.Logistic, 1, 2, 0).Objective(data, [5000.0, 0], new double[2]), 1e-9);
        Assert.Equal(2500, new GeneralisedLinearModel(ModelKind.Softmax, 1, 2, 0).Objective(data, [0, 5000.0, 0, 0], new double[4]), 1e-9);
    }

    [Theory]
    [InlineData(ModelKind.Logistic, 3)]
    [InlineData(ModelKind.Linear, 2)]
    [InlineData(ModelKind.Softmax, 1)]
    [InlineData(ModelKind.Softmax, 1025)]
    public void Classes_that_do_not_suit_the_model_are_refused(ModelKind kind, int classes) => Assert.Throws<ArgumentException>(() => new GeneralisedLinearModel(kind, 2, classes, 0));

    private static (GeneralisedLinearModel Model, Matrix Data, double[] At) Case(ModelKind kind, int classes)
    {
        GeneralisedLinearModel model = new(kind, 4, classes, l2: 0.3);
        Random random = new(3);
        return (model, Samples.Random(25, 4, classes, 2), [.. Enumerable.Range(0, model.Parameters).Select(_ => random.NextDouble() - 0.5)]);
    }

    private static double Shifted(double[] at, int index, double by, Func<double[], double> value)
    {
        double[] moved = [.. at];
        moved[index] += by;
        return value(moved);
    }
}
