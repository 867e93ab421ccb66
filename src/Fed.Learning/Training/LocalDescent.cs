using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Numerics;

namespace Fed.Learning.Training;

/// <summary>Plain stochastic gradient descent on a site's own rows.</summary>
internal static class LocalDescent
{
    /// <summary>Steps that <paramref name="epochs"/> passes take.</summary>
    public static int StepsOf(int epochs, int rows, int batchSize) => checked(epochs * (batchSize == 0 ? 1 : (rows + batchSize - 1) / batchSize));

    /// <summary>Takes steps, changing the parameters in place: <c>w -= rate * (gradient(w) + correction)</c>.</summary>
    /// <param name="model">The model.</param>
    /// <param name="data">The rows, at least one.</param>
    /// <param name="parameters">Start, and result.</param>
    /// <param name="correction">Added to every gradient (SCAFFOLD's c - c_k), or empty.</param>
    /// <param name="steps">How many.</param>
    /// <param name="batchSize">Rows a step; 0 = all.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="seed">32 bytes that fix the order of the rows, which is drawn anew for every pass.</param>
    /// <param name="progressPercent">Told 0 to 100.</param>
    /// <param name="cancel">Honoured between steps.</param>
    public static void Run(
        Model model, Matrix data, Span<double> parameters, ReadOnlySpan<double> correction, int steps, int batchSize, double rate, ReadOnlySpan<byte> seed,
        Action<int> progressPercent, CancellationToken cancel)
    {
        double[] gradient = new double[model.Parameters];
        bool isFull = batchSize == 0 || batchSize >= data.Rows;
        int[] order = isFull ? [] : [.. Enumerable.Range(0, data.Rows)];
        CounterRandom random = new(seed, stream: 1);   // stream 0 rounds the result to the grid
        long draw = 0;
        int next = order.Length;
        for (int step = 0; step < steps; step++)
        {
            cancel.ThrowIfCancellationRequested();
            if (isFull) model.Objective(data, parameters, gradient);
            else
            {
                if (next >= order.Length)
                {
                    Shuffle(order, random, ref draw);
                    next = 0;
                }
                int length = Math.Min(batchSize, order.Length - next);
                model.Objective(data, order.AsSpan(next, length), parameters, gradient);
                next += length;
            }
            if (!correction.IsEmpty) FixedOrder.AddScaled(1, correction, gradient);
            FixedOrder.AddScaled(-rate, gradient, parameters);
            progressPercent((int)(100L * (step + 1) / steps));
        }
    }

    // Fisher and Yates.
    private static void Shuffle(int[] order, CounterRandom random, ref long draw)
    {
        for (int i = order.Length - 1; i > 0; i--)
        {
            int j = (int)(random.Unit(draw++) * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }
    }
}
