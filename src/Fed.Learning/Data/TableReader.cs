using System.Globalization;

namespace Fed.Learning.Data;

/// <summary>Reads a CSV file as the declared schema says.</summary>
public static class TableReader
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="DataException">File, header, a cell or the schema is wrong; the message names file, row and column.</exception>
    public static DataTable Read(string path, DataSchema schema)
    {
        using CsvReader csv = CsvReader.Open(path);
        return Read(csv, path, schema);
    }

    /// <summary>Reads an open CSV.</summary>
    /// <param name="csv">Before its first row.</param>
    /// <param name="file">Name in messages.</param>
    /// <param name="schema">What the columns are.</param>
    /// <exception cref="DataException">As <see cref="Read(string, DataSchema)"/>.</exception>
    public static DataTable Read(CsvReader csv, string file, DataSchema schema)
    {
        ImmutableArray<ColumnSpec> columns = Resolve(csv.Header, file, schema);
        int target = csv.Header.IndexOf(schema.Target);
        int ending = schema.Event is null ? -1 : csv.Header.IndexOf(schema.Event);
        ColumnSpec? ended = ending < 0 ? null : columns[ending];
        if (ended is not null) columns = columns.SetItem(ending, ended with { Kind = ColumnKind.Ignore });   // no feature
        List<string> features = [];
        for (int c = 0; c < columns.Length; c++)
            if (c != target) features.AddRange(FeatureNames(columns[c]));
        if (features.Count == 0) throw new DataException($"{file} has no feature column beside the target '{schema.Target}'; declare at least one as numeric, integer or category.");

        List<double> values = [], targets = [];
        ImmutableArray<int>.Builder rows = ImmutableArray.CreateBuilder<int>();
        ImmutableArray<bool>.Builder isTest = ImmutableArray.CreateBuilder<bool>();
        SortedDictionary<string, ImmutableArray<string>.Builder> keys = new(StringComparer.Ordinal);
        foreach (ColumnSpec key in columns.Where(static c => c.Kind == ColumnKind.Key)) keys.Add(key.Name, ImmutableArray.CreateBuilder<string>());

        double[] row = new double[features.Count];
        while (csv.Read())
        {
            Cell cell = new(file, csv.Row);
            if (!TryFeatures(csv.Fields, columns, target, cell, row)) continue;
            if (Target(csv.Fields[target], columns[target], schema, cell) is not { } y) continue;
            values.AddRange(row);
            targets.Add(y);
            if (ended is not null) targets.Add(Event(csv.Fields[ending], ended, cell));
            rows.Add(csv.Row);
            isTest.Add(IsTest(csv, schema.Split, cell));
            foreach ((string name, ImmutableArray<string>.Builder column) in keys) column.Add(csv.Fields[csv.Header.IndexOf(name)]);
        }
        return new DataTable(file, [.. features], new Matrix(features.Count, [.. values], [.. targets], ended is null ? 1 : 2), rows.ToImmutable(), isTest.ToImmutable(),
            keys.ToImmutableSortedDictionary(static k => k.Key, static k => k.Value.ToImmutable(), StringComparer.Ordinal), csv.Row + 1);
    }

    // One spec for each column of the file, in file order.
    private static ImmutableArray<ColumnSpec> Resolve(ImmutableArray<string> header, string file, DataSchema schema)
    {
        string known = string.Join(", ", header);
        Dictionary<string, ColumnSpec> declared = new(StringComparer.Ordinal);
        foreach (ColumnSpec column in schema.Columns)
        {
            if (!declared.TryAdd(column.Name, column)) throw new DataException($"column '{column.Name}' is declared twice; declare it once.");
            if (!header.Contains(column.Name)) throw new DataException($"{file} has no column '{column.Name}'; its columns are {known}.");
            if (column.Kind == ColumnKind.Category && column.Categories.Distinct(StringComparer.Ordinal).Count() is var count && (count < 2 || count != column.Categories.Length))
                throw new DataException($"column '{column.Name}' needs at least two different categories in the order that all sites agree on.");
        }
        if (!header.Contains(schema.Target)) throw new DataException($"{file} has no target column '{schema.Target}'; its columns are {known}.");
        if (schema.Event is { } ended && (!header.Contains(ended) || ended == schema.Target))
            throw new DataException($"{file} has no event column '{ended}' beside the target; its columns are {known}.");
        if (schema.Split is SplitRule.ByColumn split && !header.Contains(split.Name)) throw new DataException($"{file} has no split column '{split.Name}'; its columns are {known}.");
        if (schema.Split is SplitRule.EveryNth nth && (nth.Every < 2 || nth.Offset < 0 || nth.Offset >= nth.Every))
            throw new DataException($"the split takes row i when i mod {nth.Every} is {nth.Offset}; every must be at least 2 and offset below it.");
        return [.. header.Select(name => Resolve(name, file, schema, declared))];
    }

    private static ColumnSpec Resolve(string name, string file, DataSchema schema, Dictionary<string, ColumnSpec> declared)
    {
        bool splits = schema.Split is SplitRule.ByColumn split && split.Name == name;
        if (declared.TryGetValue(name, out ColumnSpec? column))
            return column.Name == schema.Target && column.Kind is ColumnKind.Key or ColumnKind.Ignore
                ? throw new DataException($"the target column '{name}' is declared as {column.Kind}; declare it as numeric, integer or category.")
                : splits ? column with { Kind = ColumnKind.Ignore } : column;
        if (splits) return new ColumnSpec(name, ColumnKind.Ignore);
        if (name == schema.Target || name == schema.Event) return new ColumnSpec(name, ColumnKind.Numeric);
        return schema.DefaultKind is { } kind
            ? new ColumnSpec(name, kind, schema.DefaultMissing)
            : throw new DataException($"{file} has a column '{name}' that is not declared; declare it, or set a default type.");
    }

    private static IEnumerable<string> FeatureNames(ColumnSpec column) => column.Kind switch
    {
        ColumnKind.Numeric or ColumnKind.Integer => [column.Name],
        ColumnKind.Category => column.Categories.Skip(1).Select(category => $"{column.Name}={category}"),
        _ => [],
    };

    // Fills one row of features; false when its policy drops the row.
    private static bool TryFeatures(IReadOnlyList<string> fields, ImmutableArray<ColumnSpec> columns, int target, Cell cell, Span<double> row)
    {
        int feature = 0;
        for (int c = 0; c < columns.Length; c++)
        {
            ColumnSpec column = columns[c];
            if (c == target || column.Kind is ColumnKind.Key or ColumnKind.Ignore) continue;
            int width = column.Kind == ColumnKind.Category ? column.Categories.Length - 1 : 1;
            Span<double> part = row.Slice(feature, width);
            feature += width;
            if (fields[c].Length > 0)
            {
                double value = cell.Parse(fields[c], column);
                if (column.Kind != ColumnKind.Category) part[0] = value;
                else
                    for (int k = 0; k < width; k++) part[k] = k + 1 == value ? 1 : 0;
                continue;
            }
            switch (column.Missing)
            {
                case MissingPolicy.DropRow: return false;
                case MissingPolicy.Mean: part.Fill(double.NaN); break;
                case MissingPolicy.Zero: part.Clear(); break;
                default: throw cell.Wrong(column, "is empty; fill it, or give the column a missing-value policy (mean, zero or drop-row).");
            }
        }
        return true;
    }

    private static double? Target(string field, ColumnSpec column, DataSchema schema, Cell cell)
    {
        if (field.Length == 0)
            return column.Missing == MissingPolicy.DropRow ? null : throw cell.Wrong(column, "is empty, and it is the target; fill it, or set its missing-value policy to drop-row.");
        double value = cell.Parse(field, column);
        if (schema.Classes > 0 && (value < 0 || value >= schema.Classes || value != Math.Floor(value)))
            throw cell.Wrong(column, $"holds '{Cell.Show(field)}', but the model has the classes 0 to {schema.Classes - 1}; check the target column, or declare it as a category.");
        if (schema.Event is not null && value < 0) throw cell.Wrong(column, $"holds '{Cell.Show(field)}', but a survival time is at least 0.");
        return value;
    }

    private static double Event(string field, ColumnSpec column, Cell cell)
    {
        if (field.Length == 0) throw cell.Wrong(column, "is empty, and it says whether an event ended the row's time; fill it or remove the row.");
        double value = cell.Parse(field, column);
        return value is 0 or 1 ? value : throw cell.Wrong(column, $"holds '{Cell.Show(field)}', but an event is 1 (happened) or 0 (censored), or a category of two, censored first.");
    }

    private static bool IsTest(CsvReader csv, SplitRule split, Cell cell)
    {
        if (split is SplitRule.EveryNth nth) return csv.Row % nth.Every == nth.Offset;
        string name = ((SplitRule.ByColumn)split).Name;
        return csv.Fields[csv.Header.IndexOf(name)] switch
        {
            "test" => true,
            "train" => false,
            string other => throw cell.Wrong(new ColumnSpec(name, ColumnKind.Key), $"holds '{Cell.Show(other)}'; a split column says 'train' or 'test'."),
        };
    }

    private readonly record struct Cell(string File, int Row)
    {
        public double Parse(string field, ColumnSpec column)
        {
            if (column.Kind == ColumnKind.Category)
            {
                int index = column.Categories.IndexOf(field);
                return index >= 0 ? index : throw Wrong(column, $"holds '{Show(field)}', which is none of the agreed categories {string.Join(", ", column.Categories)}.");
            }
            if (!double.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
                throw Wrong(column, $"holds '{Show(field)}', which is not a number; correct it, or leave it empty with a missing-value policy.");
            if (!double.IsFinite(value)) throw Wrong(column, $"holds '{Show(field)}', which is not a finite number; correct it, or leave it empty with a missing-value policy.");
            if (column.Kind == ColumnKind.Integer && value != Math.Floor(value)) throw Wrong(column, $"holds '{Show(field)}', which is not a whole number.");
            return value;
        }

        public DataException Wrong(ColumnSpec column, string what) => new($"{File}, row {Row}, column '{column.Name}' {what}");

        public static string Show(string field) => field.Length <= 24 ? field : field[..24] + "...";
    }
}
