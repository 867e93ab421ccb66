using System.Collections.Immutable;

namespace Fed.Host.Export;

/// <summary>A named array of finite float64 numbers, row-major.</summary>
internal sealed record ExportedTensor
{
    /// <summary>Takes ownership of the values.</summary>
    /// <param name="name">Not empty.</param>
    /// <param name="shape">Axis lengths, outermost first, none negative; empty for a single number.</param>
    /// <param name="values">As many as the shape says.</param>
    /// <exception cref="ArgumentException">Count and shape differ, or a value is not finite (a model that predicts nothing is not worth a file).</exception>
    public ExportedTensor(string name, ImmutableArray<long> shape, double[] values)
    {
        if (name.Length == 0) throw new ArgumentException("a tensor needs a name", nameof(name));
        if (ElementCount(shape) != values.Length)
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

    /// <summary>The product of the axis lengths, or -1 where one is negative or the product exceeds an array's limit.</summary>
    public static long ElementCount(ImmutableArray<long> shape)
    {
        long count = 1;
        foreach (long axis in shape)
        {
            if (axis < 0 || Math.BigMul(count, axis, out long product) != 0 || product is < 0 || product > Array.MaxLength) return -1;
            count = product;
        }

        return count;
    }
}
