using System.Globalization;
using System.Text;

namespace Fed.Host.Configuration.Hocon;

/// <summary>Characters with their places: blanks, comments, quoted and unquoted text.</summary>
internal sealed class HoconScanner(string file, string text)
{
    private const string Reserved = "$\"{}[]:=,+#`^?!@*&\\";

    private int _position;
    private int _line = 1;
    private int _lineStart;

    public HoconOrigin Here => new(file, _line, _position - _lineStart + 1);

    public bool AtEnd => _position >= text.Length;

    /// <summary>The character here, or NUL at the end of the file.</summary>
    public char Current => Peek(0);

    public bool AtComment => Current == '#' || (Current == '/' && Peek(1) == '/');

    /// <summary>How a message names what stands here.</summary>
    public string Found => AtEnd ? "the end of the file" : Current == '\n' ? "the end of the line" : $"'{(char.IsControl(Current) ? $"\\u{(int)Current:x4}" : Current)}'";

    public bool AtReserved => !AtEnd && Reserved.Contains(Current, StringComparison.Ordinal);

    public char Peek(int ahead) => _position + ahead < text.Length ? text[_position + ahead] : '\0';

    public bool StartsWith(string word) => string.CompareOrdinal(text, _position, word, 0, word.Length) == 0;

    public void Advance(int count = 1)
    {
        for (; count > 0 && !AtEnd; count--)
            if (text[_position++] == '\n')
            {
                _line++;
                _lineStart = _position;
            }
    }

    public bool TryTake(char expected)
    {
        if (AtEnd || Current != expected) return false;
        Advance();
        return true;
    }

    public void Expect(char expected, string where)
    {
        if (!TryTake(expected)) throw Error($"expected '{expected}' {where}, found {Found}");
    }

    public HoconException Error(string sentence) => new(Here, sentence);

    /// <summary>Takes blanks up to the end of the line; they are significant between the parts of a value.</summary>
    public string TakeBlanks()
    {
        int start = _position;
        while (!AtEnd && Current != '\n' && IsBlank(Current)) Advance();
        return text[start.._position];
    }

    /// <summary>Skips blanks, line ends and comments.</summary>
    public void SkipToContent()
    {
        while (!AtEnd)
        {
            if (IsBlank(Current)) Advance();
            else if (AtComment)
                while (!AtEnd && Current != '\n') Advance();
            else return;
        }
    }

    /// <summary>Takes a run without blanks and reserved characters, empty when one stands here. <paramref name="stopAtDot"/> is for keys.</summary>
    public string TakeUnquoted(bool stopAtDot)
    {
        int start = _position;
        while (!AtEnd && !IsBlank(Current) && !AtComment && !(stopAtDot && Current == '.') && (!Reserved.Contains(Current, StringComparison.Ordinal) || IsExponentSign(start))) Advance();
        return text[start.._position];
    }

    /// <summary>Takes a quoted string, plain or triple-quoted.</summary>
    public string TakeQuoted() => StartsWith("\"\"\"") ? TakeTripleQuoted() : TakeSingleQuoted();

    private static bool IsBlank(char c) => char.IsWhiteSpace(c) || c is '\uFEFF' or (>= '\x1c' and <= '\x1f');

    // The only reserved character within a number: 1e+5.
    private bool IsExponentSign(int start) =>
        Current == '+' && char.IsAsciiDigit(Peek(1)) && _position > start && text[_position - 1] is 'e' or 'E'
        && double.TryParse(text.AsSpan(start, _position - start - 1), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out _);

    private string TakeTripleQuoted()
    {
        HoconOrigin start = Here;
        Advance(3);
        int from = _position;
        int close = text.IndexOf("\"\"\"", from, StringComparison.Ordinal);
        if (close < 0) throw new HoconException(start, "this triple-quoted string has no closing \"\"\"");
        while (close + 3 < text.Length && text[close + 3] == '"') close++; // Further quotes belong to the string, as HOCON has it.
        Advance(close + 3 - from);
        return text[from..close];
    }

    private string TakeSingleQuoted()
    {
        HoconOrigin start = Here;
        Advance();
        StringBuilder taken = new();
        while (true)
        {
            if (AtEnd || Current == '\n') throw new HoconException(start, "this string has no closing quote on its line; use \"\"\" for text of several lines");
            char c = Current;
            if (c == '"') break;
            if (c < ' ') throw Error($"expected \\u{(int)c:x4} in place of a control character within a string");
            if (c == '\\') taken.Append(TakeEscape());
            else
            {
                taken.Append(c);
                Advance();
            }
        }
        Advance();
        return taken.ToString();
    }

    private char TakeEscape()
    {
        char code = Peek(1);
        int index = "\"\\/bfnrt".IndexOf(code, StringComparison.Ordinal);
        if (code != '\0' && index >= 0)
        {
            Advance(2);
            return "\"\\/\b\f\n\r\t"[index];
        }
        if (code == 'u' && _position + 6 <= text.Length && ushort.TryParse(text.AsSpan(_position + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit))
        {
            Advance(6);
            return (char)unit;
        }
        throw Error("expected one of the escapes \\\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u with four hexadecimal digits");
    }
}
