using Fed.Learning.External;
using Fed.Learning.Files;

namespace Fed.Trainer;

/// <summary>A model's parameters, tensor by tensor. The arrays are the holder's to change.</summary>
public sealed class ParameterSet
{
    private readonly double[][] _values;

    /// <summary>Zeros.</summary>
    /// <param name="tensors">Names and shapes, in order.</param>
    public ParameterSet(ImmutableArray<ExternalTensor> tensors)
    {
        Tensors = tensors;
        _values = [.. tensors.Select(static tensor => new double[tensor.Length])];
    }

    /// <summary>Names and shapes, in order.</summary>
    public ImmutableArray<ExternalTensor> Tensors { get; }

    /// <summary>A tensor's entries, row-major.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public double[] this[string name]
    {
        get
        {
            for (int i = 0; i < _values.Length; i++)
                if (Tensors[i].Name == name) return _values[i];
            throw new ArgumentException($"the model has no tensor '{name}'", nameof(name));
        }
    }

    /// <summary>A copy.</summary>
    public ParameterSet Clone()
    {
        ParameterSet copy = new(Tensors);
        for (int i = 0; i < _values.Length; i++) _values[i].CopyTo(copy._values[i].AsSpan());
        return copy;
    }

    /// <summary>Copies a flat vector in, tensor after tensor.</summary>
    /// <param name="flat">Shape <c>[parameters]</c>.</param>
    internal ParameterSet From(ReadOnlySpan<double> flat)
    {
        foreach (double[] values in _values)
        {
            flat[..values.Length].CopyTo(values);
            flat = flat[values.Length..];
        }

        return this;
    }

    /// <summary>Copies them out, or adds them to what is there.</summary>
    /// <param name="flat">Shape <c>[parameters]</c>.</param>
    /// <param name="isChange">True adds.</param>
    internal void To(Span<double> flat, bool isChange)
    {
        foreach (double[] values in _values)
        {
            for (int i = 0; i < values.Length; i++) flat[i] = isChange ? flat[i] + values[i] : values[i];
            flat = flat[values.Length..];
        }
    }

    /// <summary>Tensors of float64, under their names behind a prefix.</summary>
    internal IEnumerable<Tensor> ToTensors(string prefix = "") =>
        Tensors.Select((tensor, i) => Tensor.Create<double>(prefix + tensor.Name, [.. tensor.Shape.Select(static axis => (long)axis)], _values[i]));

    /// <summary>Reads exactly these tensors out of a file; float32 and float64 will do.</summary>
    /// <exception cref="TrainerException">One is missing, of another shape or no floats; or, where all are wanted, there is one more.</exception>
    internal static ParameterSet Read(TensorFile file, ImmutableArray<ExternalTensor> tensors, string prefix = "", bool isAll = true)
    {
        ParameterSet set = new(tensors);
        for (int i = 0; i < tensors.Length; i++)
        {
            ExternalTensor wanted = tensors[i];
            Tensor found = file.Find(prefix + wanted.Name) ?? throw new TrainerException($"the tensor {prefix}{wanted} is missing; there are: {string.Join(", ", file.Tensors.Take(20).Select(static t => t.Name))}");
            if (!found.Shape.AsSpan().SequenceEqual([.. wanted.Shape.Select(static axis => (long)axis)]))
                throw new TrainerException($"the tensor '{prefix}{wanted.Name}' has the shape [{string.Join(", ", found.Shape)}]; the plan says [{string.Join(", ", wanted.Shape)}]");
            if (found.Type is not (TensorType.F64 or TensorType.F32)) throw new TrainerException($"the tensor '{prefix}{wanted.Name}' is of type {found.Type}; parameters are F64 or F32");
            set._values[i] = found.ToDoubles();
        }

        if (isAll && file.Tensors.Length != tensors.Length)
            throw new TrainerException($"there are tensors that the plan does not know: {string.Join(", ", file.Tensors.Select(static t => t.Name).Except(tensors.Select(static t => t.Name), StringComparer.Ordinal).Take(5))}");
        return set;
    }
}
