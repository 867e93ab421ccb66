namespace Fed.Learning.Data;

/// <summary>Rows of features with their targets.</summary>
public sealed class Matrix
{
    /// <summary>Wraps arrays, which the matrix owns from then on.</summary>
    /// <param name="columns">Features a row, at least 1.</param>
    /// <param name="values">Row-major, shape <c>[rows, columns]</c>; NaN where missing.</param>
    /// <param name="targets">Shape <c>[rows]</c>: numbers, or class indices.</param>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public Matrix(int columns, double[] values, double[] targets)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        if (values.Length != (long)columns * targets.Length) throw new ArgumentException($"{values.Length} values are not {targets.Length} rows of {columns}", nameof(values));
        Columns = columns;
        Values = values;
        Targets = targets;
    }

    /// <summary>Number of rows.</summary>
    public int Rows => Targets.Length;

    /// <summary>Features a row.</summary>
    public int Columns { get; }

    /// <summary>Row-major values, shape <c>[rows, columns]</c>.</summary>
    public double[] Values { get; }

    /// <summary>Targets, shape <c>[rows]</c>.</summary>
    public double[] Targets { get; }

    /// <summary>One row.</summary>
    public ReadOnlySpan<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>The rows of several matrices, one after another.</summary>
    /// <param name="parts">At least one, all with the same columns.</param>
    public static Matrix Stack(IReadOnlyList<Matrix> parts) =>
        new(parts[0].Columns, [.. parts.SelectMany(static part => part.Values)], [.. parts.SelectMany(static part => part.Targets)]);
}
