using System.Collections.Immutable;
using Fed.Host.Data;
using Fed.Learning.Data.Sources;

namespace Fed.Host.Configuration;

/// <summary>Kinds of data sources.</summary>
internal enum SourceChoice
{
    /// <summary>Separated values.</summary>
    Csv,

    /// <summary>NumPy arrays.</summary>
    Npy,

    /// <summary>MNIST's format.</summary>
    Idx,

    /// <summary>Tensors of one file.</summary>
    Safetensors,

    /// <summary>Plain text.</summary>
    Text,

    /// <summary>A folder of images.</summary>
    Images,

    /// <summary>A query of a SQLite file.</summary>
    Sqlite,

    /// <summary>A query of a PostgreSQL server.</summary>
    Postgresql,
}

/// <summary>Reads and validates <c>simulation.data</c>: a path whose ending tells the kind, or a block.</summary>
internal static class SourceBinder
{
    private const int TextLengthMax = 1 << 16;
    private static readonly string[] Everywhere = ["kind", "units"];

    /// <summary>The source.</summary>
    public static DataSource Bind(ConfigReader simulation)
    {
        if (!simulation.Has("data")) throw simulation.Refuse("data", $"{simulation.Path}.data is not set; name the file, folder or query whose rows are divided among the sites");
        if (!simulation.IsBlock("data"))
        {
            string path = simulation.File("data");
            return Files(KindOf(path) ?? throw simulation.Refuse("data", $"the kind of {path} does not show in its name; write {simulation.Path}.data {{ kind = ..., path = ... }}"), path);
        }
        ConfigReader block = simulation.Section("data");
        SourceChoice kind = block.OptionalChoice<SourceChoice>("kind") ?? (block.Has("path") ? KindOf(block.File("path")) : null)
            ?? throw block.Refuse("kind", $"{block.Path}.kind is not set, and the path does not tell it; write csv, npy, idx, safetensors, text, images, sqlite or postgresql");
        block.RefuseOthers([.. Everywhere, .. Settings(kind)]);
        return kind switch
        {
            SourceChoice.Csv => new CsvSource(block.File("path"), Separator(block)),
            SourceChoice.Text => Text(block),
            SourceChoice.Images => new ImageFolderSource(block.File("path"), Optional(block, "labels")),
            SourceChoice.Sqlite or SourceChoice.Postgresql => Query(block, kind),
            SourceChoice.Safetensors => new ArraySource(
                ArrayFormat.Safetensors, block.File("path"), block.OptionalText("labels"), TestLabels: TestLabels(block, "test-features", block.OptionalText("test-labels")), Features: block.OptionalText("features") ?? "x", TestFeatures: block.OptionalText("test-features")),
            _ => new ArraySource(kind == SourceChoice.Npy ? ArrayFormat.Npy : ArrayFormat.Idx, block.File("path"), Optional(block, "labels"), Optional(block, "test-path"), TestLabels(block, "test-path", Optional(block, "test-labels"))),
        };
    }

    /// <summary>The units that the site states for its columns.</summary>
    public static ImmutableSortedDictionary<string, string> Units(ConfigReader simulation)
    {
        ImmutableSortedDictionary<string, string>.Builder units = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (!simulation.IsBlock("data") || !simulation.Section("data").Has("units")) return units.ToImmutable();
        ConfigReader stated = simulation.Section("data").Section("units");
        foreach (string column in stated.Keys) units.Add(column, stated.Text(column));
        return units.ToImmutable();
    }

    /// <summary>True where the source itself says which rows are for testing, in its column <c>set</c>.</summary>
    public static bool HasTest(DataSource source) => source is ArraySource { HasTest: true } or TextSource { TestShare: > 0 };

    private static string[] Settings(SourceChoice kind) => kind switch
    {
        SourceChoice.Csv => ["path", "separator"],
        SourceChoice.Npy or SourceChoice.Idx => ["path", "labels", "test-path", "test-labels"],
        SourceChoice.Safetensors => ["path", "features", "labels", "test-features", "test-labels"],
        SourceChoice.Text => ["path", "rows", "length", "stride", "test-share"],
        SourceChoice.Images => ["path", "labels"],
        SourceChoice.Sqlite => ["path", "query", "parameters"],
        _ => ["connection-file", "connection-variable", "query", "parameters"],
    };

    private static SourceChoice? KindOf(string path)
    {
        string name = Path.GetFileName(path).ToLowerInvariant();
        if (name.EndsWith(".gz", StringComparison.Ordinal)) name = name[..^3];
        return Path.GetExtension(name) switch
        {
            ".csv" or ".tsv" => SourceChoice.Csv,
            ".npy" => SourceChoice.Npy,
            ".safetensors" => SourceChoice.Safetensors,
            ".txt" => SourceChoice.Text,
            ".db" or ".sqlite" or ".sqlite3" => SourceChoice.Sqlite,
            ".idx" => SourceChoice.Idx,
            _ when name.EndsWith("-ubyte", StringComparison.Ordinal) => SourceChoice.Idx,
            _ => null,
        };
    }

    private static DataSource Files(SourceChoice kind, string path) => kind switch
    {
        SourceChoice.Csv => new CsvSource(path, DefaultSeparator(path)),
        SourceChoice.Npy => new ArraySource(ArrayFormat.Npy, path),
        SourceChoice.Idx => new ArraySource(ArrayFormat.Idx, path),
        SourceChoice.Safetensors => new ArraySource(ArrayFormat.Safetensors, path),
        SourceChoice.Text => new TextSource(path, TextUnit.Lines),
        _ => throw new UserException($"{path} is a database; write simulation.data {{ kind = sqlite, path = ..., query = ... }}"),
    };

    private static char Separator(ConfigReader block) => block.OptionalText("separator") switch
    {
        null => DefaultSeparator(block.File("path")),
        "tab" => '\t',
        [var one] when char.IsAscii(one) && one is not ('"' or '\r' or '\n') => one,
        var other => throw block.Refuse("separator", $"expected one character or tab for {block.Path}.separator, found '{other}'"),
    };

    private static char DefaultSeparator(string path) => path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? '\t' : ',';

    private static TextSource Text(ConfigReader block)
    {
        TextUnit unit = block.Choice<TextUnit>("rows");
        foreach (string key in (ReadOnlySpan<string>)["length", "stride"])
            if (block.Has(key) && (unit == TextUnit.Lines || (unit == TextUnit.Passages && key == "stride"))) throw block.Refuse(key, $"{block.Path}.{key} has no use with rows = {Kebab.From(unit.ToString())}; remove it");
        if (unit != TextUnit.Lines && !block.Has("length")) throw block.Refuse("rows", $"{block.Path}.length is not set; rows = {Kebab.From(unit.ToString())} needs the number of {(unit == TextUnit.Windows ? "characters" : "words")} of a row");
        double share = block.OptionalReal("test-share", 0) ?? 0;
        if (share >= 1) throw block.Refuse("test-share", $"expected {block.Path}.test-share to be below 1, else nothing is left for training");
        return new TextSource(block.File("path"), unit, block.OptionalInteger("length", 1, TextLengthMax) ?? 1, block.OptionalInteger("stride", 1) ?? 1, share);
    }

    private static SqlSource Query(ConfigReader block, SourceChoice kind)
    {
        string query = block.Text("query");
        if (!SqlSource.IsOrdered(query)) throw block.Refuse("query", $"{block.Path}.query has no ORDER BY, so its rows may come in another order each time, and the run would not repeat; add ORDER BY with a key");
        ImmutableSortedDictionary<string, object>.Builder parameters = ImmutableSortedDictionary.CreateBuilder<string, object>(StringComparer.Ordinal);
        if (block.Has("parameters"))
        {
            ConfigReader given = block.Section("parameters");
            foreach (string name in given.Keys) parameters.Add(name, given.TextOrNumber(name));
        }
        if (kind == SourceChoice.Sqlite) return new SqlSource(new SqliteFile(block.File("path")), query, parameters.ToImmutable());
        bool hasFile = block.Has("connection-file"), hasVariable = block.Has("connection-variable");
        if (hasFile == hasVariable)
            throw block.Refuse("kind", $"{block.Path} needs connection-file or connection-variable: where the connection string lies, which never stands in a configuration");
        return new SqlSource(new PostgresServer(hasFile ? block.File("connection-file") : null, hasVariable ? block.Text("connection-variable") : null), query, parameters.ToImmutable());
    }

    private static string? TestLabels(ConfigReader block, string features, string? labels)
    {
        if (block.Has("labels") && block.Has(features) && labels is null) throw block.Refuse(features, $"{block.Path}.test-labels is not set; test rows need labels as training rows do");
        return labels is null || block.Has(features) ? labels : throw block.Refuse("test-labels", $"{block.Path}.test-labels has no use without {features}; remove it");
    }

    private static string? Optional(ConfigReader block, string key) => block.Has(key) ? block.File(key) : null;
}
