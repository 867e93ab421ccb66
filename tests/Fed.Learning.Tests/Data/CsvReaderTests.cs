using System.Text;
using Fed.Learning.Data;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Data;

public sealed class CsvReaderTests
{
    [Fact]
    public void Quotes_line_breaks_and_both_line_ends_follow_rfc_4180()
    {
        using CsvReader csv = new(new MemoryStream(Encoding.UTF8.GetBytes("a,\"b \"\"c\"\"\",d\r\n1,\"x,\r\ny\",\n\"\",2,3\r\n\n4,5,6")), "t.csv");
        Assert.Equal(["a", "b \"c\"", "d"], csv.Header);
        Assert.True(csv.Read());
        Assert.Equal(["1", "x,\r\ny", ""], csv.Fields);
        Assert.True(csv.Read());
        Assert.Equal(["", "2", "3"], csv.Fields);
        Assert.True(csv.Read());
        Assert.Equal((2, "4"), (csv.Row, csv.Fields[0]));
        Assert.False(csv.Read());
    }

    [Theory]
    [InlineData("", "t.csv is empty; it needs a header line with the column names.")]
    [InlineData("a,,c\n", "t.csv, header: column name '' is empty or doubled; give every column its own name.")]
    [InlineData("a,b,a\n", "t.csv, header: column name 'a' is empty or doubled; give every column its own name.")]
    [InlineData("a,b\n1,2\n3\n", "t.csv, row 1: 1 fields where the header has 2; check commas and quotes in line 3.")]
    [InlineData("a,b\n1,\"2\n", "t.csv, line 3, field 2 has a quoted field without its closing quote; quote a field as \"...\" and double a quote inside it.")]
    [InlineData("a,b\n1,2\"3\n", "t.csv, line 2, field 2 has a quote in the middle of a field; quote a field as \"...\" and double a quote inside it.")]
    [InlineData("a,b\n\"1\"2,3\n", "t.csv, line 2, field 1 has a quote in the middle of a field; quote a field as \"...\" and double a quote inside it.")]
    public void Broken_text_is_refused_by_place(string text, string expected) => Assert.Equal(expected, Assert.Throws<DataException>(() => ReadAll(text)).Message);

    [Fact]
    public void Missing_file_is_named() =>
        Assert.Equal("data file nowhere/x.csv does not exist; check the path, which is relative to the configuration file.",
            Assert.Throws<DataException>(static () => CsvReader.Open("nowhere/x.csv")).Message);

    [Fact]
    public void Any_fields_come_back_when_quoted() => Prop.ForAll<NonEmptyArray<NonNull<string>>>(static fields =>
    {
        string[] kept = [.. fields.Get.Select(static f => f.Get)];
        string header = string.Join(',', kept.Select(static (_, i) => $"c{i}")), row = string.Join(',', kept.Select(static f => $"\"{f.Replace("\"", "\"\"", StringComparison.Ordinal)}\""));
        using CsvReader csv = new(new MemoryStream(Encoding.UTF8.GetBytes(header + "\n" + row + "\r\n")), "t.csv");
        return csv.Read() && csv.Fields.SequenceEqual(kept) && !csv.Read();
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_text_is_read_or_refused_as_data() => Prop.ForAll<NonNull<string>>(static text =>
    {
        try
        {
            ReadAll(text.Get.Replace('x', ',').Replace('y', '"').Replace('z', '\n'));
            return true;
        }
        catch (DataException e)
        {
            return e.Message.StartsWith("t.csv", StringComparison.Ordinal);
        }
    }).QuickCheckThrowOnFailure();

    private static void ReadAll(string text)
    {
        using CsvReader csv = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.csv");
        while (csv.Read()) Assert.Equal(csv.Header.Length, csv.Fields.Count);
    }
}
