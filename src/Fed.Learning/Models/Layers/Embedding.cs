using System.Numerics;
using Fed.Learning.Files.Onnx;
using Fed.Learning.Kernels;
using Fed.Learning.Program;

namespace Fed.Learning.Models.Layers;

/// <summary>A learned vector for each token. Token 0 is padding and has none.</summary>
internal static class Tokens
{
    /// <summary>The token in a cell.</summary>
    /// <exception cref="ProgramException">It is no whole number from 0 to the highest token.</exception>
    public static int Of<T>(T cell, int tokensMax)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double token = double.CreateSaturating(cell);
        return token >= 0 && token <= tokensMax && token == Math.Floor(token)
            ? (int)token
            : throw new ProgramException($"a row holds the token {token}, but tokens are whole numbers from 0 (padding) to {tokensMax}; check how the text was hashed.");
    }

    /// <summary>Gathers each token's vector as a step of an ONNX graph; padding gives zeros.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="block">The vectors, shape <c>[tokens, width]</c>.</param>
    /// <param name="vectors">Their entries.</param>
    /// <param name="x">Token ids, shape <c>[rows, steps]</c>.</param>
    /// <returns>Shape <c>[rows, steps, width]</c>.</returns>
    public static OnnxValue Gather(OnnxGraph graph, ParameterBlock block, ReadOnlySpan<double> vectors, OnnxValue x)
    {
        int width = block.Shape[1];
        string table = graph.Weights(block.Name, [block.Shape[0] + 1, width], [.. new double[width], .. vectors]);   // padding is token 0
        return graph.Step("Gather", [x.Length, width], [table, graph.As(OnnxType.Int64, graph.Flat(x)).Name], OnnxAttribute.Number("axis", 0));
    }
}

/// <summary>Token ids <c>[steps]</c> to their vectors as a series <c>[width, steps]</c>; padding gives zeros.</summary>
internal sealed class Embedding<T>(string name, int tokens, int steps, int width) : Layer<T>(steps, width * steps, [new ParameterBlock($"{name}.weight", [tokens, width], IsPenalised: true)])
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Init(Span<double> parameters, InitialDraws draws) => draws.Uniform(parameters, Math.Sqrt(3.0 / width));   // vectors of length about 1

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        for (int i = 0; i < pass.Rows * Inputs; i++)
        {
            int token = Tokens.Of(x[i], tokens), first = i / Inputs * Outputs + i % Inputs;
            for (int c = 0; c < width; c++) y[first + c * Inputs] = token == 0 ? T.Zero : parameters[(token - 1) * width + c];
        }
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x) =>
        graph.Step("Transpose", [width, Inputs], [Tokens.Gather(graph, Blocks[0], parameters, x).Name], OnnxAttribute.List("perm", 0, 2, 1));

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        dx.Clear();   // tokens have no slope
        for (int i = 0; i < pass.Rows * Inputs; i++)
        {
            int token = Tokens.Of(x[i], tokens), first = i / Inputs * Outputs + i % Inputs;
            if (token == 0) continue;
            for (int c = 0; c < width; c++) gradient[(token - 1) * width + c] += dy[first + c * Inputs];
        }
    }
}

/// <summary>Token ids to the mean of their vectors, whatever their order: the bag of words. A text of padding only gives the intercepts.</summary>
internal sealed class EmbeddingBag<T>(string name, int tokens, int steps, int width, Start start) : Layer<T>(
    steps, width, [new ParameterBlock($"{name}.weight", [tokens, width], IsPenalised: true), new ParameterBlock($"{name}.bias", [width], IsPenalised: false)])
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public override void Init(Span<double> parameters, InitialDraws draws)
    {
        if (start != Start.Zero) draws.Uniform(parameters[..(tokens * Outputs)], Math.Sqrt(3.0 / Outputs));
    }

    public override void Forward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, Span<T> y)
    {
        y.Clear();
        for (int r = 0; r < pass.Rows; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * Inputs, Inputs);
            Span<T> bag = y.Slice(r * Outputs, Outputs);
            foreach (T cell in row)
                if (Tokens.Of(cell, tokens) is > 0 and int token) Elementwise.Add(parameters.Slice((token - 1) * Outputs, Outputs), bag);
            Elementwise.Scale(Share(row), bag);
            Elementwise.Add(parameters[(tokens * Outputs)..], bag);
        }
    }

    public override OnnxValue AddTo(OnnxGraph graph, ReadOnlySpan<double> parameters, OnnxValue x)
    {
        OnnxValue words = Tokens.Gather(graph, Blocks[0], parameters[..(tokens * Outputs)], x), isWord = graph.As(graph.Precision, graph.Each("Greater", graph.Flat(x), graph.Number(0)));
        OnnxValue sum = graph.Step("ReduceSum", [Outputs], [words.Name, graph.Integers(1)], OnnxAttribute.Number("keepdims", 0));
        OnnxValue count = graph.Step("ReduceSum", [1], [isWord.Name, graph.Integers(1)], OnnxAttribute.Number("keepdims", 1));
        OnnxValue mean = graph.Each("Div", sum, graph.Each("Max", count, graph.Number(1)).Name);
        return graph.Each("Add", mean, graph.Weights(Blocks[1], parameters[(tokens * Outputs)..]));
    }

    public override void Backward(LayerPass<T> pass, ReadOnlySpan<T> parameters, ReadOnlySpan<T> x, ReadOnlySpan<T> y, Span<T> dy, Span<T> dx, Span<T> gradient)
    {
        dx.Clear();   // tokens have no slope
        Elementwise.AddRows(dy, gradient[(tokens * Outputs)..]);
        for (int r = 0; r < pass.Rows; r++)
        {
            ReadOnlySpan<T> row = x.Slice(r * Inputs, Inputs), slope = dy.Slice(r * Outputs, Outputs);
            T share = Share(row);
            foreach (T cell in row)
                if (Tokens.Of(cell, tokens) is > 0 and int token) Elementwise.AddScaled(share, slope, gradient.Slice((token - 1) * Outputs, Outputs));
        }
    }

    // One over the number of words.
    private static T Share(ReadOnlySpan<T> row)
    {
        int words = 0;
        foreach (T cell in row)
            if (cell != T.Zero) words++;
        return T.One / T.CreateTruncating(Math.Max(1, words));
    }
}
