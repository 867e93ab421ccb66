using System.Numerics;
using Fed.Learning.Files.Onnx;

namespace Fed.Learning.Models.Layers;

/// <summary>
/// A part of a network with an explicit forward and backward pass over a batch. Stateless: parameters come from outside, what the backward pass needs of the forward one lies in a
/// <see cref="LayerState{T}"/>. A batch is row-major, shape <c>[rows, Inputs]</c>.
/// </summary>
/// <typeparam name="T">The precision.</typeparam>
internal abstract class Layer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Fixes the layer's shape.</summary>
    /// <param name="inputs">Entries of an example before the layer.</param>
    /// <param name="outputs">Entries behind it.</param>
    /// <param name="blocks">Its parameters.</param>
    protected Layer(int inputs, int outputs, ImmutableArray<ParameterBlock> blocks = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(inputs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        Inputs = inputs;
        Outputs = outputs;
        Blocks = blocks.IsDefault ? [] : blocks;
        Parameters = Blocks.Sum(static block => block.Length);
    }

    public int Inputs { get; }

    public int Outputs { get; }

    /// <summary>Its parameters, in the order of their entries.</summary>
    public ImmutableArray<ParameterBlock> Blocks { get; }

    public int Parameters { get; }

    /// <summary>Draws the parameters to start from; zeros stay where nothing is written.</summary>
    /// <param name="parameters">The layer's, zero.</param>
    /// <param name="draws">From the job's seed; layers take from it in their order.</param>
    public virtual void Init(Span<double> parameters, InitialDraws draws)
    {
    }

    /// <summary>Memory for batches of up to a number of rows.</summary>
    public virtual LayerState<T> CreateState(int rowsMax) => LayerState<T>.None;

    /// <summary>Computes the outputs. Allocates nothing.</summary>
    /// <param name="pass">The batch's surroundings.</param>
    /// <param name="parameters">The layer's.</param>
    /// <param name="x">Inputs, shape <c>[rows, Inputs]</c>.</param>
    /// <param name="y">Receives the outputs, shape <c>[rows, Outputs]</c>.</param>
    public abstract void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y);

    /// <summary>Writes down what <see cref="Forward"/> computes, dropout being off, as steps of an ONNX graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="parameters">The layer's.</param>
    /// <param name="x">Inputs; a row has as many entries as the layer, in whatever shape.</param>
    /// <returns>The outputs, in the shape that comes naturally.</returns>
    public abstract OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x);

    /// <summary>Computes the slopes of the objective by inputs and parameters, after a forward pass of the same batch. Allocates nothing.</summary>
    /// <param name="pass">The batch's surroundings.</param>
    /// <param name="parameters">The layer's.</param>
    /// <param name="x">Inputs of the forward pass.</param>
    /// <param name="y">Its outputs.</param>
    /// <param name="dy">Slopes by the outputs; may be overwritten.</param>
    /// <param name="dx">Receives the slopes by the inputs; empty where nobody wants them.</param>
    /// <param name="gradient">The slopes by the parameters are added to it.</param>
    public abstract void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient);
}

/// <summary>What a layer keeps from the forward to the backward pass of a batch; layers that need something derive from it.</summary>
internal class LayerState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Of layers that keep nothing.</summary>
    public static readonly LayerState<T> None = new();

    private protected LayerState()
    {
    }
}

/// <summary>One batch on its way through a network.</summary>
/// <param name="Rows">Examples of the batch.</param>
/// <param name="State">The layer's.</param>
/// <param name="Workspace">The network's.</param>
internal readonly record struct LayerPass<T>(int Rows, LayerState<T> State, ModelWorkspace<T> Workspace)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
