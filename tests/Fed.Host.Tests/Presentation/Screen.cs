using System.Text;

namespace Fed.Host.Tests.Presentation;

/// <summary>A terminal of a few lines of code: the codes that our live view uses, wrapping and scrolling; anything else it is sent fails the test.</summary>
internal sealed class Screen(int columns, int rows) : TextWriter
{
    private readonly List<StringBuilder> _lines = [new()];
    private int _row, _column;

    public int Columns { get; private set; } = columns;

    public bool IsCursorVisible { get; private set; } = true;

    public int Frames { get; private set; }

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>What a person sees, scrolled-off lines included, without trailing blanks.</summary>
    public string[] Lines => [.. _lines.Select(line => line.ToString().TrimEnd()).Reverse().SkipWhile(line => line.Length == 0).Reverse()];

    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        Frames++;
        string text = value ?? "";
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '\u001b') i = Escape(text, i + 1);
            else if (text[i] == '\r') _column = 0;
            else if (text[i] == '\n') ReturnAndFeed();
            else Put(text[i]);
        }
    }

    /// <summary>Makes the window narrower: lines that no longer fit are wrapped, as terminals do, and the cursor stays on its line.</summary>
    public void Narrow(int columns)
    {
        var wrapped = new List<StringBuilder>();
        int cursor = 0;
        for (int i = 0; i < _lines.Count; i++)
        {
            if (i == _row) cursor = wrapped.Count;
            string line = _lines[i].ToString().TrimEnd();
            do
            {
                wrapped.Add(new StringBuilder(line[..Math.Min(columns, line.Length)]));
                line = line[Math.Min(columns, line.Length)..];
            }
            while (line.Length > 0);
        }

        _lines.Clear();
        _lines.AddRange(wrapped);
        (Columns, _row) = (columns, cursor);
    }

    private int Escape(string text, int start)
    {
        int end = start;
        while (!char.IsAsciiLetter(text[end])) end++;
        string code = text[start..(end + 1)];
        switch (code)
        {
            case "[?25l": IsCursorVisible = false; break;
            case "[?25h": IsCursorVisible = true; break;
            case "[K": _lines[_row].Length = Math.Min(_lines[_row].Length, _column); break;
            case "[J":
                _lines[_row].Length = Math.Min(_lines[_row].Length, _column);
                _lines.RemoveRange(_row + 1, _lines.Count - _row - 1);
                break;
            default:
                if (code[^1] == 'm') break;
                if (code[^1] != 'A') throw new InvalidOperationException($"the screen was sent ESC{code}");
                int top = Math.Max(0, _lines.Count - rows);   // the cursor cannot climb to what has scrolled away
                _row = Math.Max(top, _row - int.Parse(code[1..^1]));
                break;
        }

        return end;
    }

    private void Put(char c)
    {
        if (_column == Columns) ReturnAndFeed();
        StringBuilder line = _lines[_row];
        if (line.Length <= _column) line.Append(' ', _column - line.Length + 1);
        line[_column++] = c;
    }

    /// <summary>The kernel's terminal driver returns the carriage at a line feed.</summary>
    private void ReturnAndFeed()
    {
        _column = 0;
        Down();
    }

    private void Down()
    {
        if (++_row == _lines.Count) _lines.Add(new StringBuilder());
    }
}
