using System.Runtime.CompilerServices;
using System.Text;

namespace Fed.TestKit.Federation.Checks;

/// <summary>The text of a broken promise, put together only where one is broken: checks run at every step.</summary>
[InterpolatedStringHandler]
internal readonly ref struct CheckMessage
{
    private readonly StringBuilder? _text;

    public CheckMessage(int literalLength, int formattedCount, bool isKept, out bool isNeeded)
    {
        isNeeded = !isKept;
        _text = isKept ? null : new StringBuilder(literalLength + (formattedCount * 16));
    }

    public void AppendLiteral(string value) => _text!.Append(value);

    public void AppendFormatted<T>(T value) => _text!.Append(value);

    public override string ToString() => _text?.ToString() ?? "";
}
