using Fed.Learning.Kernels;
using Fed.Learning.Models.Layers;
using Fed.Learning.Models.Losses;
using Fed.Learning.Models.Networks;
using Fed.Learning.Tests.Kernels;

namespace Fed.Learning.Tests.Models.Layers;

/// <summary>Every layer's backward pass against central differences of a random weighting of its outputs, by inputs and by parameters.</summary>
public sealed class LayerGradientTests
{
    private const int Rows = 3;

    public static TheoryData<string> Names() => [.. Layers.Keys];

    private static readonly SortedDictionary<string, Layer<double>> Layers = new(StringComparer.Ordinal)
    {
        ["dense"] = new Dense<double>("a", 7, 5, Start.He),
        ["dense without bias"] = new Dense<double>("a", 4, 3, Start.Xavier, hasBias: false),
        ["relu"] = new Activate<double, Relu>(9),
        ["tanh"] = new Activate<double, HyperbolicTangent>(9),
        ["gelu"] = new Activate<double, Gelu>(9),
        ["scale"] = new Scale<double>(6, 0.25),
        ["dropout"] = new Dropout<double>(40, 0.4),
        ["convolution"] = new Convolution<double>("a", new Window(2, 5, 6, 3, 3, 1, 1, 1), 3),
        ["convolution with stride"] = new Convolution<double>("a", new Window(2, 7, 6, 3, 2, 2), 2),
        ["series convolution"] = new Convolution<double>("a", new Window(3, 1, 11, 1, 5, 1, 0, 2), 4),
        ["maximum"] = new MaxPool<double>(new Window(2, 5, 4, 2, 2, 2)),
        ["mean"] = new MeanPool<double>(new Window(3, 4, 5, 2, 2, 2)),
        ["mean over time"] = new MeanPool<double>(new Window(3, 1, 8, 1, 8)),
        ["group norm"] = new GroupNorm<double>("a", 4, 6, 2),
        ["residual"] = new Residual<double>(new Chain<double>(new Dense<double>("a", 5, 5, Start.He), new Activate<double, Gelu>(5))),
        ["chain"] = new Chain<double>(new Dense<double>("a", 4, 6, Start.He), new Activate<double, HyperbolicTangent>(6), new Dense<double>("b", 6, 2, Start.He)),
        ["branches"] = new Branches<double>(8, new Branch<double>(new Dense<double>("a", 5, 2, Start.He), 0), new Branch<double>(new Dense<double>("b", 6, 3, Start.He), 2)),
        ["presence"] = new Presence<double>("a", new Dense<double>("a", 4, 3, Start.He)),
        ["series mask"] = new SeriesMask<double>(2, 1, 5),
        ["series mask for each"] = new SeriesMask<double>(2, 2, 5),
        ["each step"] = new EachStep<double>(new Dense<double>("a", 3, 2, Start.He), 4),
        ["recurrence"] = new GatedRecurrence<double>("a", 3, 5, 4),
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void Backward_pass_equals_central_differences(string name)
    {
        Layer<double> layer = Layers[name];
        double[] x = Inputs(layer.Inputs), parameters = [.. Values.Of<double>(layer.Parameters, 2).Select(static v => Math.Tanh(v))], weights = [.. Values.Of<double>(Rows * layer.Outputs, 3).Select(static v => Math.Tanh(v))];
        if (name == "presence")
            for (int r = 0; r < Rows; r++) x[r * layer.Inputs] = r == 1 ? 0 : 1;
        if (name == "recurrence") x.AsSpan(2 * 3, 2 * 3).Clear();   // two steps of the first row are padding
        (double[] y, double[] dx, double[] gradient) = Pass(layer, parameters, x, weights);
        Assert.Equal(Rows * layer.Outputs, y.Length);
        GradientCheck.Holds(p => Value(layer, p, x, weights), parameters, gradient, $"{name} by parameters");
        if (name is not ("presence" or "recurrence")) GradientCheck.Holds(v => Value(layer, parameters, v, weights), x, dx, $"{name} by inputs");
        else
        {
            // Where the layer branches on an input (is it there, is it padding) the others are checked.
            bool[] isFree = [.. x.Select((v, i) => v != 0 && !(name == "presence" && i % layer.Inputs == 0))];
            double[] free = [.. x.Where((_, i) => isFree[i])], slopes = [.. dx.Where((_, i) => isFree[i])];
            GradientCheck.Holds(v => Value(layer, parameters, Filled(x, isFree, v), weights), free, slopes, $"{name} by inputs");
        }
    }

    [Fact]
    public void Embeddings_send_slopes_to_the_rows_of_their_tokens()
    {
        Layer<double>[] layers = [new Embedding<double>("a", 6, 5, 3), new EmbeddingBag<double>("a", 6, 5, 3, Start.He)];
        double[] x = [1, 6, 6, 0, 0, 2, 3, 4, 5, 6, 0, 0, 0, 0, 0];
        foreach (Layer<double> layer in layers)
        {
            double[] parameters = Values.Of<double>(layer.Parameters, 2), weights = Values.Of<double>(Rows * layer.Outputs, 3);
            (_, double[] dx, double[] gradient) = Pass(layer, parameters, x, weights);
            GradientCheck.Holds(p => Value(layer, p, x, weights), parameters, gradient, layer.GetType().Name);
            Assert.All(dx, static slope => Assert.Equal(0, slope));
        }
    }

    [Fact]
    public void Layers_that_do_not_fit_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Chain<double>(new Dense<double>("a", 2, 3, Start.He), new Dense<double>("b", 2, 3, Start.He)));
        Assert.Throws<ArgumentException>(() => new Residual<double>(new Dense<double>("a", 2, 3, Start.He)));
        Assert.Throws<ArgumentException>(() => new GroupNorm<double>("a", 4, 6, 3));
    }

    private static double[] Inputs(int columns) => Uniform(Rows * columns);

    // No two alike, since a maximum has no slope where two are equal.
    private static double[] Uniform(int length)
    {
        Random random = new(1);
        return [.. Enumerable.Range(0, length).Select(_ => 4 * random.NextDouble() - 2)];
    }

    private static double[] Filled(double[] x, bool[] isFree, double[] free)
    {
        double[] all = [.. x];
        for (int i = 0, f = 0; i < x.Length; i++)
            if (isFree[i]) all[i] = free[f++];
        return all;
    }

    private static double Value(Layer<double> layer, double[] parameters, double[] x, double[] weights) => Pass(layer, parameters, x, weights).Y.Zip(weights, static (y, w) => y * w).Sum();

    private static (double[] Y, double[] Dx, double[] Gradient) Pass(Layer<double> layer, double[] parameters, double[] x, double[] weights)
    {
        NetworkWorkspace<double> workspace = new(Rows + 2, layer, new RowLosses(new SquaredLoss(), Rows + 2), 1);
        workspace.StartDropout(new byte[32]);
        LayerPass<double> pass = new(Rows, workspace.Body, workspace);
        double[] y = new double[Rows * layer.Outputs], dx = new double[x.Length], gradient = new double[layer.Parameters], slopes = [.. weights];
        Array.Fill(y, double.NaN);
        Array.Fill(dx, double.NaN);
        layer.Forward(pass, parameters, x, y);
        layer.Backward(pass, parameters, x, y, slopes, dx, gradient);
        return (y, dx, gradient);
    }
}
