namespace Fed.Learning.Models.Losses;

/// <summary>The loss of a batch of rows as a function of their scores, in float64 whatever the network's precision.</summary>
internal interface IBatchLoss
{
    /// <summary>True when it is a sum of losses of single rows, so that a row has a gradient of its own and a batch may be divided.</summary>
    bool IsSumOverRows { get; }

    /// <summary>Sum of the losses, and its derivatives by the scores. Allocates nothing.</summary>
    /// <param name="scores">Shape <c>[rows, outputs]</c>.</param>
    /// <param name="targets">Shape <c>[rows, targets a row]</c>.</param>
    /// <param name="rows">At least one.</param>
    /// <param name="slopes">Receives the derivatives, shape <c>[rows, outputs]</c>.</param>
    double Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, int rows, Span<double> slopes);
}

/// <summary>A loss of single rows with one target each, added first row first.</summary>
/// <param name="loss">Of a row.</param>
/// <param name="rowsMax">Rows of the largest batch.</param>
internal sealed class RowLosses(ILoss loss, int rowsMax) : IBatchLoss
{
    private readonly double[] _losses = new double[rowsMax];

    /// <inheritdoc/>
    public bool IsSumOverRows => true;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, int rows, Span<double> slopes)
    {
        Span<double> losses = _losses.AsSpan(0, rows);
        loss.Evaluate(scores[..(rows * loss.Outputs)], targets, slopes[..(rows * loss.Outputs)], losses);
        double sum = 0;
        foreach (double each in losses) sum += each;
        return sum;
    }
}

/// <summary>Half the mean squared distance of a row's scores to the row itself, which stands in the place of targets.</summary>
internal sealed class ReconstructionLoss(int columns) : IBatchLoss
{
    /// <inheritdoc/>
    public bool IsSumOverRows => true;

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> scores, ReadOnlySpan<double> targets, int rows, Span<double> slopes)
    {
        double sum = 0;
        for (int i = 0; i < rows * columns; i++)
        {
            double error = scores[i] - targets[i];
            slopes[i] = error / columns;
            sum += error * error;
        }
        return 0.5 * sum / columns;
    }
}
