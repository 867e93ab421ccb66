using Fed.Learning.Data.Arrays;
using Fed.Learning.Data.Sources;

namespace Fed.Learning.Data.Texts;

/// <summary>Text files as rows of <c>text</c>, a target, <c>file</c> and <c>set</c>.</summary>
internal sealed class TextRows : IRowReader
{
    private const int Text0 = 0, Target = 1, File = 2;
    private readonly ImmutableArray<TextDocument> _documents;
    private readonly TextUnit _unit;
    private readonly int _length, _stride;
    private readonly double _testShare;
    private int _document, _from, _to, _next;

    /// <summary>Binds documents.</summary>
    /// <param name="name">The source, for messages.</param>
    /// <param name="documents">At least one.</param>
    /// <param name="target">Name of the target: the next character of a window, else the name of the document.</param>
    /// <param name="unit">What becomes a row.</param>
    /// <param name="length">Characters of a window, or words of a passage.</param>
    /// <param name="stride">Characters from one window to the next.</param>
    /// <param name="testShare">Rows in the last share of each document are for testing.</param>
    public TextRows(string name, ImmutableArray<TextDocument> documents, string target, TextUnit unit, int length, int stride, double testShare)
    {
        Name = name;
        (_documents, _unit, _length, _stride, _testShare) = (documents, unit, length, stride, testShare);
        Header = [TextColumn, target, FileColumn, ArrayRows.SetColumn];
        if (Header.Distinct(StringComparer.Ordinal).Count() != Header.Length) throw new DataException($"the target of {name} cannot be called '{target}', which is the name of another column; give job.data.target another name.");
        _next = First;
    }

    /// <summary>Name of the column with the text of a row.</summary>
    public const string TextColumn = "text";

    /// <summary>Name of the column with the name of the document.</summary>
    public const string FileColumn = "file";

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ImmutableArray<string> Header { get; }

    /// <inheritdoc/>
    public int Row { get; private set; } = -1;

    private TextDocument Document => _documents[_document];

    // A window ends before the character that it predicts.
    private int First => _unit == TextUnit.Windows ? _length : 0;

    /// <inheritdoc/>
    public bool Read()
    {
        while (!Find())
        {
            if (_document + 1 == _documents.Length) return false;
            _document++;
            _next = First;
        }
        Row++;
        return true;
    }

    /// <inheritdoc/>
    public bool IsMissing(int column) => false;

    /// <inheritdoc/>
    public bool TryNumber(int column, out double value) => FastNumber.TryParse(Text(column), out value);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Text(int column) => column switch
    {
        Text0 => Document.Slice(_from, _to),
        Target => _unit == TextUnit.Windows ? Document.Slice(_to, _to + 1) : Document.Name,
        File => Document.Name,
        _ => (_unit == TextUnit.Windows ? _to : _from) >= Document.Length - (int)Math.Round(_testShare * Document.Length) ? "test"u8 : "train"u8,
    };

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    // The next row of the document, from _next on.
    private bool Find()
    {
        int at = _next;
        if (_unit == TextUnit.Windows)
        {
            if (at >= Document.Length) return false;
            (_from, _to, _next) = (at - _length, at, at + _stride);
            return true;
        }
        while (at < Document.Length && Document.IsBlank(at)) at++;
        if (at >= Document.Length) return false;
        _from = at;
        _to = _unit == TextUnit.Lines ? EndOfLine(at) : EndOfWords(at);
        _next = _to;
        return true;
    }

    private int EndOfLine(int at)
    {
        while (at < Document.Length && !Document.IsLineEnd(at)) at++;
        return at;
    }

    private int EndOfWords(int at)
    {
        int end = at;
        for (int words = 0; words < _length && at < Document.Length; words++)
        {
            while (at < Document.Length && !Document.IsBlank(at)) at++;
            end = at;
            while (at < Document.Length && Document.IsBlank(at)) at++;
        }
        return end;
    }
}
