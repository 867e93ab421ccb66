using System.Text;
using Fed.Learning.Models;

namespace Fed.Learning.Data.Columns;

/// <summary>The words of a text as hashed token ids; longer texts are cut, shorter ones padded with 0.</summary>
internal sealed class WordsReader : CellReader
{
    private readonly TextEncoding _code;

    public WordsReader(ColumnSpec column) : base(column) =>
        _code = column.Text is { Buckets: >= 1, Length: >= 1 } code ? code : throw new DataException($"column '{column.Name}' is of words and needs the number of buckets and of words.");

    public override IEnumerable<string> Features => Enumerable.Range(0, _code.Length).Select(at => $"{Column.Name}[{at}]");

    public override bool TryRead(IRowReader rows, int index, Span<double> part)
    {
        HashedWords.Encode(Encoding.UTF8.GetString(rows.Text(index)), _code.Buckets, part);
        return true;
    }
}
