using Fed.Learning.Data.Columns;
using Fed.Learning.Data.Sources;

namespace Fed.Learning.Data;

/// <summary>Reads a source as the declared schema says.</summary>
public static class TableReader
{
    /// <summary>Reads a CSV file.</summary>
    /// <exception cref="DataException">File, header, a cell or the schema is wrong; the message names file, row and column.</exception>
    public static DataTable Read(string path, DataSchema schema) => Read(new CsvSource(path), schema);

    /// <summary>Reads a source.</summary>
    /// <exception cref="DataException">As <see cref="Read(string, DataSchema)"/>.</exception>
    public static DataTable Read(DataSource source, DataSchema schema)
    {
        using IRowReader rows = source.Open(schema);
        return Read(rows, schema);
    }

    /// <summary>Reads open rows.</summary>
    /// <param name="rows">Before the first.</param>
    /// <param name="schema">What the columns are.</param>
    /// <exception cref="DataException">As <see cref="Read(string, DataSchema)"/>.</exception>
    public static DataTable Read(IRowReader rows, DataSchema schema)
    {
        ImmutableArray<ColumnSpec> columns = ColumnResolver.Resolve(rows.Header, rows.Name, schema);
        RowParser parser = new(columns, schema, rows.Name);
        RowStore values = new(parser.Features.Length), targets = new(parser.TargetColumns);
        ImmutableArray<int>.Builder kept = ImmutableArray.CreateBuilder<int>();
        ImmutableArray<RowRole>.Builder roles = ImmutableArray.CreateBuilder<RowRole>();
        while (rows.Read())
        {
            if (!parser.TryRead(rows, values.Next(), targets.Next())) continue;
            values.Keep();
            targets.Keep();
            kept.Add(rows.Row);
            roles.Add(parser.Role(rows));
            parser.KeepKeys(rows);
        }
        return new DataTable(
            rows.Name, parser.Features, new Matrix(parser.Features.Length, values.ToArray(), targets.ToArray(), parser.TargetColumns), kept.ToImmutable(), roles.ToImmutable(), parser.Keys(), rows.Row + 1)
        {
            Schema = parser.Schema,
            IsQuantity = parser.IsQuantity,
        };
    }
}
