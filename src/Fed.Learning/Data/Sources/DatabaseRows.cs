using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Fed.Learning.Data.Sources;

/// <summary>The result of a query as rows. Numbers stay numbers, truth is 1 or 0, times are ISO 8601, NULL is an empty cell.</summary>
public sealed class DatabaseRows : IRowReader
{
    private readonly DbDataReader _reader;
    private readonly Action _close;
    private readonly object[] _cells;
    private byte[] _shown = new byte[256];

    /// <summary>Binds a result.</summary>
    /// <param name="name">What messages call it.</param>
    /// <param name="reader">Before its first row; disposed with the rows.</param>
    /// <param name="close">Called at the end, for what belongs to the reader.</param>
    /// <exception cref="DataException">The result has no columns, or two of one name.</exception>
    public DatabaseRows(string name, DbDataReader reader, Action close)
    {
        (Name, _reader, _close) = (name, reader, close);
        Header = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        if (Header.IsEmpty) throw new DataException($"the query of {name} gives no columns; it must be a SELECT.");
        if (Header.GroupBy(static column => column, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1 || group.Key.Length == 0) is { } twice)
            throw new DataException($"the query of {name} gives the column name '{twice.Key}' {twice.Count()} times; name each column with AS.");
        _cells = new object[Header.Length];
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ImmutableArray<string> Header { get; }

    /// <inheritdoc/>
    public int Row { get; private set; } = -1;

    /// <inheritdoc/>
    public bool Read()
    {
        try
        {
            if (!_reader.Read()) return false;
            _reader.GetValues(_cells);
        }
        catch (DbException e)
        {
            throw new DataException($"the query of {Name} failed at row {Row + 1}: {e.Message.TrimEnd('.')}.", e);
        }
        Row++;
        return true;
    }

    /// <inheritdoc/>
    public bool IsMissing(int column) => _cells[column] is DBNull or "";

    /// <inheritdoc/>
    public bool TryNumber(int column, out double value)
    {
        switch (_cells[column])
        {
            case double or float or long or int or short or byte or decimal or uint or ulong or ushort or sbyte:
                value = ((IConvertible)_cells[column]).ToDouble(CultureInfo.InvariantCulture);
                return true;
            case bool truth:
                value = truth ? 1 : 0;
                return true;
            default:
                return FastNumber.TryParse(Text(column), out value);
        }
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Text(int column)
    {
        string text = _cells[column] switch
        {
            string own => own,
            bool truth => truth ? "1" : "0",
            DateTime time => time.ToString("O", CultureInfo.InvariantCulture),
            DateTimeOffset time => time.ToString("O", CultureInfo.InvariantCulture),
            DateOnly day => day.ToString("O", CultureInfo.InvariantCulture),
            IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
            DBNull => "",
            var other => throw new DataException($"{Name}, row {Row}, column '{Header[column]}' is of type {other.GetType().Name}, which is no cell of a table; leave it out of the query, or convert it there."),
        };
        int most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_shown.Length < most) _shown = new byte[most];
        return _shown.AsSpan(0, Encoding.UTF8.GetBytes(text, _shown));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _reader.Dispose();   // reads to the end, and so meets what stands behind the SELECT
        }
        catch (DbException e)
        {
            throw new DataException($"the query of {Name} failed: {e.Message.TrimEnd('.')}.", e);
        }
        finally
        {
            _close();
        }
    }
}
