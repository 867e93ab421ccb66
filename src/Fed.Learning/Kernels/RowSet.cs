using System.Numerics;

namespace Fed.Learning.Kernels;

/// <summary>Some rows of a row-major matrix, in a given order.</summary>
/// <typeparam name="T">An entry.</typeparam>
internal readonly ref struct RowSet<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ReadOnlySpan<int> _chosen;

    /// <summary>All rows.</summary>
    public RowSet(ReadOnlySpan<T> values, int columns)
    {
        Values = values;
        Columns = columns;
        Count = values.Length / columns;
    }

    /// <summary>The rows with these indices.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such row.</exception>
    public RowSet(ReadOnlySpan<T> values, int columns, ReadOnlySpan<int> chosen)
        : this(values, columns)
    {
        foreach (int row in chosen)
            if ((uint)row >= (uint)Count) throw new ArgumentOutOfRangeException(nameof(chosen), $"there are {Count} rows, and none with index {row}");
        _chosen = chosen;
        Count = chosen.Length;
    }

    public ReadOnlySpan<T> Values { get; }

    public int Columns { get; }

    public int Count { get; }

    /// <summary>Where a row begins among the values.</summary>
    public int Start(int row) => (_chosen.IsEmpty ? row : _chosen[row]) * Columns;

    /// <summary>Some of them.</summary>
    public RowSet<T> Slice(int start, int count) => _chosen.IsEmpty ? new(Values.Slice(start * Columns, count * Columns), Columns) : new(Values, Columns, _chosen.Slice(start, count));
}
