using Fed.Learning.Data;
using Fed.Learning.Data.Sources;
using Fed.Learning.Tests.Data.Support;

namespace Fed.Learning.Tests.Data.Sources;

/// <summary>Plain text as windows, lines and passages.</summary>
public sealed class TextSourceTests : IDisposable
{
    private readonly Folder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Windows_predict_the_character_behind_them()
    {
        _folder.Write("b.txt", "abcab");
        DataTable table = TableReader.Read(new TextSource(_folder["b.txt"], TextUnit.Windows, Length: 2), Characters("abc", 2));
        Assert.Equal([1, 2, 2, 3, 3, 1], table.All.Values);   // ab, bc, ca
        Assert.Equal([2, 0, 1], table.All.Targets);           // c, a, b
    }

    [Fact]
    public void Stride_and_test_share_count_characters_of_each_file()
    {
        _folder.Write("b.txt", "aabbaabbaa");
        _folder.Write("a.txt", "éé\u00e9é\u00e9é");
        DataSchema schema = Characters("abé", 1) with { Columns = Characters("abé", 1).Columns.Add(new ColumnSpec("file", ColumnKind.Key)), Split = new SplitRule.ByColumn("set") };
        DataTable table = TableReader.Read(new TextSource(_folder.Root, TextUnit.Windows, Length: 1, Stride: 2, TestShare: 0.4), schema);
        Assert.Equal(["a", "a", "a", "b", "b", "b", "b", "b"], table.Keys["file"]);
        Assert.Equal("TTX TTTXX", string.Concat(table.Roles.Select(static (role, i) => (i == 3 ? " " : "") + (role == RowRole.Test ? 'X' : 'T'))));   // places 1 3 5 of 6, and 1 3 5 7 9 of 10
    }

    [Fact]
    public void Lines_and_passages_are_labelled_by_their_file()
    {
        _folder.Write("x/emma.txt", "one two\r\n\r\n  three \nfour five six seven");
        _folder.Write("x/persuasion.txt", "eight");
        DataSchema schema = Tables.Schema("book", new ColumnSpec("text", ColumnKind.Words) { Text = new TextEncoding(4, Buckets: 1 << 20) }, new ColumnSpec("book", ColumnKind.Category, MissingPolicy.Error, ["emma", "persuasion"])) with { Classes = 2 };
        DataTable lines = TableReader.Read(new TextSource(_folder["x"], TextUnit.Lines), schema), passages = TableReader.Read(new TextSource(_folder["x"], TextUnit.Passages, Length: 3), schema);
        Assert.Equal([0, 0, 0, 1], lines.All.Targets);
        Assert.Equal([2, 1, 4, 1], Enumerable.Range(0, 4).Select(r => lines.All.Row(r).ToArray().Count(static id => id > 0)));
        Assert.Equal([0, 0, 0, 1], passages.All.Targets);
        Assert.Equal([3, 3, 1, 1], Enumerable.Range(0, 4).Select(r => passages.All.Row(r).ToArray().Count(static id => id > 0)));
    }

    [Fact]
    public void Letters_that_nobody_agreed_on_are_named_with_their_row()
    {
        _folder.Write("b.txt", "ab!a");
        Assert.EndsWith("row 1, column 'text' has '!' at place 1, which is no letter of the agreed alphabet ab.", Tables.Refused(new TextSource(_folder["b.txt"], TextUnit.Windows, 2), Characters("ab!", 2, "ab")), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_that_are_missing_or_none_are_refused()
    {
        Assert.Contains("nowhere.txt does not exist", Tables.Refused(new TextSource(_folder["nowhere.txt"], TextUnit.Lines), Characters("ab", 2)), StringComparison.Ordinal);
        Assert.Contains("holds no texts (.txt)", Tables.Refused(new TextSource(_folder.Root, TextUnit.Lines), Characters("ab", 2)), StringComparison.Ordinal);
        _folder.Write("bad.txt", [0x61, 0xFF]);
        Assert.Contains("cannot be read as UTF-8 text", Tables.Refused(new TextSource(_folder["bad.txt"], TextUnit.Lines), Characters("ab", 2)), StringComparison.Ordinal);
        _folder.Write("ok.txt", "ab");
        Assert.Contains("cannot be called 'text'", Tables.Refused(new TextSource(_folder["ok.txt"], TextUnit.Lines), Tables.Schema("text")), StringComparison.Ordinal);
    }

    [Fact]
    public void Austen_of_the_repository_is_split_as_its_reference_says()
    {
        const string Alphabet = " abcdefghijklmnopqrstuvwxyz.,;!?'-";
        DataSchema schema = Characters(Alphabet, 3) with { Split = new SplitRule.ByColumn("set") };
        schema = schema with { Columns = schema.Columns.Add(new ColumnSpec("file", ColumnKind.Key)) };
        DataTable table = TableReader.Read(new TextSource(Fed.Learning.Tests.Support.RepositoryFiles.Find("examples", "data", "austen"), TextUnit.Windows, Length: 3, TestShare: 0.2), schema);
        Assert.Equal((6 * (48_000 - 3), 6 * 12_000), (table.Roles.Count(static role => role == RowRole.Train), table.Roles.Count(static role => role == RowRole.Test)));
        Assert.Equal(6, table.Keys["file"].Distinct().Count());
        Assert.Equal(4.2226, OrderZeroBits(table), 3);   // reference.json, pooled_order0, whose training text has three characters more a book
    }

    // Bits per character of the test rows under the training rows' frequencies, 0.1 added to each.
    private static double OrderZeroBits(DataTable table)
    {
        double[] counts = [.. Enumerable.Repeat(0.1, 34)];
        for (int r = 0; r < table.All.Rows; r++)
            if (table.Roles[r] == RowRole.Train) counts[(int)table.All.Target(r)[0]]++;
        return Enumerable.Range(0, table.All.Rows).Where(r => table.Roles[r] == RowRole.Test).Average(r => -Math.Log2(counts[(int)table.All.Target(r)[0]] / counts.Sum()));
    }

    private static DataSchema Characters(string alphabet, int length, string? known = null) => Tables.Schema(
        "next",
        new ColumnSpec("text", ColumnKind.Letters) { Text = new TextEncoding(length, known ?? alphabet, LetterCode.Ids) },
        new ColumnSpec("next", ColumnKind.Category, MissingPolicy.Error, [.. alphabet.EnumerateRunes().Select(static rune => rune.ToString())])) with { Classes = alphabet.Length };
}
