namespace Fed.Learning.Models.Layers;

/// <summary>Uniform draws one after another, from which parameters start.</summary>
/// <param name="seed">32 bytes.</param>
internal sealed class InitialDraws(ReadOnlySpan<byte> seed)
{
    private readonly CounterRandom _random = new(seed, stream: 3);   // the streams before it: grid, order of rows, dropout
    private long _drawn;

    /// <summary>For ReLU and its like: variance 2 / inputs.</summary>
    /// <remarks>He et al. 2015, arXiv 1502.01852.</remarks>
    public void He(Span<double> weights, int inputs) => Uniform(weights, Math.Sqrt(6.0 / inputs));

    /// <summary>For tanh and linear layers: variance 2 / (inputs + outputs).</summary>
    /// <remarks>Glorot and Bengio 2010, AISTATS.</remarks>
    public void Xavier(Span<double> weights, int inputs, int outputs) => Uniform(weights, Math.Sqrt(6.0 / (inputs + outputs)));

    /// <summary>Between -limit and limit.</summary>
    public void Uniform(Span<double> weights, double limit)
    {
        foreach (ref double weight in weights) weight = (2 * _random.Unit(_drawn++) - 1) * limit;
    }
}

/// <summary>How a layer's weights start.</summary>
internal enum Start
{
    /// <summary>For layers before a ReLU or GELU.</summary>
    He,

    /// <summary>For layers before a tanh, or before nothing.</summary>
    Xavier,

    /// <summary>For linear models: all scores are 0 at first, so that the first loss is that of no knowledge.</summary>
    Zero,
}
