using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Numerics;
using Fed.Learning.Tests.Models.Networks;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Training;

/// <summary>Whole training, large enough that kernels are divided among threads: the same bits for any number of them, and no allocation a batch on any.</summary>
[Collection(nameof(Threads))]
public sealed class ThreadedTrainingTests
{
    public static TheoryData<string> Large() => ["mlp", "cnn", "series", "logistic", "linear float32"];

    public static TheoryData<string, OptimizerKind> Small()
    {
        TheoryData<string, OptimizerKind> cases = [];
        foreach (ITheoryDataRow name in NetworkCases.Names())
            foreach (OptimizerKind kind in Enum.GetValues<OptimizerKind>()) cases.Add((string)name.GetData()[0]!, kind);
        return cases;
    }

    [Theory]
    [MemberData(nameof(Large))]
    public void Training_has_the_same_bits_for_any_number_of_threads(string name)
    {
        double[][] trained = Threads.Each(() => Trained(Work(name, steps: 3)));
        Assert.All(trained, result => Assert.Equal(trained[0], result));
        Assert.Contains(trained[0].Zip(Work(name, 1).Start), static pair => pair.First != pair.Second);
    }

    [Theory]
    [MemberData(nameof(Large))]
    public void Steps_allocate_nothing_on_any_thread(string name) => Threads.With(3, () =>
    {
        // What one training allocates at its start it allocates whatever its length. The runner's threads are counted too, and differ by an object now and then; one a step would be forty.
        Assert.InRange(Allocated(42) - Allocated(2), -800, 800);

        long Allocated(int steps)
        {
            (LocalWork work, double[] parameters) = Work(name, steps);
            return Allocation.InProcess(() => LocalDescent.Run(work, parameters));
        }
    });

    [Theory]
    [MemberData(nameof(Small))]
    public void Steps_of_every_model_and_optimiser_allocate_nothing(string name, OptimizerKind kind)
    {
        Assert.Equal(Allocated(4), Allocated(40));

        long Allocated(int steps)
        {
            LocalWork work = new()
            {
                Model = NetworkCases.Create(name, NetworkPrecision.Float32, l2: 0.01),
                Data = NetworkCases.Data(name, 24),
                Steps = steps,
                BatchSize = 5,
                LearningRate = 1e-3,
                Optimizer = new(kind, WeightDecay: 0.01, ClipNorm: 1),
                Seed = new byte[32],
            };
            double[] parameters = ((IModel)work.Model).Init(new byte[32]);
            return Allocation.Of(() => LocalDescent.Run(work, parameters));
        }
    }

    [Theory]
    [InlineData(ModelKind.Linear, 0)]
    [InlineData(ModelKind.Logistic, 2)]
    [InlineData(ModelKind.Softmax, 4)]
    public void Linear_models_have_the_bits_of_one_row_after_another_for_any_number_of_threads(ModelKind kind, int classes)
    {
        // More than two blocks of rows, the last one short; features that do not fill a vector.
        const int Rows = 9001, Features = 30;
        GeneralisedLinearModel model = new(kind, Features, classes, l2: 0.1);
        Matrix data = Sample(Rows, Features, classes);
        double[] at = [.. Enumerable.Range(0, model.Parameters).Select(static i => 0.01 * Math.Sin(i))];
        double[] expected = OneByOne(model, data, at, out double loss);
        double[][] gradients = Threads.Each(() =>
        {
            double[] gradient = new double[model.Parameters];
            Assert.Equal(loss, model.Objective(data, at, gradient));
            return gradient;
        });
        Assert.All(gradients, gradient => Assert.Equal(expected, gradient));
        double[] scores = new double[Rows * model.Outputs], one = new double[model.Outputs];
        model.Predict(data, at, scores);
        for (int r = 0; r < Rows; r += 97)
        {
            model.Scores(data.Row(r), at, one);
            Assert.Equal(one, scores.AsSpan(r * model.Outputs, model.Outputs).ToArray());
        }
    }

    // The definition: rows one after another, sixteen running sums a score, no fused multiply-add.
    private static double[] OneByOne(GeneralisedLinearModel model, Matrix data, double[] at, out double loss)
    {
        double[] gradient = new double[model.Parameters], scores = new double[model.Outputs];
        loss = 0;
        for (int r = 0; r < data.Rows; r++)
        {
            for (int o = 0; o < scores.Length; o++) scores[o] = FixedOrder.DotScalar(data.Row(r), at.AsSpan(o * model.Features, model.Features)) + at[model.Coefficients + o];
            loss += Loss(model.Kind, scores, data.Targets[r]);
            for (int o = 0; o < scores.Length; o++)
            {
                for (int c = 0; c < model.Features; c++) gradient[o * model.Features + c] += scores[o] * data.Row(r)[c];
                gradient[model.Coefficients + o] += scores[o];
            }
        }
        for (int i = 0; i < gradient.Length; i++) gradient[i] /= data.Rows;
        for (int i = 0; i < model.Coefficients; i++) gradient[i] += model.L2 * at[i];
        loss = loss / data.Rows + 0.5 * model.L2 * FixedOrder.DotScalar(at.AsSpan(0, model.Coefficients), at.AsSpan(0, model.Coefficients));
        return gradient;
    }

    // Scores become slopes.
    private static double Loss(ModelKind kind, double[] scores, double target)
    {
        if (kind == ModelKind.Linear)
        {
            scores[0] -= target;
            return 0.5 * scores[0] * scores[0];
        }
        if (kind == ModelKind.Logistic)
        {
            double z = scores[0];
            scores[0] = FixedMath.Sigmoid(z) - target;
            return FixedMath.Softplus(target == 0 ? z : -z);
        }
        double high = scores.Max(), sum = 0, ofTarget = scores[(int)target];
        for (int c = 0; c < scores.Length; c++) sum += scores[c] = FixedMath.Exp(scores[c] - high);
        for (int c = 0; c < scores.Length; c++) scores[c] /= sum;
        scores[(int)target] -= 1;
        return high + FixedMath.Log(sum) - ofTarget;
    }

    private static (LocalWork Work, double[] Start) Work(string name, int steps)
    {
        (IModel model, Matrix data, int batch) = name switch
        {
            "mlp" => (new NetworkOptions(new MlpOptions([256, 128], Dropout: 0.1), ModelTask.Classes).Create(300, 10, 1e-3), Sample(130, 300, 10), 64),
            "cnn" => (new NetworkOptions(new CnnOptions(1, 28, 28, [8, 16]), ModelTask.Classes).Create(784, 10, 1e-3), Sample(40, 784, 10), 32),
            "series" => (new NetworkOptions(new SeriesCnnOptions(4, 0, 200, [16, 16]), ModelTask.Classes).Create(800, 3, 0), Sample(40, 800, 3), 20),
            "linear float32" => (new NetworkOptions(new MlpOptions([]), ModelTask.TwoClasses).Create(30, 2, 1e-3), Sample(20_000, 30, 2), 10_000),
            _ => ((IModel)new GeneralisedLinearModel(ModelKind.Logistic, 30, 2, 1e-3), Sample(20_000, 30, 2), 10_000),
        };
        OptimizerOptions optimizer = model is GeneralisedLinearModel ? OptimizerOptions.Plain : new(OptimizerKind.Adam, ClipNorm: 5);
        return (new LocalWork { Model = model, Data = data, Steps = steps, BatchSize = batch, LearningRate = 1e-3, Optimizer = optimizer, Seed = new byte[32] }, model.Init(new byte[32]));
    }

    private static double[] Trained((LocalWork Work, double[] Start) job)
    {
        double[] parameters = [.. job.Start];
        LocalDescent.Run(job.Work, parameters);
        return parameters;
    }

    private static Matrix Sample(int rows, int columns, int classes)
    {
        Random random = new(3);
        return new Matrix(
            columns, [.. Enumerable.Range(0, rows * columns).Select(_ => 2 * random.NextDouble() - 1)], [.. Enumerable.Range(0, rows).Select(r => classes > 0 ? r % classes : random.NextDouble())]);
    }
}
