using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;

namespace Fed.Learning.Models.Layers;

/// <summary><c>y = x W + b</c>, W of shape <c>[inputs, outputs]</c>.</summary>
internal sealed class Dense<T>(string name, int inputs, int outputs, Start start, bool hasBias = true) : Layer<T>(inputs, outputs, BlocksOf(name, inputs, outputs, hasBias))
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private int Weights => Inputs * Outputs;

    public override void Init(Span<double> parameters, InitialDraws draws)
    {
        if (start == Start.He) draws.He(parameters[..Weights], Inputs);
        else if (start == Start.Xavier) draws.Xavier(parameters[..Weights], Inputs, Outputs);
    }

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        if (hasBias)
            Elementwise.SetRows(parameters[Weights..], y);
        else y.Clear();
        if (Outputs == 1) RowProducts<T, Once>.AddDots(new(x, Inputs), parameters[..Weights], y);
        else MatrixProduct.Add(new(x, pass.Rows, Inputs), new(parameters, Inputs, Outputs), y);
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        string weights = graph.Weights(Blocks[0], parameters[..Weights]);
        return hasBias
            ? graph.Step("Gemm", [Outputs], [graph.Flat(x).Name, weights, graph.Weights(Blocks[1], parameters[Weights..])])
            : graph.Step("MatMul", [Outputs], [graph.Flat(x).Name, weights]);
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        if (Outputs == 1) RowProducts<T, Once>.AddWeighted(new(x, Inputs), dy, gradient[..Weights]);
        else MatrixProduct.Add(new MatrixView<T>(x, pass.Rows, Inputs).Transposed, new(dy, pass.Rows, Outputs), gradient[..Weights]);
        if (hasBias) Elementwise.AddRows(dy, gradient[Weights..]);
        if (dx.IsEmpty) return;
        dx.Clear();
        MatrixProduct.Add(new(dy, pass.Rows, Outputs), new MatrixView<T>(parameters, Inputs, Outputs).Transposed, dx);
    }

    private static ImmutableArray<ParameterBlock> BlocksOf(string name, int inputs, int outputs, bool hasBias)
    {
        ParameterBlock weight = new($"{name}.weight", [inputs, outputs], IsPenalised: true);
        return hasBias ? [weight, new ParameterBlock($"{name}.bias", [outputs], IsPenalised: false)] : [weight];
    }
}
