using System.Text;

namespace Fed.Learning.Data;

/// <summary>Divides a table among the sites of a simulated federation.</summary>
public static class Partitioner
{
    /// <summary>The sites in ordinal order of their names; a site whose rows are all for testing, or that got none, is in the list with no training rows.</summary>
    /// <param name="table">The table.</param>
    /// <param name="source">Which site a row belongs to.</param>
    /// <param name="classes">Number of classes, 0 for regression; a Dirichlet division needs it.</param>
    /// <param name="names">Names in the order of the partition's values (numbers by size, others ordinally); empty derives <c>site-0</c>, <c>district-07</c> and the like.</param>
    /// <exception cref="DataException">The partition does not suit the table.</exception>
    public static ImmutableArray<SiteData> Divide(DataTable table, PartitionSource source, int classes = 0, ImmutableArray<string> names = default)
    {
        (string[] siteOfRow, string prefix, IEnumerable<string> expected) = source switch
        {
            PartitionSource.FromFile file => (FromFile(table, file), "site", (IEnumerable<string>)[]),
            PartitionSource.FromColumn column => (FromColumn(table, column.Name), column.Name, []),
            PartitionSource.Iid iid => (RandomPartition.Iid(table.All.Rows, Sites(iid.Sites), iid.Seed), "site", Enumerable.Range(0, iid.Sites).Select(static s => $"{s}")),
            PartitionSource.Quantity { Alpha: > 0 } q => (RandomPartition.Quantity(table.All.Rows, Sites(q.Sites), q.Alpha, q.Seed), "site", Enumerable.Range(0, q.Sites).Select(static s => $"{s}")),
            PartitionSource.Dirichlet { Alpha: > 0 } d => (RandomPartition.Dirichlet([.. Enumerable.Range(0, table.All.Rows).Select(r => table.All.Target(r)[0])], classes, Sites(d.Sites), d.Alpha, d.Seed), "site", Enumerable.Range(0, d.Sites).Select(static s => $"{s}")),
            _ => throw new DataException("the Dirichlet concentration alpha must be above 0."),
        };
        string[] values = Ordered(siteOfRow.Concat(expected));
        if (values.Length == 0) throw new DataException($"{table.File} has no rows; a federation needs data.");
        if (!names.IsDefaultOrEmpty && names.Length != values.Length)
            throw new DataException($"{names.Length} site names are given, but the partition has {values.Length} sites ({string.Join(", ", values)}); name all of them, in this order, or none.");
        if (!names.IsDefaultOrEmpty && names.Distinct(StringComparer.Ordinal).Count() != names.Length) throw new DataException("two sites have the same name; give each its own.");
        int digits = values.Max(static value => value.Length);
        return
        [
            .. values
                .Select((value, index) => Site(table, siteOfRow, value, names.IsDefaultOrEmpty ? Name(prefix, value, digits) : names[index]))
                .OrderBy(static site => site.Site, StringComparer.Ordinal),
        ];
    }

    // Numbers by size, then other values ordinally.
    private static string[] Ordered(IEnumerable<string> values) =>
    [
        .. values.Distinct(StringComparer.Ordinal).OrderBy(static v => v.All(char.IsAsciiDigit) ? v.Length : int.MaxValue).ThenBy(static v => v, StringComparer.Ordinal),
    ];

    // Numbers are padded, so that ordinal order is the order of the numbers.
    private static string Name(string prefix, string value, int digits) => value.All(char.IsAsciiDigit) ? $"{prefix}-{value.PadLeft(digits, '0')}" : value;

    private static int Sites(int sites) => sites >= 2 ? sites : throw new DataException($"a federation of {sites} sites cannot be; use at least 2.");

    private static SiteData Site(DataTable table, string[] siteOfRow, string value, string name) =>
        new(name, table.Features, Rows(table, siteOfRow, value, RowRole.Train), Rows(table, siteOfRow, value, RowRole.Test))
        {
            Validation = Rows(table, siteOfRow, value, RowRole.Validation),
            Schema = table.Schema,
        };

    private static Matrix Rows(DataTable table, string[] siteOfRow, string value, RowRole role)
    {
        int[] rows = [.. Enumerable.Range(0, table.All.Rows).Where(r => table.Roles[r] == role && siteOfRow[r] == value)];
        return table.All.Select(rows);
    }

    private static string[] FromColumn(DataTable table, string column)
    {
        if (!table.Keys.TryGetValue(column, out ImmutableArray<string> keys))
            throw new DataException($"the partition column '{column}' is no key column of {table.File}; declare it with type = key.");
        for (int r = 0; r < keys.Length; r++)
            if (keys[r].Length == 0) throw new DataException($"{table.File}, row {table.Rows[r]}, column '{column}' is empty, but it says which site the row belongs to; fill it or remove the row.");
        return [.. keys];
    }

    private static string[] FromFile(DataTable table, PartitionSource.FromFile source)
    {
        using CsvReader csv = CsvReader.Open(source.Path);
        int column = csv.Header.IndexOf(source.Column);
        if (column < 0) throw new DataException($"{source.Path} has no column '{source.Column}'; its columns are {string.Join(", ", csv.Header)}.");
        int counter = csv.Header.IndexOf("row");
        List<string> siteOfFileRow = [];
        while (csv.Read())
        {
            if (counter >= 0 && Cell(csv, counter) is var counted && counted != $"{csv.Row}")
                throw new DataException($"{source.Path}, row {csv.Row}, column 'row' holds '{counted}'; the lines must follow the data's rows, counted from 0.");
            if (csv.IsMissing(column)) throw new DataException($"{source.Path}, row {csv.Row}, column '{source.Column}' is empty, but it says which site the row belongs to.");
            siteOfFileRow.Add(Cell(csv, column));
        }
        if (siteOfFileRow.Count == table.FileRows) return [.. table.Rows.Select(row => siteOfFileRow[row])];
        if (IsOfTrainingRows(table, siteOfFileRow.Count)) return OfTrainingRows(table, siteOfFileRow);
        throw new DataException($"{source.Path} has {siteOfFileRow.Count} rows, but {table.File} has {table.FileRows}; a partition file has one line per row of the data.");
    }

    // Sets such as MNIST come as training rows, then test rows, and their partitions speak of the training rows only.
    private static bool IsOfTrainingRows(DataTable table, int lines)
    {
        for (int r = 0; r < table.Rows.Length; r++)
            if (table.Rows[r] < lines != (table.Roles[r] != RowRole.Test)) return false;
        return lines < table.FileRows && lines > 0;
    }

    // Test rows are dealt out in turn, so that every site sees some.
    private static string[] OfTrainingRows(DataTable table, List<string> siteOfFileRow)
    {
        string[] sites = Ordered(siteOfFileRow);
        return [.. table.Rows.Select(row => row < siteOfFileRow.Count ? siteOfFileRow[row] : sites[(row - siteOfFileRow.Count) % sites.Length])];
    }

    private static string Cell(CsvReader csv, int column) => Encoding.UTF8.GetString(csv.Text(column));
}
