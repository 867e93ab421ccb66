using Fed.Learning.Data;
using Fed.Learning.Kernels;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Training;

namespace Fed.Benchmarks.Learning;

/// <summary>The work that is measured beside the peers; each case is one operation over data made once.</summary>
internal static class LearningCases
{
    /// <summary>Rows of the logistic regression.</summary>
    public const int Rows = 1_000_000;

    /// <summary>Features of the logistic regression.</summary>
    public const int Columns = 30;

    /// <summary>Rows of one of its steps.</summary>
    public const int Batch = 1_000;

    /// <summary><c>C += A B</c>, 512 x 512 each, float32.</summary>
    public static Action Gemm()
    {
        const int Size = 512;
        float[] a = Normal(Size * Size, 1), b = Normal(Size * Size, 2), c = new float[Size * Size];
        return () => MatrixProduct.Add<float>(new(a, Size, Size), new(b, Size, Size), c);
    }

    /// <summary>One pass of mini-batch gradient descent over a million rows, float32.</summary>
    /// <param name="isShuffled">Whether the rows come in an order drawn anew, as training takes them; else as they lie.</param>
    public static Action Logistic(bool isShuffled)
    {
        float[] x = Normal(Rows * Columns, 1), noise = Normal(Rows, 2);
        double[] y = new double[Rows];
        for (int r = 0; r < Rows; r++) y[r] = x.AsSpan(r * Columns, 5).ToArray().Sum() + noise[r] > 0 ? 1 : 0;
        IModel<float> model = (IModel<float>)new NetworkOptions(new MlpOptions([]), ModelTask.TwoClasses).Create(Columns, 2, l2: 0);
        Examples<float> examples = Examples<float>.Of(new Matrix(Columns, Array.ConvertAll(x, static v => (double)v), y));
        ModelWorkspace<float> workspace = model.CreateWorkspace(Batch);
        Optimizer<float> optimizer = new(OptimizerOptions.Plain, model);
        float[] parameters = new float[model.Parameters], gradient = new float[model.Parameters];
        BatchOrder order = new(Rows, Batch, new byte[32]);
        int[] inOrder = [.. Enumerable.Range(0, Rows)];
        return () =>
        {
            for (int start = 0; start < Rows; start += Batch)
            {
                model.Objective(examples, isShuffled ? order.Next() : inOrder.AsSpan(start, Batch), parameters, gradient, workspace);
                optimizer.Step(parameters, gradient, 0.01);
            }
        };
    }

    /// <summary>A step of 784-256-128-10 on 64 rows, plain gradient descent.</summary>
    public static Action Mlp() => Step(new MlpOptions([256, 128]), 784, 64, OptimizerOptions.Plain);

    /// <summary>A step of the CNN with 9,098 parameters on 32 images of 28 x 28, momentum.</summary>
    public static Action Cnn() => Step(new CnnOptions(1, 28, 28, [8, 16]), 784, 32, new OptimizerOptions(OptimizerKind.Momentum));

    private static Action Step(ArchitectureOptions architecture, int columns, int batch, OptimizerOptions options)
    {
        IModel<float> model = (IModel<float>)new NetworkOptions(architecture, ModelTask.Classes).Create(columns, 10, l2: 0);
        Examples<float> examples = Examples<float>.Of(new Matrix(columns, Array.ConvertAll(Normal(batch * columns, 1), static v => (double)v), [.. Enumerable.Range(0, batch).Select(static r => (double)(r % 10))]));
        ModelWorkspace<float> workspace = model.CreateWorkspace(batch);
        Optimizer<float> optimizer = new(options, model);
        float[] parameters = Array.ConvertAll(model.Init(new byte[32]), static p => (float)p), gradient = new float[model.Parameters];
        int[] rows = [.. Enumerable.Range(0, batch)];
        return () =>
        {
            model.Objective(examples, rows, parameters, gradient, workspace);
            optimizer.Step(parameters, gradient, 0.01);
        };
    }

    // Box and Muller.
    internal static float[] Normal(int length, int seed)
    {
        Random random = new(seed);
        float[] values = new float[length];
        foreach (ref float value in values.AsSpan()) value = MathF.Sqrt(-2 * MathF.Log(1 - random.NextSingle())) * MathF.Cos(2 * MathF.PI * random.NextSingle());
        return values;
    }
}
