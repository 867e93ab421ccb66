using System.Text;
using System.Text.Unicode;

namespace Fed.Learning.Data.Texts;

/// <summary>A text file in memory, with the places of its characters.</summary>
internal sealed class TextDocument
{
    private const long BytesMax = 1 << 30;
    private readonly byte[] _utf8;
    private readonly int[] _starts;   // byte of each character, and of the end

    /// <summary>Reads a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Its name without folder and extension.</param>
    /// <exception cref="DataException">It is missing, or no UTF-8 text.</exception>
    public TextDocument(string path, string name)
    {
        Path = path;
        Name = Encoding.UTF8.GetBytes(name);
        _utf8 = DataFile.ReadAll(path, BytesMax);
        if (_utf8.AsSpan().StartsWith("\uFEFF"u8)) _utf8 = _utf8[3..];
        if (!Utf8.IsValid(_utf8)) throw new DataException($"{path} cannot be read as UTF-8 text; save the file as UTF-8.");
        List<int> starts = new(_utf8.Length + 1);
        for (int i = 0; i < _utf8.Length; i++)
            if ((_utf8[i] & 0xC0) != 0x80) starts.Add(i);   // all bytes of a character but the first begin with the bits 10
        starts.Add(_utf8.Length);
        _starts = [.. starts];
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Its name as a cell.</summary>
    public byte[] Name { get; }

    /// <summary>Characters in it.</summary>
    public int Length => _starts.Length - 1;

    /// <summary>Characters from one place up to another.</summary>
    public ReadOnlySpan<byte> Slice(int from, int to) => _utf8.AsSpan(_starts[from], _starts[to] - _starts[from]);

    /// <summary>True for blanks and line ends.</summary>
    public bool IsBlank(int at) => _utf8[_starts[at]] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    /// <summary>True for line ends.</summary>
    public bool IsLineEnd(int at) => _utf8[_starts[at]] is (byte)'\r' or (byte)'\n';
}
