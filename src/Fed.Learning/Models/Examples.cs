using System.Numerics;
using System.Numerics.Tensors;
using Fed.Learning.Data;

namespace Fed.Learning.Models;

/// <summary>Rows in a model's precision. Targets stay float64: losses are computed in it.</summary>
/// <typeparam name="T">The precision.</typeparam>
public sealed class Examples<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Examples(Matrix source, T[] values)
    {
        Source = source;
        Values = values;
    }

    /// <summary>The rows in float64.</summary>
    public Matrix Source { get; }

    /// <summary>Number of rows.</summary>
    public int Rows => Source.Rows;

    /// <summary>Entries a row.</summary>
    public int Columns => Source.Columns;

    /// <summary>Row-major values, shape <c>[Rows, Columns]</c>; in float64 the source's own.</summary>
    public T[] Values { get; }

    /// <summary>One row.</summary>
    public ReadOnlySpan<T> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>Rounds a matrix to the precision; float64 is taken as it is, without a copy.</summary>
    public static Examples<T> Of(Matrix source)
    {
        if (source.Values is T[] same) return new Examples<T>(source, same);
        T[] values = new T[source.Values.Length];
        TensorPrimitives.ConvertSaturating<double, T>(source.Values, values);
        return new Examples<T>(source, values);
    }
}
