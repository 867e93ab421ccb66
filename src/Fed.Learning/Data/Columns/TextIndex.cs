using System.Text;

namespace Fed.Learning.Data.Columns;

/// <summary>Known texts by their UTF-8, found without making a string.</summary>
internal sealed class TextIndex
{
    private const int CellCharsMax = 512;
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly List<string> _texts = [];

    public TextIndex(IEnumerable<string> texts)
    {
        _lookup = _known.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in texts) Add(text);
    }

    /// <summary>The place of a text, or -1.</summary>
    public int Find(ReadOnlySpan<byte> cell)
    {
        if (cell.Length > CellCharsMax) return _known.TryGetValue(Encoding.UTF8.GetString(cell), out int far) ? far : -1;
        Span<char> chars = stackalloc char[CellCharsMax];   // never more characters than bytes
        return _lookup.TryGetValue(chars[..Encoding.UTF8.GetChars(cell, chars)], out int place) ? place : -1;
    }

    /// <summary>One string for all cells of the same text.</summary>
    public string Shared(ReadOnlySpan<byte> cell)
    {
        int place = Find(cell);
        return _texts[place >= 0 ? place : Add(Encoding.UTF8.GetString(cell))];
    }

    private int Add(string text)
    {
        _known.TryAdd(text, _texts.Count);
        _texts.Add(text);
        return _texts.Count - 1;
    }
}
