namespace Fed.Learning.Files;

/// <summary>A model as other programs get it: what is needed to predict, and where it came from.</summary>
/// <remarks>
/// Usual tensors: <c>coefficients</c> [features] or [classes, features], <c>intercept</c> [1] or [classes], on standardised inputs
/// <c>(x - feature_mean) / feature_scale</c>, both [features]. A network has the tensors of its layers instead: <c>dense1.weight</c> [inputs, outputs], <c>dense1.bias</c> [outputs] ...
/// </remarks>
public sealed record ExportedModel
{
    /// <summary>The job's name.</summary>
    public required string Name { get; init; }

    /// <summary><c>logistic</c>, <c>linear</c>, <c>softmax</c> ...</summary>
    public required string Kind { get; init; }

    /// <summary>Layers and settings of a network, as the plan states them in JSON; null for the linear models, which need none.</summary>
    public string? Architecture { get; init; }

    /// <summary>Names of the inputs in the order of the tensors' last axis, one-hot columns spelled out.</summary>
    public required ImmutableArray<string> Features { get; init; }

    /// <summary>Class labels in the order of the model's classes; empty for regression.</summary>
    public required ImmutableArray<string> Classes { get; init; }

    /// <summary>The job's id.</summary>
    public required string Job { get; init; }

    /// <summary>The round that committed it, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>The model's hash in the journal, 64 lower-case hexadecimal digits: of the trained parameters, not of the exported file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>The numbers, in this order in the file.</summary>
    /// <exception cref="ArgumentException">Two tensors have one name, or a name is reserved.</exception>
    public required ImmutableArray<ExportedTensor> Tensors
    {
        get;
        init
        {
            var names = new HashSet<string>(StringComparer.Ordinal) { Safetensors.MetadataKey };
            foreach (ExportedTensor tensor in value)
            {
                if (!names.Add(tensor.Name)) throw new ArgumentException($"tensor name '{tensor.Name}' is used twice or reserved", nameof(value));
            }

            field = value;
        }
    }
}
