using Fed.Learning.Models.Layers;

namespace Fed.Learning.Models.Networks;

/// <summary>Dense layers over a row of features. Without hidden layers it is linear, logistic or softmax regression.</summary>
/// <param name="Hidden">Widths of the hidden layers, first to last.</param>
/// <param name="Activation">Behind each.</param>
/// <param name="Dropout">Share of a hidden layer's entries that training drops, at least 0 and below 1.</param>
/// <param name="IsResidual">Makes a hidden layer that is as wide as the one before it a residual block.</param>
public sealed record MlpOptions(ImmutableArray<int> Hidden, Activation Activation = Activation.Relu, double Dropout = 0, bool IsResidual = false) : ArchitectureOptions
{
    internal override Layer<T> Build<T>(int columns, int outputs)
    {
        ImmutableArray<int> widths = Positive(Hidden, "hidden");
        return new Chain<T>([.. Hidden<T>("dense", columns, widths, Activation, Share(Dropout), IsResidual), Head<T>(widths.IsEmpty ? columns : widths[^1], outputs, widths.IsEmpty ? Start.Zero : Start.Xavier)]);
    }
}

/// <summary>Dense layers down to a code and, mirrored, back up to the row itself.</summary>
/// <param name="Hidden">Widths of the hidden layers from the row to the code.</param>
/// <param name="Code">Length of the code.</param>
/// <param name="Activation">Behind each hidden layer; the code and the result have none.</param>
public sealed record AutoencoderOptions(ImmutableArray<int> Hidden, int Code, Activation Activation = Activation.Relu) : ArchitectureOptions
{
    internal override Layer<T> Build<T>(int columns, int outputs)
    {
        ImmutableArray<int> widths = Positive(Hidden, "hidden");
        int widest = widths.IsEmpty ? columns : widths[0], narrowest = widths.IsEmpty ? columns : widths[^1];
        return new Chain<T>(
        [
            .. Hidden<T>("encoder", columns, widths, Activation, 0, isResidual: false),
            new Dense<T>("code", narrowest, Positive(Code, "code"), Start.Xavier),
            .. Hidden<T>("decoder", Code, [.. widths.Reverse()], Activation, 0, isResidual: false),
            new Dense<T>("head", widths.IsEmpty ? Code : widest, outputs, Start.Xavier),
        ]);
    }
}

/// <summary>One source of an example's features in <see cref="FusionOptions"/>.</summary>
/// <param name="Name">Part of its blocks' names.</param>
/// <param name="Columns">Its entries in the row, behind the one that says whether it is there (1) or missing (0).</param>
/// <param name="Hidden">Widths of its encoder's hidden layers.</param>
public sealed record Modality(string Name, int Columns, ImmutableArray<int> Hidden);

/// <summary>Late fusion: an encoder for each modality, a learned vector where one is missing, their outputs joined under one head. A row is modality after modality.</summary>
/// <param name="Modalities">At least one.</param>
/// <param name="Embed">Length of a modality's code.</param>
/// <param name="Activation">Behind each layer but the last.</param>
/// <param name="Dropout">Share of the joined codes that training drops.</param>
public sealed record FusionOptions(ImmutableArray<Modality> Modalities, int Embed, Activation Activation = Activation.Relu, double Dropout = 0) : ArchitectureOptions
{
    internal override Layer<T> Build<T>(int columns, int outputs)
    {
        if (Modalities.IsDefaultOrEmpty) throw new ArgumentException("fusion needs at least one modality");
        if (Modalities.Select(static m => m.Name).Distinct(StringComparer.Ordinal).Count() != Modalities.Length) throw new ArgumentException("two modalities have the same name; give each its own");
        List<Branch<T>> branches = [];
        int start = 0;
        foreach (Modality modality in Modalities)
        {
            ImmutableArray<int> widths = [.. Positive(modality.Hidden, "hidden"), Positive(Embed, "embed")];
            Chain<T> encoder = new([.. Hidden<T>($"{modality.Name}.dense", Positive(modality.Columns, "columns"), widths, Activation, 0, isResidual: false)]);
            branches.Add(new Branch<T>(new Presence<T>(modality.Name, encoder), start));
            start += modality.Columns + 1;
        }
        int joined = Embed * Modalities.Length;
        Branches<T> encoders = new(start, [.. branches]);
        return Share(Dropout) > 0 ? new Chain<T>(encoders, new Dropout<T>(joined, Dropout), Head<T>(joined, outputs)) : new Chain<T>(encoders, Head<T>(joined, outputs));
    }
}
