using System.Text;
using Fed.Learning.Data;
using Fed.Learning.Data.Sources;

namespace Fed.Learning.Tests.Data.Support;

/// <summary>Short ways to tables and to what they are refused for.</summary>
internal static class Tables
{
    public static readonly SplitRule NoTest = new SplitRule.EveryNth(1_000_000, 999_999);

    public static DataSchema Schema(string target, params ColumnSpec[] columns) => new([.. columns], target, NoTest);

    public static DataTable Csv(string text, DataSchema schema)
    {
        using CsvReader csv = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.csv");
        return TableReader.Read(csv, schema);
    }

    public static string Refused(Func<DataTable> read) => Assert.Throws<DataException>(() => read()).Message;

    public static string Refused(DataSource source, DataSchema schema) => Refused(() => TableReader.Read(source, schema));
}
