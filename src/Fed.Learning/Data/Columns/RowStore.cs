namespace Fed.Learning.Data.Columns;

/// <summary>Rows of numbers, of which nobody knows beforehand how many there will be: written where they stay, and joined once at the end.</summary>
/// <param name="width">Numbers of a row, at least 1.</param>
internal sealed class RowStore(int width)
{
    private const int BlockMin = 1 << 12, BlockMax = 1 << 18;
    private readonly List<double[]> _full = [];
    private double[] _block = GC.AllocateUninitializedArray<double>(Math.Max(1, BlockMin / width) * width);
    private int _used;

    /// <summary>Room for the next row. Its content is undefined; until <see cref="Keep"/> the same room is given again.</summary>
    public Span<double> Next()
    {
        if (_used == _block.Length)
        {
            _full.Add(_block);
            int rows = Math.Max(1, Math.Min(2 * _block.Length, BlockMax) / width);
            _block = GC.AllocateUninitializedArray<double>(rows * width);
            _used = 0;
        }
        return _block.AsSpan(_used, width);
    }

    /// <summary>The row is complete.</summary>
    public void Keep() => _used += width;

    /// <summary>All rows, shape <c>[rows, width]</c>.</summary>
    /// <exception cref="DataException">They do not fit one array.</exception>
    public double[] ToArray()
    {
        long length = _full.Sum(static block => (long)block.Length) + _used;
        if (length > Array.MaxLength) throw new DataException($"the data have {length / width} rows of {width} features, more than fit into memory as one table; use fewer columns or rows.");
        double[] all = GC.AllocateUninitializedArray<double>((int)length);
        int at = 0;
        foreach (double[] block in _full)
        {
            block.CopyTo(all, at);
            at += block.Length;
        }
        _block.AsSpan(0, _used).CopyTo(all.AsSpan(at));
        return all;
    }
}
