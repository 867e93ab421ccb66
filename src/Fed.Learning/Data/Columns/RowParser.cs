namespace Fed.Learning.Data.Columns;

/// <summary>One row of cells to features, target, role and keys. Everything that does not depend on the row is found out once.</summary>
internal sealed class RowParser
{
    private readonly (CellReader Reader, int Index, int From, int Width)[] _features;
    private readonly (string Name, int Index, bool DropsRow, TextIndex Texts, ImmutableArray<string>.Builder Cells)[] _keys;
    private readonly DataSchema _schema;
    private readonly CellReader _target;
    private readonly CellReader? _event;
    private readonly int _targetIndex, _eventIndex, _splitIndex;

    public RowParser(ImmutableArray<ColumnSpec> columns, DataSchema schema, string file)
    {
        _schema = schema;
        _targetIndex = IndexOf(columns, schema.Target);
        _eventIndex = IndexOf(columns, schema.Event);
        _splitIndex = IndexOf(columns, schema.Split.Column);
        _target = CellReader.Of(columns[_targetIndex]);
        if (_target is LettersReader or WordsReader) throw new DataException($"the target column '{schema.Target}' is text; declare it as numeric, integer or category.");
        _event = _eventIndex < 0 ? null : CellReader.Of(columns[_eventIndex] is { IsFeature: true } cells ? cells : columns[_eventIndex] with { Kind = ColumnKind.Numeric });
        List<(CellReader, int, int, int)> features = [];
        List<string> names = [];
        List<bool> quantities = [];
        for (int c = 0; c < columns.Length; c++)
        {
            if (c == _targetIndex || c == _eventIndex || !columns[c].IsFeature) continue;
            CellReader reader = CellReader.Of(columns[c]);
            int from = names.Count;
            names.AddRange(reader.Features);
            features.Add((reader, c, from, names.Count - from));
            quantities.AddRange(Enumerable.Repeat(reader is NumberReader, names.Count - from));
        }
        if (features.Count == 0) throw new DataException($"{file} has no feature column beside the target '{schema.Target}'; declare at least one as numeric, integer or category.");
        _features = [.. features];
        _keys =
        [
            .. Enumerable.Range(0, columns.Length).Where(c => columns[c].Kind == ColumnKind.Key)
                .Select(c => (columns[c].Name, c, columns[c].Missing == MissingPolicy.DropRow, new TextIndex([]), ImmutableArray.CreateBuilder<string>())),
        ];
        Features = [.. names];
        IsQuantity = [.. quantities];
        Schema = FeatureSchema.Of(features.Select(static f => f.Item1.Column), columns[_targetIndex], _event?.Column);
    }

    /// <summary>Names of the features.</summary>
    public ImmutableArray<string> Features { get; }

    /// <summary>For each feature whether it is a number of its own.</summary>
    public ImmutableArray<bool> IsQuantity { get; }

    /// <summary>What the columns mean.</summary>
    public FeatureSchema Schema { get; }

    /// <summary>1, or 2 for survival.</summary>
    public int TargetColumns => _event is null ? 1 : 2;

    /// <summary>Fills features and targets; false when a policy drops the row.</summary>
    public bool TryRead(IRowReader rows, Span<double> features, Span<double> targets)
    {
        foreach ((_, int index, bool drops, _, _) in _keys)
            if (drops && rows.IsMissing(index)) return false;
        foreach ((CellReader reader, int index, int from, int width) in _features)
        {
            Span<double> part = features.Slice(from, width);
            if (!rows.IsMissing(index) && reader.TryRead(rows, index, part)) continue;
            switch (reader.Column.Missing)
            {
                case MissingPolicy.DropRow: return false;
                case MissingPolicy.Mean: part.Fill(double.NaN); break;
                case MissingPolicy.Zero: part.Clear(); break;
                default: throw Wrong(rows, reader.Column, "is empty; fill it, or give the column a missing-value policy (mean, zero or drop-row).");
            }
        }
        return TryTarget(rows, targets);
    }

    /// <summary>What the row is for.</summary>
    public RowRole Role(IRowReader rows)
    {
        RowRole role = _schema.Split is SplitRule.EveryNth nth ? (rows.Row % nth.Every == nth.Offset ? RowRole.Test : RowRole.Train) : RoleByCell(rows);
        return role == RowRole.Train && _schema.Split.ValidationEvery is { } every && rows.Row % every == 0 ? RowRole.Validation : role;
    }

    private RowRole RoleByCell(IRowReader rows)
    {
        ReadOnlySpan<byte> cell = rows.Text(_splitIndex);
        ColumnSpec column = new(_schema.Split.Column!, ColumnKind.Key);
        if (_schema.Split is SplitRule.ByKey key)
            return cell.Length > 0 ? key.RoleOf(cell) : throw Wrong(rows, column, "is empty, but it decides whether the row is for testing; fill it, or set its missing-value policy to drop-row.");
        return cell.SequenceEqual("train"u8) ? RowRole.Train : cell.SequenceEqual("test"u8) ? RowRole.Test : cell.SequenceEqual("validation"u8) ? RowRole.Validation
            : throw Wrong(rows, column, $"holds '{Place.Show(cell)}'; a split column says 'train', 'validation' or 'test'.");
    }

    /// <summary>Notes the row's keys.</summary>
    public void KeepKeys(IRowReader rows)
    {
        foreach ((_, int index, _, TextIndex texts, ImmutableArray<string>.Builder cells) in _keys) cells.Add(texts.Shared(rows.Text(index)));
    }

    /// <summary>The keys that were noted, by column.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Keys() => _keys.ToImmutableSortedDictionary(static k => k.Name, static k => k.Cells.ToImmutable(), StringComparer.Ordinal);

    private bool TryTarget(IRowReader rows, Span<double> targets)
    {
        ColumnSpec column = _target.Column;
        double value = 0;
        bool isThere = !rows.IsMissing(_targetIndex) && (_target is CategoryReader categories ? Category(categories, rows, _targetIndex, out value) : ((NumberReader)_target).TryRead(rows, _targetIndex, out value));
        if (!isThere)
            return column.Missing == MissingPolicy.DropRow ? false : throw Wrong(rows, column, "is empty, and it is the target; fill it, or set its missing-value policy to drop-row.");
        if (_schema.Classes > 0 && (value < 0 || value >= _schema.Classes || value != Math.Floor(value)))
            throw Wrong(rows, column, $"holds '{Place.Show(rows.Text(_targetIndex))}', but the model has the classes 0 to {_schema.Classes - 1}; check the target column, or declare it as a category.");
        if (_event is not null && value < 0) throw Wrong(rows, column, $"holds '{Place.Show(rows.Text(_targetIndex))}', but a survival time is at least 0.");
        targets[0] = value;
        if (_event is not null) targets[1] = Event(rows);
        return true;
    }

    private double Event(IRowReader rows)
    {
        double value = 0;
        bool isThere = !rows.IsMissing(_eventIndex) && (_event is CategoryReader categories ? Category(categories, rows, _eventIndex, out value) : ((NumberReader)_event!).TryRead(rows, _eventIndex, out value));
        if (!isThere) throw Wrong(rows, _event!.Column, "is empty, and it says whether an event ended the row's time; fill it or remove the row.");
        return value is 0 or 1 ? value : throw Wrong(rows, _event!.Column, $"holds '{Place.Show(rows.Text(_eventIndex))}', but an event is 1 (happened) or 0 (censored), or a category of two, censored first.");
    }

    private static bool Category(CategoryReader reader, IRowReader rows, int index, out double value)
    {
        value = reader.Read(rows, index);
        return true;
    }

    private static DataException Wrong(IRowReader rows, ColumnSpec column, string what) => new Place(rows.Name, rows.Row).Wrong(column, what);

    private static int IndexOf(ImmutableArray<ColumnSpec> columns, string? name)
    {
        for (int c = 0; c < columns.Length; c++)
            if (columns[c].Name == name) return c;
        return -1;
    }
}
