using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using System.Text.Unicode;

namespace Fed.Learning.Data;

/// <summary>
/// Reads separated values after RFC 4180: quoted fields with doubled quotes and line breaks inside, LF or CRLF, one header line, UTF-8 with or without a byte order mark.
/// Rows are 0-based behind the header, as the splits and partitions count them.
/// </summary>
/// <remarks>Works on bytes: separators are found 32 at a time, numbers are parsed where they stand, and no cell becomes a string unless asked for. A record with a quote in it takes a careful path byte by byte.</remarks>
public sealed class CsvReader : IRowReader
{
    private const int FieldsMax = 1 << 20;
    private const int RecordBytesMax = 1 << 28;
    private readonly Stream _stream;
    private readonly byte _separator;
    private byte[] _buffer = new byte[1 << 16];
    private int _start;      // of the record that is being read ...
    private int _end;        // ... and of the bytes that were read
    private bool _isAtEnd;
    private byte[] _source = [];   // where the current record's fields lie, at these places
    private int[] _places = new int[64];
    private int _fieldCount;
    private byte[] _unquoted = [];
    private int _unquotedLength;
    private int _line = 1;

    /// <summary>Starts reading and takes the header line.</summary>
    /// <param name="stream">The content; disposed with the reader.</param>
    /// <param name="file">Its name in messages.</param>
    /// <param name="separator">Between fields: an ASCII character, no quote and no line end.</param>
    /// <exception cref="DataException">There is no header, or a column name is empty or doubled.</exception>
    public CsvReader(Stream stream, string file, char separator = ',')
    {
        if (separator is '"' or '\r' or '\n' || !char.IsAscii(separator)) throw new ArgumentException($"'{separator}' cannot separate fields", nameof(separator));
        _stream = stream;
        _separator = (byte)separator;
        Name = file;
        SkipByteOrderMark();
        if (!ReadRecord()) throw new DataException($"{file} is empty; it needs a header line with the column names.");
        Header = [.. Fields.Select(static name => name.Trim())];
        Row = -1;
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (string name in Header)
            if (name.Length == 0 || !seen.Add(name)) throw new DataException($"{file}, header: column name '{name}' is empty or doubled; give every column its own name.");
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The column names, in file order.</summary>
    public ImmutableArray<string> Header { get; }

    /// <summary>Index of the current row, 0-based behind the header.</summary>
    public int Row { get; private set; }

    /// <summary>A copy of the current row's fields, as many as the header has.</summary>
    public IReadOnlyList<string> Fields => [.. Enumerable.Range(0, _fieldCount).Select(column => Encoding.UTF8.GetString(Text(column)))];

    /// <summary>Opens a file.</summary>
    /// <exception cref="DataException">The file is missing or cannot be read, or has no proper header.</exception>
    public static CsvReader Open(string path, char separator = ',')
    {
        FileStream stream = DataFile.Open(path);
        try
        {
            return new CsvReader(stream, path, separator);
        }
        catch
        {
            stream.Dispose();
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
        if (_fieldCount != Header.Length)
            throw new DataException($"{Name}, row {Row}: {_fieldCount} fields where the header has {Header.Length}; check {(_separator == ',' ? "commas" : "separators")} and quotes in line {_line - 1}.");
        return true;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Text(int column)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(column, _fieldCount);
        int from = _places[2 * column];
        return _source.AsSpan(from, _places[2 * column + 1] - from);
    }

    /// <inheritdoc/>
    public bool IsMissing(int column) => _places[2 * column] == _places[2 * column + 1];

    /// <inheritdoc/>
    public bool TryNumber(int column, out double value) => FastNumber.TryParse(Text(column), out value);

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    private bool ReadRecord()
    {
        _fieldCount = 0;
        while (Peek(0) is '\r' or '\n') EndLine(0);   // blank lines are no records
        if (Peek(0) < 0) return false;
        int at = 0, from = 0;   // counted from _start, which moves when the buffer is filled
        while (true)
        {
            int left = _end - _start - at;
            if (Vector256.IsHardwareAccelerated && left >= Vector256<byte>.Count)
            {
                for (uint marks = Marks(_start + at); marks != 0; marks &= marks - 1)
                    if (!Mark(at + BitOperations.TrailingZeroCount(marks), ref from)) return true;
                at += Vector256<byte>.Count;
            }
            else if (left > 0)
            {
                byte value = _buffer[_start + at];
                if ((value == _separator || value is (byte)'"' or (byte)'\r' or (byte)'\n') && !Mark(at, ref from)) return true;
                at++;
            }
            else if (!Fill())
            {
                AddField(from, at);
                EndRecord(at);
                return true;
            }
        }
    }

    // One separator, quote or line end; false when the record ends there.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool Mark(int at, ref int from)
    {
        byte value = _buffer[_start + at];
        if (value == _separator)
        {
            AddField(from, at);
            from = at + 1;
            return true;
        }
        if (value == '"') ReadQuotedRecord();
        else
        {
            AddField(from, at);
            EndRecord(at);
        }
        return false;
    }

    private uint Marks(int at)
    {
        Vector256<byte> block = Vector256.LoadUnsafe(ref MemoryMarshal.GetArrayDataReference(_buffer), (nuint)at);
        Vector256<byte> hit = Vector256.Equals(block, Vector256.Create(_separator)) | Vector256.Equals(block, Vector256.Create((byte)'\n'))
            | Vector256.Equals(block, Vector256.Create((byte)'\r')) | Vector256.Equals(block, Vector256.Create((byte)'"'));
        return hit.ExtractMostSignificantBits();
    }

    private void AddField(int from, int to)
    {
        if (_fieldCount >= FieldsMax) throw Broken("has too many fields");
        if (2 * _fieldCount == _places.Length) Array.Resize(ref _places, 2 * _places.Length);
        _places[2 * _fieldCount] = from;
        _places[2 * _fieldCount++ + 1] = to;
    }

    private void EndRecord(int length)
    {
        RequireText(_buffer.AsSpan(_start, length));
        Peek(length + 1);   // the line feed of a CRLF, while nothing points into the buffer yet
        for (int i = 0; i < 2 * _fieldCount; i++) _places[i] += _start;
        _source = _buffer;
        EndLine(length);
    }

    // The path with quotes: fields are copied without them.
    private void ReadQuotedRecord()
    {
        _fieldCount = 0;
        _unquotedLength = 0;
        int at = 0;
        while (ReadField(ref at))
        {
        }
        RequireText(_unquoted.AsSpan(0, _unquotedLength));
        _source = _unquoted;
        EndLine(at);
    }

    // Reads one field; false when the record ends behind it, with `at` at the line end.
    private bool ReadField(ref int at)
    {
        int from = _unquotedLength;
        bool quoted = Peek(at) == '"';
        if (quoted)
        {
            at++;
            while (true)
            {
                int c = Peek(at++);
                if (c < 0) throw Broken("has a quoted field without its closing quote");
                if (c == '\n') _line++;
                if (c == '"')
                {
                    if (Peek(at) != '"') break;
                    at++;
                }
                Keep((byte)c);
            }
        }
        while (true)
        {
            int c = Peek(at);
            if (c == _separator || c is '\r' or '\n' or < 0)
            {
                AddField(from, _unquotedLength);
                if (c != _separator) return false;
                at++;
                return true;
            }
            if (quoted || c == '"') throw Broken("has a quote in the middle of a field");
            Keep((byte)c);
            at++;
        }
    }

    private void Keep(byte value)
    {
        if (_unquotedLength == _unquoted.Length) Array.Resize(ref _unquoted, Math.Max(256, 2 * _unquoted.Length));
        _unquoted[_unquotedLength++] = value;
    }

    // The next record starts behind the line end at this place, or at the end.
    private void EndLine(int at)
    {
        int width = Peek(at) switch { '\r' => Peek(at + 1) == '\n' ? 2 : 1, < 0 => 0, _ => 1 };
        _start += at + width;
        _line++;
    }

    // The byte at a place behind _start, or -1 behind the last.
    private int Peek(int at)
    {
        while (_start + at >= _end)
            if (!Fill()) return -1;
        return _buffer[_start + at];
    }

    // More bytes behind _end; what lies before _start is given up.
    private bool Fill()
    {
        if (_isAtEnd) return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= RecordBytesMax) throw Broken("belongs to a row that is too long; a quote may be missing");
            Array.Resize(ref _buffer, 2 * _buffer.Length);
        }
        try
        {
            int read = _stream.Read(_buffer, _end, _buffer.Length - _end);
            _isAtEnd = read == 0;
            _end += read;
        }
        catch (IOException e)
        {
            throw new DataException($"{Name}, line {_line}: cannot be read: {e.Message}", e);
        }
        return !_isAtEnd;
    }

    private void SkipByteOrderMark()
    {
        Peek(2);
        ReadOnlySpan<byte> begin = _buffer.AsSpan(0, _end);
        if (begin.StartsWith("\uFEFF"u8)) _start = 3;
        if (begin.StartsWith<byte>([0xFF, 0xFE]) || begin.StartsWith<byte>([0xFE, 0xFF])) throw new DataException($"{Name} is UTF-16 text; save it as UTF-8.");
        if (begin.StartsWith<byte>([0x1F, 0x8B])) throw new DataException($"{Name} is compressed; decompress it with gunzip.");
    }

    private void RequireText(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes)) throw new DataException($"{Name}, line {_line}: cannot be read as UTF-8 text; save the file as UTF-8.");
    }

    private DataException Broken(string what) => new($"{Name}, line {_line}, field {_fieldCount + 1} {what}; quote a field as \"...\" and double a quote inside it.");
}
