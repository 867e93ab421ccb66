using System.Globalization;

namespace Fed.Learning.Data.Arrays;

/// <summary>Arrays with one row per example as rows: <c>x0, x1, ...</c>, then the labels under the target's name, then <c>set</c> with train or test where there are two parts.</summary>
internal sealed class ArrayRows : IRowReader
{
    private const int ColumnsMax = 1 << 24;
    private readonly (NumericArray Features, NumericArray? Targets)[] _parts;
    private readonly byte[] _shown = new byte[32];
    private readonly int _columns;
    private int _part, _at = -1;

    /// <summary>Binds the parts: all rows, or training rows and test rows.</summary>
    /// <exception cref="DataException">Lengths do not agree, or the target's name is none.</exception>
    public ArrayRows(string name, string target, bool showsSet, params (NumericArray Features, NumericArray? Targets)[] parts)
    {
        Name = name;
        _parts = parts;
        _columns = parts[0].Features.Columns;
        foreach ((NumericArray features, NumericArray? targets) in parts)
        {
            if (features.Columns != _columns) throw new DataException($"{features.File} has rows of {features.Columns} numbers, but {parts[0].Features.File} of {_columns}; both parts need the same.");
            if (targets is null) continue;
            if (targets.Columns != 1) throw new DataException($"{targets.File} has the shape {targets.ShapeText}; labels are one number a row.");
            if (targets.Rows != features.Rows) throw new DataException($"{targets.File} has {targets.Rows} labels, but {features.File} has {features.Rows} rows; each row needs one.");
        }
        if (_columns == 0) throw new DataException($"{parts[0].Features.File} has rows without numbers: its shape is {parts[0].Features.ShapeText}.");
        if (parts[0].Features.Rows == 0) throw new DataException($"{parts[0].Features.File} has no rows: its shape is {parts[0].Features.ShapeText}; a federation needs data.");
        if (_columns > ColumnsMax) throw new DataException($"{parts[0].Features.File} has rows of {_columns} numbers; at most {ColumnsMax} are read. The first axis counts rows.");
        ImmutableArray<string>.Builder header = ImmutableArray.CreateBuilder<string>();
        for (int c = 0; c < _columns; c++) header.Add($"x{c}");
        if (parts[0].Targets is not null) header.Add(target);
        if (showsSet) header.Add(SetColumn);
        if (header.Distinct(StringComparer.Ordinal).Count() != header.Count) throw new DataException($"the labels of {name} cannot be called '{target}', which is the name of another column; give job.data.target another name.");
        Header = header.ToImmutable();
    }

    /// <summary>Name of the column that says whether a row came from the training files or the test files.</summary>
    public const string SetColumn = "set";

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ImmutableArray<string> Header { get; }

    /// <inheritdoc/>
    public int Row { get; private set; } = -1;

    /// <inheritdoc/>
    public bool Read()
    {
        while (++_at >= _parts[_part].Features.Rows)
        {
            if (_part + 1 == _parts.Length) return false;
            _part++;
            _at = -1;
        }
        Row++;
        return true;
    }

    /// <inheritdoc/>
    public bool IsMissing(int column) => TryNumber(column, out double value) && double.IsNaN(value);

    /// <inheritdoc/>
    public bool TryNumber(int column, out double value)
    {
        (NumericArray features, NumericArray? targets) = _parts[_part];
        value = column < _columns ? features[_at, column] : 0;
        if (column < _columns) return true;
        if (column > _columns || targets is null) return false;
        value = targets[_at, 0];
        return true;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Text(int column)
    {
        if (!TryNumber(column, out double value)) return _part == 0 ? "train"u8 : "test"u8;
        value.TryFormat(_shown, out int length, provider: CultureInfo.InvariantCulture);
        return _shown.AsSpan(0, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
