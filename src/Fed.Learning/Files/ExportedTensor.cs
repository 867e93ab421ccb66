namespace Fed.Learning.Files;

/// <summary>A named array of finite float64 numbers, row-major.</summary>
public sealed record ExportedTensor
{
    /// <summary>Takes ownership of the values.</summary>
    /// <param name="name">Not empty.</param>
    /// <param name="shape">Axis lengths, outermost first, none negative; empty for a single number.</param>
    /// <param name="values">As many as the shape says.</param>
    /// <exception cref="ArgumentException">Count and shape differ, or a value is not finite (a model that predicts nothing is not worth a file).</exception>
    public ExportedTensor(string name, ImmutableArray<long> shape, double[] values)
    {
        if (name.Length == 0) throw new ArgumentException("a tensor needs a name", nameof(name));
        if (Tensor.ElementCount(shape) != values.Length)
            throw new ArgumentException($"tensor '{name}' has {values.Length} values, its shape [{string.Join(", ", shape)}] says otherwise", nameof(values));
        int bad = Array.FindIndex(values, value => !double.IsFinite(value));
        if (bad >= 0) throw new ArgumentException($"tensor '{name}' holds {values[bad]} at index {bad}: only finite numbers can be exported", nameof(values));
        (Name, Shape, Values) = (name, shape, values);
    }

    /// <summary>Unique in its model.</summary>
    public string Name { get; }

    /// <summary>Axis lengths, outermost first.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Row-major; owned by the tensor, nobody changes it.</summary>
    public double[] Values { get; }
}
