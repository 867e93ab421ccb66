using Fed.Learning.Data.Texts;

namespace Fed.Learning.Data.Sources;

/// <summary>What becomes a row of a text.</summary>
public enum TextUnit
{
    /// <summary>A window of characters, whose target is the character behind it.</summary>
    Windows,

    /// <summary>A line that is not blank; the target is the file's name.</summary>
    Lines,

    /// <summary>So many words; the target is the file's name.</summary>
    Passages,
}

/// <summary>
/// Plain text in UTF-8: one file, or all .txt files of a folder. The columns are <c>text</c>, the target, and where the schema speaks of them <c>file</c> (the file's name without extension, as a site, say)
/// and <c>set</c> (<c>test</c> in the last share of each file, else <c>train</c>).
/// </summary>
/// <param name="Path">File or folder.</param>
/// <param name="Unit">What becomes a row.</param>
/// <param name="Length">Characters of a window, or words of a passage, at least 1; of no use for lines.</param>
/// <param name="Stride">Characters from one window to the next, at least 1.</param>
/// <param name="TestShare">Share of each file, at its end, that is for testing: 0 to below 1.</param>
public sealed record TextSource(string Path, TextUnit Unit, int Length = 1, int Stride = 1, double TestShare = 0) : DataSource
{
    /// <inheritdoc/>
    public override string Name => Path;

    /// <inheritdoc/>
    public override IRowReader Open(DataSchema schema)
    {
        ImmutableArray<string> files = Directory.Exists(Path) ? DataFile.List(Path, static file => file.EndsWith(".txt", StringComparison.OrdinalIgnoreCase)) : [""];
        if (files.IsEmpty) throw new DataException($"{Path} holds no texts (.txt).");
        ImmutableArray<TextDocument> documents = [.. files.Select(file => new TextDocument(file.Length == 0 ? Path : System.IO.Path.Combine(Path, file), NameOf(file.Length == 0 ? Path : file)))];
        TextRows rows = new(Name, documents, schema.Target, Unit, Length, Stride, TestShare);
        return new Selection(rows, name => name == TextRows.TextColumn || Selection.IsDeclared(schema, name));
    }

    private static string NameOf(string file) => System.IO.Path.GetFileNameWithoutExtension(file);
}
