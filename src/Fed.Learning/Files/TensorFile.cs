namespace Fed.Learning.Files;

/// <summary>The content of a safetensors file: named tensors and a few strings.</summary>
public sealed class TensorFile
{
    private readonly Dictionary<string, Tensor> _byName = new(StringComparer.Ordinal);

    /// <summary>Checks the names.</summary>
    /// <param name="tensors">In the order of the file.</param>
    /// <param name="metadata">In the order of the file; may be left out.</param>
    /// <exception cref="ArgumentException">Two tensors or two strings have one name, or a tensor is called <c>__metadata__</c>.</exception>
    public TensorFile(ImmutableArray<Tensor> tensors, ImmutableArray<KeyValuePair<string, string>> metadata = default)
    {
        (Tensors, Metadata) = (tensors, metadata.IsDefault ? [] : metadata);
        foreach (Tensor tensor in Tensors)
        {
            if (tensor.Name == Safetensors.MetadataKey || !_byName.TryAdd(tensor.Name, tensor))
                throw new ArgumentException($"tensor name '{tensor.Name}' is used twice or reserved", nameof(tensors));
        }

        if (Metadata.Select(static entry => entry.Key).Distinct(StringComparer.Ordinal).Count() != Metadata.Length) throw new ArgumentException("a metadata key is used twice", nameof(metadata));
    }

    /// <summary>In the order of the file's header.</summary>
    public ImmutableArray<Tensor> Tensors { get; }

    /// <summary>Free strings, in the order of the file's header.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Metadata { get; }

    /// <summary>The tensor of a name, or null.</summary>
    public Tensor? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>A metadata string, or null.</summary>
    public string? MetadataOf(string key) => Metadata.FirstOrDefault(entry => entry.Key == key).Value;
}
