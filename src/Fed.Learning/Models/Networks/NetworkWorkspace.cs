using System.Numerics;
using Fed.Learning.Models.Layers;
using Fed.Learning.Models.Losses;

namespace Fed.Learning.Models.Networks;

/// <summary>All that a network needs for a batch.</summary>
internal sealed class NetworkWorkspace<T>(int rowsMax, Layer<T> body, IBatchLoss loss, int targetColumns) : ModelWorkspace<T>(rowsMax)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public LayerState<T> Body { get; } = body.CreateState(rowsMax);

    public IBatchLoss Loss { get; } = loss;

    /// <summary>The rows of the batch, shape <c>[rows, body.Inputs]</c>.</summary>
    public T[] Input { get; } = new T[rowsMax * body.Inputs];

    public T[] Scores { get; } = new T[rowsMax * body.Outputs];

    public T[] Slopes { get; } = new T[rowsMax * body.Outputs];

    /// <summary>The scores in float64.</summary>
    public double[] WideScores { get; } = new double[rowsMax * body.Outputs];

    public double[] WideSlopes { get; } = new double[rowsMax * body.Outputs];

    public double[] Targets { get; } = new double[rowsMax * targetColumns];
}
