using System.Numerics;
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

    /// <summary>A matrix in the precision: float64 as it is, float32 rounded once for as long as the matrix lives.</summary>
    public static Examples<T> Of(Matrix source) => new(source, typeof(T) == typeof(float) ? (T[])(object)source.Narrow : (T[])(object)source.Values);
}
