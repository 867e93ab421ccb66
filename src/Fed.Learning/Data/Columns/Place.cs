using System.Text;

namespace Fed.Learning.Data.Columns;

/// <summary>Where a cell stands, for messages.</summary>
internal readonly record struct Place(string File, int Row)
{
    public DataException Wrong(ColumnSpec column, string what) => new($"{File}, row {Row}, column '{column.Name}' {what}");

    /// <summary>The beginning of a cell, without characters that a terminal would obey.</summary>
    public static string Show(ReadOnlySpan<byte> cell)
    {
        string text = string.Concat(Encoding.UTF8.GetString(cell).Select(static c => char.IsControl(c) ? '?' : c));
        return text.Length <= 24 ? text : text[..24] + "...";
    }
}
