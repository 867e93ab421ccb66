using System.Numerics.Tensors;

namespace Fed.Learning.Data;

/// <summary>Rows of features with their targets.</summary>
public sealed class Matrix
{
    /// <summary>Wraps arrays, which the matrix owns from then on.</summary>
    /// <param name="columns">Features a row, at least 1.</param>
    /// <param name="values">Row-major, shape <c>[rows, columns]</c>; NaN where missing.</param>
    /// <param name="targets">Shape <c>[rows, targetColumns]</c>: numbers, class indices, or times with events.</param>
    /// <param name="targetColumns">1; 2 for survival: the time, and 1 where an event ended it or 0 where nothing is known beyond.</param>
    /// <exception cref="ArgumentException">The lengths do not agree.</exception>
    public Matrix(int columns, double[] values, double[] targets, int targetColumns = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(targetColumns, 1);
        if (values.Length * (long)targetColumns != (long)columns * targets.Length || targets.Length % targetColumns != 0)
            throw new ArgumentException($"{values.Length} values are not {targets.Length / targetColumns} rows of {columns}", nameof(values));
        Columns = columns;
        TargetColumns = targetColumns;
        Values = values;
        Targets = targets;
    }

    /// <summary>Number of rows.</summary>
    public int Rows => Targets.Length / TargetColumns;

    /// <summary>Features a row.</summary>
    public int Columns { get; }

    /// <summary>Row-major values, shape <c>[rows, columns]</c>.</summary>
    public double[] Values { get; }

    /// <summary>Targets of a row: 1, or 2 for survival.</summary>
    public int TargetColumns { get; }

    /// <summary>Targets, shape <c>[rows, TargetColumns]</c>.</summary>
    public double[] Targets { get; }

    /// <summary>The values rounded to float32, which networks are trained and evaluated with round after round; made when first asked for.</summary>
    internal float[] Narrow => field ??= Narrowed();

    /// <summary>One row.</summary>
    public ReadOnlySpan<double> Row(int row) => Values.AsSpan(row * Columns, Columns);

    /// <summary>The targets of one row.</summary>
    public ReadOnlySpan<double> Target(int row) => Targets.AsSpan(row * TargetColumns, TargetColumns);

    /// <summary>Some of the rows, in the order given.</summary>
    public Matrix Select(ReadOnlySpan<int> rows)
    {
        double[] values = new double[rows.Length * Columns], targets = new double[rows.Length * TargetColumns];
        for (int i = 0; i < rows.Length; i++)
        {
            Row(rows[i]).CopyTo(values.AsSpan(i * Columns));
            Target(rows[i]).CopyTo(targets.AsSpan(i * TargetColumns));
        }
        return new Matrix(Columns, values, targets, TargetColumns);
    }

    /// <summary>The rows of several matrices, one after another.</summary>
    /// <param name="parts">At least one, all with the same columns.</param>
    public static Matrix Stack(IReadOnlyList<Matrix> parts) =>
        new(parts[0].Columns, [.. parts.SelectMany(static part => part.Values)], [.. parts.SelectMany(static part => part.Targets)], parts[0].TargetColumns);

    private float[] Narrowed()
    {
        float[] narrow = new float[Values.Length];
        TensorPrimitives.ConvertSaturating<double, float>(Values, narrow);
        return narrow;
    }
}
