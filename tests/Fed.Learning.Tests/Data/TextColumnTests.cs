using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Tests.Data.Support;

namespace Fed.Learning.Tests.Data;

/// <summary>Letters and words as features.</summary>
public sealed class TextColumnTests
{
    [Theory]
    [InlineData(LetterCode.OneHot, "s[0]=A s[0]=C s[0]=G s[1]=A s[1]=C s[1]=G", new double[] { 0, 0, 1, 1, 0, 0 })]
    [InlineData(LetterCode.OneHotByLetter, "s[0]=A s[1]=A s[0]=C s[1]=C s[0]=G s[1]=G", new double[] { 0, 1, 0, 0, 1, 0 })]
    [InlineData(LetterCode.Ids, "s[0] s[1]", new double[] { 3, 1 })]
    public void Letters_are_laid_out_as_models_want_them(LetterCode code, string features, double[] expected)
    {
        DataTable table = Tables.Csv("s,y\nGA,0\n", Letters("ACG", 2, code));
        Assert.Equal(features, string.Join(' ', table.Features));
        Assert.Equal(expected, table.All.Values);
        Assert.All(table.IsQuantity, Assert.False);
    }

    [Fact]
    public void Letters_beyond_ascii_count_as_one_each() => Assert.Equal([2, 3, 1], Tables.Csv("s,y\né🙂a,0\n", Letters("aé🙂", 3, LetterCode.Ids)).All.Values);

    [Theory]
    [InlineData("GAA", "t.csv, row 0, column 's' has 3 letters where 2 are agreed.")]
    [InlineData("G", "t.csv, row 0, column 's' has 1 letters where 2 are agreed.")]
    [InlineData("GN", "t.csv, row 0, column 's' has 'N' at place 1, which is no letter of the agreed alphabet ACG.")]
    [InlineData("", "t.csv, row 0, column 's' is empty; fill it, or give the column a missing-value policy (mean, zero or drop-row).")]
    public void Text_of_other_letters_or_length_is_refused(string cell, string expected) => Assert.Equal(expected, Tables.Refused(() => Tables.Csv($"s,y\n{cell},0\n", Letters("ACG", 2, LetterCode.OneHot))));

    [Fact]
    public void Words_become_hashed_ids_and_padding()
    {
        double[] expected = new double[4];
        HashedWords.Encode("the cat, The", 1000, expected);
        DataTable table = Tables.Csv("note,y\n\"the cat, The\",0\n,1\n", Tables.Schema("y", new ColumnSpec("note", ColumnKind.Words, MissingPolicy.Zero) { Text = new TextEncoding(4, Buckets: 1000) }));
        Assert.Equal([.. expected, 0, 0, 0, 0], table.All.Values);
        Assert.Equal(expected[0], expected[2]);
    }

    [Fact]
    public void Text_is_no_target() =>
        Assert.Equal("the target column 'y' is text; declare it as numeric, integer or category.",
            Tables.Refused(static () => Tables.Csv("a,y\n1,AC\n", Tables.Schema("y", new ColumnSpec("y", ColumnKind.Letters) { Text = new TextEncoding(2, "AC") }))));

    private static DataSchema Letters(string alphabet, int length, LetterCode code) => Tables.Schema("y", new ColumnSpec("s", ColumnKind.Letters) { Text = new TextEncoding(length, alphabet, code) });
}
