using System.Numerics;
using Fed.Learning.Data;

namespace Fed.Learning.Models;

/// <summary>
/// A model as a federation sees it: a flat float64 vector of parameters in named blocks, an objective with a gradient, and scores. Every example is one row of a
/// <see cref="Matrix"/>; how a row is laid out (features, image, series, tokens) is the model's own knowledge. Thread-safe: holds no state that changes.
/// </summary>
public interface IModel : IModelShape
{
    /// <summary>Entries of an example's row.</summary>
    int Columns { get; }

    /// <summary>Scores of an example.</summary>
    int Outputs { get; }

    /// <summary>Where training starts: the same at every site, since averages of networks that start apart mean nothing.</summary>
    /// <param name="seed">32 bytes derived from the job's seed.</param>
    /// <returns>Shape <c>[Parameters]</c>.</returns>
    double[] Init(ReadOnlySpan<byte> seed);

    /// <summary>Objective (mean loss and penalty) over all rows and, where asked, its gradient. Deterministic; dropout is off.</summary>
    /// <param name="data">At least one row.</param>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="gradient">Receives the gradient, shape <c>[Parameters]</c>; empty when not wanted.</param>
    double Objective(Matrix data, ReadOnlySpan<double> parameters, Span<double> gradient);

    /// <summary>The scores of all rows.</summary>
    /// <param name="data">The rows, possibly none.</param>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="scores">Receives them, shape <c>[rows, Outputs]</c>.</param>
    void Predict(Matrix data, ReadOnlySpan<double> parameters, Span<double> scores);

    /// <summary>Sum of the rows' losses without penalty, from their scores.</summary>
    /// <param name="data">The rows, possibly none.</param>
    /// <param name="scores">Shape <c>[rows, Outputs]</c>.</param>
    double LossSum(Matrix data, ReadOnlySpan<double> scores);
}

/// <summary>The same model in the precision in which it is trained: <see cref="float"/> or <see cref="double"/>.</summary>
/// <typeparam name="T">The precision.</typeparam>
public interface IModel<T> : IModel
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Memory for batches of up to a number of rows. All that a batch needs is allocated here.</summary>
    /// <param name="rowsMax">At least 1.</param>
    ModelWorkspace<T> CreateWorkspace(int rowsMax);

    /// <summary>Objective over a batch and, where asked, its gradient. Allocates nothing.</summary>
    /// <param name="examples">The rows.</param>
    /// <param name="batch">Indices into them, at least one and at most the workspace's.</param>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="gradient">Receives the gradient, shape <c>[Parameters]</c>; empty when not wanted.</param>
    /// <param name="workspace">One that this model made; used by one thread at a time.</param>
    double Objective(Examples<T> examples, ReadOnlySpan<int> batch, ReadOnlySpan<T> parameters, Span<T> gradient, ModelWorkspace<T> workspace);

    /// <summary>Gradient of one row's loss, without penalty; what differential privacy clips.</summary>
    /// <param name="examples">The rows.</param>
    /// <param name="row">Index of one of them.</param>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="gradient">Receives the gradient, shape <c>[Parameters]</c>.</param>
    /// <param name="workspace">One that this model made.</param>
    /// <returns>The row's loss.</returns>
    /// <exception cref="InvalidOperationException">The loss does not fall into rows (a partial likelihood).</exception>
    double ExampleGradient(Examples<T> examples, int row, ReadOnlySpan<T> parameters, Span<T> gradient, ModelWorkspace<T> workspace);
}
