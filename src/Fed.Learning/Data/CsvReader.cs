using System.Text;

namespace Fed.Learning.Data;

/// <summary>
/// Reads comma-separated values after RFC 4180: quoted fields with doubled quotes and line breaks inside, LF or CRLF, one header line, an optional byte order mark.
/// Rows are 0-based behind the header, as the splits and partitions count them.
/// </summary>
public sealed class CsvReader : IDisposable
{
    private const int FieldsMax = 1 << 20;
    private readonly TextReader _text;
    private readonly string _file;
    private readonly List<string> _fields = [];
    private readonly StringBuilder _field = new();
    private int _line = 1;

    /// <summary>Starts reading and takes the header line.</summary>
    /// <param name="text">The content; disposed with the reader.</param>
    /// <param name="file">Its name in messages.</param>
    /// <exception cref="DataException">There is no header, or a column name is empty or doubled.</exception>
    public CsvReader(TextReader text, string file)
    {
        _text = text;
        _file = file;
        if (!ReadRecord()) throw new DataException($"{file} is empty; it needs a header line with the column names.");
        Header = [.. _fields.Select(static name => name.Trim())];
        Row = -1;
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string name in Header)
            if (name.Length == 0 || !seen.Add(name)) throw new DataException($"{file}, header: column name '{name}' is empty or doubled; give every column its own name.");
    }

    /// <summary>The column names, in file order.</summary>
    public ImmutableArray<string> Header { get; }

    /// <summary>Index of the current row, 0-based behind the header.</summary>
    public int Row { get; private set; }

    /// <summary>The current row's fields, as many as the header has; valid until the next <see cref="Read"/>.</summary>
    public IReadOnlyList<string> Fields => _fields;

    /// <summary>Opens a file.</summary>
    /// <exception cref="DataException">The file is missing or cannot be read, or has no proper header.</exception>
    public static CsvReader Open(string path)
    {
        StreamReader text;
        try
        {
            text = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new DataException(e is FileNotFoundException or DirectoryNotFoundException
                ? $"data file {path} does not exist; check the path, which is relative to the configuration file."
                : $"data file {path} cannot be read: {e.Message}", e);
        }
        try
        {
            return new CsvReader(text, path);
        }
        catch
        {
            text.Dispose();
            throw;
        }
    }

    /// <summary>Moves to the next row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="DataException">The row has another number of fields than the header, or a quote is out of place.</exception>
    public bool Read()
    {
        if (!ReadRecord()) return false;
        Row++;
        if (_fields.Count != Header.Length)
            throw new DataException($"{_file}, row {Row}: {_fields.Count} fields where the header has {Header.Length}; check commas and quotes in line {_line - 1}.");
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _text.Dispose();

    private bool ReadRecord()
    {
        _fields.Clear();
        try
        {
            while (_text.Peek() is '\r' or '\n') SkipLineEnd(_text.Read());   // blank lines are no records
            if (_text.Peek() < 0) return false;
            while (ReadField())
                if (_fields.Count > FieldsMax) throw Broken("has too many fields");
        }
        catch (Exception e) when (e is DecoderFallbackException or IOException)
        {
            throw new DataException($"{_file}, line {_line}: cannot be read as UTF-8 text: {e.Message}", e);
        }
        return true;
    }

    // Reads one field and its delimiter; false when the record ends behind it.
    private bool ReadField()
    {
        _field.Clear();
        bool quoted = _text.Peek() == '"';
        if (quoted)
        {
            _ = _text.Read();
            while (true)
            {
                int c = _text.Read();
                if (c < 0) throw Broken("has a quoted field without its closing quote");
                if (c == '\n') _line++;
                if (c == '"')
                {
                    if (_text.Peek() != '"') break;
                    _ = _text.Read();
                }
                _field.Append((char)c);
            }
        }
        while (true)
        {
            int c = _text.Read();
            if (c is ',' or '\r' or '\n' or < 0)
            {
                _fields.Add(_field.ToString());
                if (c == ',') return true;
                SkipLineEnd(c);
                return false;
            }
            if (quoted || c == '"') throw Broken("has a quote in the middle of a field");
            _field.Append((char)c);
        }
    }

    private void SkipLineEnd(int c)
    {
        if (c == '\r' && _text.Peek() == '\n') _ = _text.Read();
        _line++;
    }

    private DataException Broken(string what) => new($"{_file}, line {_line}, field {_fields.Count + 1} {what}; quote a field as \"...\" and double a quote inside it.");
}
