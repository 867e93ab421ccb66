using System.Numerics;
using System.Numerics.Tensors;
using Fed.Learning.Data;
using Fed.Learning.Models;

namespace Fed.Learning.Training;

/// <summary>Ends local training once rows that it does not train on stop improving, and goes back to where they were best. Looked at after every pass.</summary>
/// <param name="Share">Of the rows, held out; the last ones of an order drawn from the seed. Above 0 and below 1.</param>
/// <param name="Patience">Passes without a better loss, at least 1.</param>
/// <param name="Least">By how much a loss must fall to count as better, at least 0.</param>
public sealed record EarlyStoppingOptions(double Share = 0.1, int Patience = 5, double Least = 0)
{
    /// <summary>Says what is wrong with the settings, or null.</summary>
    public string? Check() => this switch
    {
        { Share: not (> 0 and < 1) } => $"the share of held-out rows is {Share}; it must be above 0 and below 1",
        { Patience: < 1 } => $"patience is {Patience}; it must be at least 1",
        { Least: not (>= 0 and < double.PositiveInfinity) } => $"least is {Least}; it must be at least 0",
        _ => null,
    };
}

/// <summary>The best parameters so far, judged by held-out rows.</summary>
internal sealed class EarlyStopping<T>(EarlyStoppingOptions options, IModel<T> model, Matrix heldOut, int parameters)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _best = new T[parameters];
    private readonly double[] _wide = new double[parameters];
    private double _bestLoss = double.PositiveInfinity;
    private int _waited;

    /// <summary>Divides rows into those for training and those held out; of few rows none are.</summary>
    public static (Matrix Train, Matrix HeldOut) Divide(Matrix data, EarlyStoppingOptions options, ReadOnlySpan<byte> seed)
    {
        int kept = data.Rows - (int)(options.Share * data.Rows);
        ReadOnlySpan<int> order = new BatchOrder(data.Rows, 0, seed, stream: 4).Order();   // 2 is dropout's, 3 that of the first parameters
        return (data.Select(order[..kept]), data.Select(order[kept..]));
    }

    /// <summary>Looks at the parameters after a pass.</summary>
    /// <returns>True when it is time to stop.</returns>
    public bool IsOver(ReadOnlySpan<T> current)
    {
        if (heldOut.Rows == 0) return false;
        TensorPrimitives.ConvertSaturating<T, double>(current, _wide);
        double loss = model.Objective(heldOut, _wide, []);
        if (loss < _bestLoss - (double.IsFinite(_bestLoss) ? options.Least : 0))
        {
            _bestLoss = loss;
            _waited = 0;
            current.CopyTo(_best);
            return false;
        }
        return ++_waited >= options.Patience;
    }

    /// <summary>Goes back to the best parameters, if there were any.</summary>
    public void Restore(Span<T> current)
    {
        if (double.IsFinite(_bestLoss)) _best.CopyTo(current);
    }
}
