using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Fed.Learning.Models;

namespace Fed.Learning.External;

/// <summary>A model that is trained by a process of each site's own, as the plan carries it: by the trainer's id and its files' hash, and never by what the process is.</summary>
/// <param name="Trainer">Id under which each site knows how to start it.</param>
/// <param name="Sha256">Hash of the trainer's files, 64 hexadecimal digits; a site starts nothing else.</param>
/// <param name="Task">What it predicts; regression or classes.</param>
/// <param name="Tensors">Its parameters in the order of the flat vector.</param>
/// <param name="InitialSha256">Hash of the parameters that all sites start from, as little-endian float64.</param>
/// <param name="Settings">What the plan tells the trainer, by name; its own business.</param>
public sealed record ExternalModel(
    string Trainer, string Sha256, ModelTask Task, ImmutableArray<ExternalTensor> Tensors, string InitialSha256, ImmutableSortedDictionary<string, string> Settings) : IModelShape
{
    /// <summary>The most numbers that a model may have: two vectors of them fit one frame.</summary>
    public const int ParametersMax = 100_000_000;

    /// <inheritdoc/>
    [JsonIgnore]
    public ImmutableArray<ParameterBlock> Blocks => [.. Tensors.Select(static tensor => new ParameterBlock(tensor.Name, tensor.Shape, IsPenalised: false))];

    /// <inheritdoc/>
    [JsonIgnore]
    public int Parameters => (int)Tensors.Sum(static tensor => tensor.Length);

    /// <summary>Says what is wrong, or null.</summary>
    /// <param name="classes">Classes of the target, 0 when it is a number.</param>
    public string? Check(int classes)
    {
        if (!IsHash(Sha256)) return $"the trainer's hash '{Sha256}' is no SHA-256; it has 64 hexadecimal digits";
        if (!IsHash(InitialSha256)) return $"the hash of the initial parameters '{InitialSha256}' is no SHA-256; it has 64 hexadecimal digits";
        if (Task != TaskOf(classes)) return $"a trainer for {classes} classes cannot have the task {Task}";
        if (Tensors.IsDefaultOrEmpty) return "an external model has no tensors; there is nothing to train";
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (ExternalTensor tensor in Tensors)
        {
            if (tensor.Check() is { } problem) return problem;
            if (!names.Add(tensor.Name)) return $"the tensor '{tensor.Name}' is named twice";
        }
        return Tensors.Sum(static tensor => tensor.Length) <= ParametersMax ? null : $"the model has more than {ParametersMax} parameters, the most that are possible";
    }

    /// <summary>What a trainer predicts: a number, or a class.</summary>
    /// <param name="classes">Classes of the target, 0 when it is a number.</param>
    public static ModelTask TaskOf(int classes) => classes switch { 0 => ModelTask.Regression, 2 => ModelTask.TwoClasses, _ => ModelTask.Classes };

    private static bool IsHash(string text) => text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigitLower);
}

/// <summary>One named array of an external model's parameters.</summary>
/// <param name="Name">1 to 100 of the characters a-z A-Z 0-9 _ . -, as in PyTorch's state dictionaries.</param>
/// <param name="Shape">Row-major dimensions, each at least 1; empty for a single number.</param>
public sealed record ExternalTensor(string Name, ImmutableArray<int> Shape)
{
    private const int NameMax = 100;
    private const int DimensionsMax = 8;

    /// <summary>Number of entries.</summary>
    [JsonIgnore]
    public long Length => Shape.Aggregate(1L, static (product, dimension) => product * dimension);

    /// <summary>Says what is wrong, or null.</summary>
    public string? Check()
    {
        if (Name.Length is < 1 or > NameMax || !Name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-'))
            return $"'{(Name.Length <= NameMax ? Name : Name[..NameMax] + "...")}' is no name of a tensor: use 1 to {NameMax} of the characters a-z A-Z 0-9 _ . -";
        if (Shape.IsDefault || Shape.Length > DimensionsMax) return $"the tensor '{Name}' has more than {DimensionsMax} dimensions";
        long length = 1;
        foreach (int dimension in Shape)
        {
            if (dimension < 1) return $"the tensor '{Name}' has a dimension of {dimension}; each is at least 1";
            length *= dimension;
            if (length > ExternalModel.ParametersMax) return $"the tensor '{Name}' has more than {ExternalModel.ParametersMax} entries, the most that are possible";
        }
        return null;
    }

    /// <summary>The name and shape as messages show them.</summary>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}]";
}
