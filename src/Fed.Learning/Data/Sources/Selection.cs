namespace Fed.Learning.Data.Sources;

/// <summary>Some of the columns of a reader: what a source knows besides (the file of a row) is a column only where the schema speaks of it.</summary>
internal sealed class Selection : IRowReader
{
    private readonly IRowReader _rows;
    private readonly int[] _columns;

    /// <summary>Keeps the columns whose names are taken.</summary>
    public Selection(IRowReader rows, Func<string, bool> take)
    {
        _rows = rows;
        _columns = [.. Enumerable.Range(0, rows.Header.Length).Where(c => take(rows.Header[c]))];
        Header = [.. _columns.Select(c => rows.Header[c])];
    }

    /// <inheritdoc/>
    public string Name => _rows.Name;

    /// <inheritdoc/>
    public ImmutableArray<string> Header { get; }

    /// <inheritdoc/>
    public int Row => _rows.Row;

    /// <summary>True when a schema speaks of a column by its name.</summary>
    public static bool IsDeclared(DataSchema schema, string name) => schema.Target == name || schema.Event == name || schema.Split.Column == name || schema.Columns.Any(column => column.Name == name);

    /// <inheritdoc/>
    public bool Read() => _rows.Read();

    /// <inheritdoc/>
    public bool IsMissing(int column) => _rows.IsMissing(_columns[column]);

    /// <inheritdoc/>
    public bool TryNumber(int column, out double value) => _rows.TryNumber(_columns[column], out value);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Text(int column) => _rows.Text(_columns[column]);

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();
}
