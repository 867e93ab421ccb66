using System.Numerics;

namespace Fed.Learning.Kernels;

/// <summary>A matrix inside a span, by strides: a transposed one is the same numbers with the strides exchanged.</summary>
/// <typeparam name="T">An entry.</typeparam>
internal readonly ref struct MatrixView<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Wraps numbers, row-major and without gaps.</summary>
    /// <exception cref="ArgumentException">There are fewer than rows * columns.</exception>
    public MatrixView(ReadOnlySpan<T> values, int rows, int columns)
        : this(values, rows, columns, columns, 1)
    {
    }

    private MatrixView(ReadOnlySpan<T> values, int rows, int columns, int rowStride, int columnStride)
    {
        if (rows > 0 && columns > 0 && (rows - 1L) * rowStride + (columns - 1L) * columnStride >= values.Length)
            throw new ArgumentException($"{values.Length} numbers are no matrix of {rows} x {columns} with strides {rowStride} and {columnStride}", nameof(values));
        Values = values;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
    }

    public ReadOnlySpan<T> Values { get; }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>From an entry to the one below it.</summary>
    public int RowStride { get; }

    /// <summary>From an entry to the one right of it.</summary>
    public int ColumnStride { get; }

    /// <summary>The same numbers, rows for columns.</summary>
    public MatrixView<T> Transposed => new(Values, Columns, Rows, ColumnStride, RowStride);
}
