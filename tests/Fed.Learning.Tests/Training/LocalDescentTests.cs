using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Tests.Models.Networks;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Training;

public sealed class LocalDescentTests
{
    [Theory]
    [InlineData(NetworkPrecision.Float32)]
    [InlineData(NetworkPrecision.Float64)]
    public void Training_follows_from_the_seed(NetworkPrecision precision)
    {
        LocalWork work = Work("mlp dropout", precision);
        double[] first = Train(work), again = Train(work), other = Train(work with { Seed = Enumerable.Repeat((byte)1, 32).ToArray() });
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
    }

    /// <summary>FedProx with mu = 0 is FedAvg, bit for bit; with mu the work stays nearer to its start.</summary>
    [Fact]
    public void Proximal_term_pulls_back_and_is_nothing_at_zero()
    {
        LocalWork work = Work("mlp relu", NetworkPrecision.Float64);
        double[] start = ModelOf(work).Init(new byte[32]), free = Train(work);
        Assert.Equal(free, Train(work with { Proximal = 0 }));
        double[] distances = [.. new[] { 0, 0.1, 1, 5 }.Select(mu => Distance(start, Train(work with { Proximal = mu })))];
        Assert.Equal(distances.OrderDescending(), distances);
    }

    [Fact]
    public void Correction_is_added_to_every_gradient()
    {
        LocalWork work = Work("linear", NetworkPrecision.Float64) with { Steps = 1, BatchSize = 0, LearningRate = 0.5 };
        double[] correction = [.. Enumerable.Range(0, work.Model.Parameters).Select(static i => 0.1 * i)], plain = Train(work), corrected = Train(work with { Correction = correction });
        for (int i = 0; i < plain.Length; i++) Assert.Equal(plain[i] - 0.5 * correction[i], corrected[i], 1e-14);
    }

    [Fact]
    public void No_step_leaves_parameters_that_float32_cannot_hold_as_they_are()
    {
        LocalWork work = Work("mlp relu", NetworkPrecision.Float32) with { Steps = 0 };
        double[] parameters = [.. Enumerable.Repeat(1.0 / 3, work.Model.Parameters)];
        LocalDescent.Run(work, parameters);
        Assert.All(parameters, static p => Assert.Equal(1.0 / 3, p));
    }

    [Theory]
    [InlineData(NetworkPrecision.Float32)]
    [InlineData(NetworkPrecision.Float64)]
    public void Loss_that_is_not_finite_stops_and_names_the_batch(NetworkPrecision precision)
    {
        LocalWork work = Work("mlp relu", precision);
        work.Data.Values[3 * work.Data.Columns] = double.NaN;
        string message = Assert.Throws<TrainingDivergedException>(() => Train(work with { Optimizer = new(OptimizerKind.Adam) })).Message;
        Assert.Matches("^the loss of batch [1-6] of local epoch 1 is not finite$", message);
    }

    [Fact]
    public void Progress_tells_epoch_batch_and_loss_at_the_site_and_a_percentage_beyond()
    {
        List<LocalProgress> told = [];
        List<int> percentages = [];
        LocalWork work = Work("mlp relu", NetworkPrecision.Float32) with { Steps = 8, Watch = told.Add, ProgressPercent = percentages.Add };
        double[] parameters = ModelOf(work).Init(new byte[32]);
        LocalReport report = LocalDescent.Run(work, parameters);
        Assert.Equal([(1, 1), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (2, 1), (2, 2)], told.Select(static p => (p.Epoch, p.Batch)));
        Assert.Equal([12, 25, 37, 50, 62, 75, 87, 100], percentages);
        Assert.Equal([4, 8, 12, 16, 20, 24, 28, 32], told.Select(static p => p.Samples));
        Assert.InRange(told[0].Loss, 0.5, 3);
        Assert.Equal((8, 2, 32L, false), (report.Steps, report.Epochs, report.Samples, report.IsStoppedEarly));
        Assert.Equal((told[6].Loss + told[7].Loss) / 2, report.Loss, 1e-12);
    }

    [Fact]
    public void Cancelled_training_ends_after_the_batch()
    {
        using CancellationTokenSource stop = new();
        int steps = 0;
        LocalWork work = Work("cnn", NetworkPrecision.Float32) with { Cancel = stop.Token, ProgressPercent = _ => { steps++; stop.Cancel(); } };
        Assert.Throws<OperationCanceledException>(() => Train(work));
        Assert.Equal(1, steps);
    }

    [Fact]
    public void Training_stops_when_held_out_rows_no_longer_improve_and_goes_back_to_the_best()
    {
        // Targets are noise, so that only the rows that are trained on improve for long.
        LocalWork work = Work("mlp relu", NetworkPrecision.Float64) with { Steps = 2000, Optimizer = new(OptimizerKind.Adam), LearningRate = 0.02, EarlyStopping = new(0.25, 3) };
        double[] stopped = ModelOf(work).Init(new byte[32]), whole = [.. stopped];
        (Matrix train, Matrix heldOut) = EarlyStopping<double>.Divide(work.Data, work.EarlyStopping!, work.Seed.Span);
        Assert.Equal((18, 6), (train.Rows, heldOut.Rows));
        LocalReport report = LocalDescent.Run(work, stopped), uncut = LocalDescent.Run(work with { Data = train, EarlyStopping = null }, whole);
        Assert.True(report.IsStoppedEarly);
        Assert.InRange(report.Steps, 1, 500);
        Assert.Equal((2000, false), (uncut.Steps, uncut.IsStoppedEarly));
        Assert.True(ModelOf(work).Objective(heldOut, stopped, []) < ModelOf(work).Objective(heldOut, whole, []));
        // Three passes of five steps were waited for, and are undone.
        Assert.Equal(Train(work with { Data = train, EarlyStopping = null, Steps = report.Steps - 3 * 5 }), stopped);
    }

    [Fact]
    public void Steps_allocate_nothing()
    {
        long few = Allocated(10), many = Allocated(300);
        Assert.Equal(few, many);

        static long Allocated(int steps)
        {
            LocalWork work = Work("mlp dropout", NetworkPrecision.Float32) with { Steps = steps, Optimizer = new(OptimizerKind.Adamw, WeightDecay: 0.01, ClipNorm: 1, Schedule: RateSchedule.Cosine) };
            double[] parameters = ModelOf(work).Init(new byte[32]);
            return Allocation.Of(() => LocalDescent.Run(work, parameters));
        }
    }

    private static IModel ModelOf(LocalWork work) => (IModel)work.Model;

    private static LocalWork Work(string name, NetworkPrecision precision) => new()
    {
        Model = NetworkCases.Create(name, precision, l2: 0),
        Data = NetworkCases.Data(name, 24),
        Steps = 30,
        BatchSize = 4,
        LearningRate = 0.05,
        Seed = new byte[32],
    };

    private static double[] Train(LocalWork work)
    {
        double[] parameters = ModelOf(work).Init(new byte[32]);
        LocalDescent.Run(work, parameters);
        return parameters;
    }

    private static double Distance(double[] a, double[] b) => a.Zip(b, static (x, y) => (x - y) * (x - y)).Sum();
}
