using System.Numerics;
using System.Reflection;
using System.Text.Json.Serialization;
using Fed.Learning.Kernels;
using Fed.Learning.Models.Layers;

namespace Fed.Learning.Models.Networks;

/// <summary>The layers of a network, as the plan carries them.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(MlpOptions), "mlp")]
[JsonDerivedType(typeof(CnnOptions), "cnn")]
[JsonDerivedType(typeof(TextBagOptions), "text-bag")]
[JsonDerivedType(typeof(TextCnnOptions), "text-cnn")]
[JsonDerivedType(typeof(GruOptions), "gru")]
[JsonDerivedType(typeof(SeriesCnnOptions), "series-cnn")]
[JsonDerivedType(typeof(AutoencoderOptions), "autoencoder")]
[JsonDerivedType(typeof(FusionOptions), "fusion")]
public abstract record ArchitectureOptions
{
    private protected ArchitectureOptions()
    {
    }

    /// <summary>Its name in plans, such as <c>mlp</c>.</summary>
    [JsonIgnore]
    public string Kind => (string)typeof(ArchitectureOptions).GetCustomAttributes<JsonDerivedTypeAttribute>().Single(known => known.DerivedType == GetType()).TypeDiscriminator!;

    /// <summary>Makes the layers.</summary>
    /// <param name="columns">Entries of an example's row.</param>
    /// <param name="outputs">Scores of an example.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    internal abstract Layer<T> Build<T>(int columns, int outputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    private protected static int Positive(int value, string name) => value >= 1 ? value : throw new ArgumentException($"{name} is {value}; it must be at least 1");

    private protected static ImmutableArray<int> Positive(ImmutableArray<int> values, string name)
    {
        foreach (int value in values.IsDefault ? [] : values) Positive(value, name);
        return values.IsDefault ? [] : values;
    }

    private protected static double Share(double dropout) => dropout is >= 0 and < 1 ? dropout : throw new ArgumentException($"dropout is {dropout}; it must be at least 0 and below 1");

    private protected static Layer<T> Activated<T>(Activation activation, int length)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => activation switch
        {
            Networks.Activation.Relu => new Activate<T, Relu>(length),
            Networks.Activation.Tanh => new Activate<T, HyperbolicTangent>(length),
            _ => new Activate<T, Gelu>(length),
        };

    // Dense layers with activation and dropout, without the last one; a residual block where asked and a width follows itself.
    private protected static IEnumerable<Layer<T>> Hidden<T>(string name, int inputs, ImmutableArray<int> widths, Activation activation, double dropout, bool isResidual)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < widths.Length; i++)
        {
            int from = i == 0 ? inputs : widths[i - 1], to = widths[i];
            Dense<T> dense = new($"{name}{i + 1}", from, to, activation == Networks.Activation.Tanh ? Start.Xavier : Start.He);
            Layer<T> active = Activated<T>(activation, to);
            if (isResidual && i > 0 && from == to) yield return new Residual<T>(new Chain<T>(dense, active));
            else
            {
                yield return dense;
                yield return active;
            }
            if (dropout > 0) yield return new Dropout<T>(to, dropout);
        }
    }

    // Random behind hidden layers: from zeros digits come out 0.4 points less accurate. A linear model is convex, and starts from no knowledge.
    private protected static Dense<T> Head<T>(int inputs, int outputs, Start start = Start.Xavier)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new("head", inputs, outputs, start);
}

/// <summary>The function behind a hidden layer.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Activation>))]
public enum Activation
{
    /// <summary>max(x, 0).</summary>
    [JsonStringEnumMemberName("relu")]
    Relu,

    /// <summary>Hyperbolic tangent.</summary>
    [JsonStringEnumMemberName("tanh")]
    Tanh,

    /// <summary>Gaussian error linear unit, tanh form.</summary>
    [JsonStringEnumMemberName("gelu")]
    Gelu,
}
