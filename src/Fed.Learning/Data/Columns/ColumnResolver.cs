namespace Fed.Learning.Data.Columns;

/// <summary>Finds what each column of a source is.</summary>
internal static class ColumnResolver
{
    /// <summary>One spec for each column of the source, in its order, under the names of the schema.</summary>
    /// <exception cref="DataException">Schema and header do not suit each other.</exception>
    public static ImmutableArray<ColumnSpec> Resolve(ImmutableArray<string> header, string file, DataSchema schema)
    {
        Dictionary<string, ColumnSpec> declared = new(StringComparer.Ordinal);
        foreach (ColumnSpec column in schema.Columns)
        {
            if (!declared.TryAdd(column.Name, column)) throw new DataException($"column '{column.Name}' is declared twice; declare it once.");
            if (column.Kind == ColumnKind.Category && column.Categories.Distinct(StringComparer.Ordinal).Count() is var count && (count < 2 || count != column.Categories.Length))
                throw new DataException($"column '{column.Name}' needs at least two different categories in the order that all sites agree on.");
        }
        (string Name, string? Unit)[] columns = [.. header.Select(name => declared.ContainsKey(name) ? (name, null) : SplitUnit(name))];
        string[] names = [.. columns.Select(static c => c.Name)];
        if (names.Length != names.Distinct(StringComparer.Ordinal).Count()) throw new DataException($"{file}, header: two columns differ in their unit only; give every column its own name.");
        RequireColumns(names, file, schema);
        if (schema.Split.Check() is { } wrong) throw new DataException(wrong);
        foreach (string stated in schema.Units.Keys)
            if (!names.Contains(stated, StringComparer.Ordinal)) throw new DataException($"a unit is stated for column '{stated}', but {file} has no such column; its columns are {Known(names)}.");
        return
        [
            .. columns.Select(c =>
            {
                ColumnSpec column = Resolve(c.Name, file, schema, declared);
                RequireUnit(column, c.Unit, file);
                RequireUnit(column, schema.Units.GetValueOrDefault(c.Name), file);
                return column;
            }),
        ];
    }

    private static void RequireColumns(string[] names, string file, DataSchema schema)
    {
        foreach (ColumnSpec column in schema.Columns)
            if (column.IsPattern ? !names.Any(name => IsMatch(column, name)) : !names.Contains(column.Name, StringComparer.Ordinal))
                throw new DataException($"{file} has no column '{column.Name}'; its columns are {Known(names)}.");
        if (!names.Contains(schema.Target, StringComparer.Ordinal)) throw new DataException($"{file} has no target column '{schema.Target}'; its columns are {Known(names)}.");
        if (schema.Event is { } ended && (!names.Contains(ended, StringComparer.Ordinal) || ended == schema.Target))
            throw new DataException($"{file} has no event column '{ended}' beside the target; its columns are {Known(names)}.");
        if (schema.Split.Column is { } split && !names.Contains(split, StringComparer.Ordinal)) throw new DataException($"{file} has no split column '{split}'; its columns are {Known(names)}.");
    }

    private static ColumnSpec Resolve(string name, string file, DataSchema schema, Dictionary<string, ColumnSpec> declared)
    {
        bool splits = schema.Split is SplitRule.ByColumn split && split.Name == name;
        if (declared.TryGetValue(name, out ColumnSpec? column))
            return column.Name == schema.Target && column.Kind is ColumnKind.Key or ColumnKind.Ignore
                ? throw new DataException($"the target column '{name}' is declared as {column.Kind}; declare it as numeric, integer or category.")
                : splits ? column with { Kind = ColumnKind.Ignore } : column;
        if (splits) return new ColumnSpec(name, ColumnKind.Ignore);
        if (schema.Split is SplitRule.ByKey key && key.Name == name) return new ColumnSpec(name, ColumnKind.Key);
        if (name == schema.Target || name == schema.Event) return new ColumnSpec(name, ColumnKind.Numeric);
        if (schema.Columns.FirstOrDefault(pattern => pattern.IsPattern && IsMatch(pattern, name)) is { } several) return several with { Name = name };
        return schema.DefaultKind is { } kind
            ? new ColumnSpec(name, kind, schema.DefaultMissing)
            : throw new DataException($"{file} has a column '{name}' that is not declared; declare it, or set a default type.");
    }

    private static bool IsMatch(ColumnSpec pattern, string name) => name.StartsWith(pattern.Name.AsSpan(0, pattern.Name.Length - 1), StringComparison.Ordinal);

    // "age [years]" is the column age in years.
    private static (string Name, string? Unit) SplitUnit(string header)
    {
        int open = header.LastIndexOf('[');
        return open > 0 && header[^1] == ']' && header[..open].TrimEnd() is { Length: > 0 } name && header[(open + 1)..^1].Trim() is { Length: > 0 } unit ? (name, unit) : (header, null);
    }

    private static void RequireUnit(ColumnSpec column, string? stated, string file)
    {
        if (stated is not null && column.Unit is { } agreed && stated != agreed)
            throw new DataException($"{file}, column '{column.Name}' is in {stated}, but the agreed unit is {agreed}; convert the column.");
    }

    // An image has hundreds of columns.
    private static string Known(string[] names) => names.Length <= 40 ? string.Join(", ", names) : $"{string.Join(", ", names[..20])}, ... {names[^1]} ({names.Length} columns)";
}
