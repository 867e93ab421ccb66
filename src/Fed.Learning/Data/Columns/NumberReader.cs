using System.Globalization;

namespace Fed.Learning.Data.Columns;

/// <summary>Numbers, within the range of their column.</summary>
internal sealed class NumberReader(ColumnSpec column) : CellReader(column)
{
    private readonly double _min = column.Min ?? double.NegativeInfinity, _max = column.Max ?? double.PositiveInfinity;
    private readonly bool _isInteger = column.Kind == ColumnKind.Integer;

    public override IEnumerable<string> Features => [Column.Name];

    public override bool TryRead(IRowReader rows, int index, Span<double> part) => TryRead(rows, index, out part[0]);

    /// <summary>Reads a cell that is not empty.</summary>
    /// <returns>False when it is out of range and counts as empty.</returns>
    public bool TryRead(IRowReader rows, int index, out double value)
    {
        if (!rows.TryNumber(index, out value)) throw Wrong(rows, index, "which is not a number; correct it, or leave it empty with a missing-value policy.");
        if (!double.IsFinite(value)) throw Wrong(rows, index, "which is not a finite number; correct it, or leave it empty with a missing-value policy.");
        if (_isInteger && value != Math.Floor(value)) throw Wrong(rows, index, "which is not a whole number.");
        if (value >= _min && value <= _max) return true;
        if (Column.OutOfRange == OutOfRangePolicy.Missing) return false;
        string unit = Column.Unit is null ? "" : " " + Column.Unit;
        throw Wrong(rows, index, value < _min
            ? $"which is below the agreed minimum of {Shown(_min)}{unit}; correct it, or set the column's out-of-range = missing."
            : $"which is above the agreed maximum of {Shown(_max)}{unit}; correct it, or set the column's out-of-range = missing.");
    }

    private DataException Wrong(IRowReader rows, int index, string what) => new Place(rows.Name, rows.Row).Wrong(Column, $"holds '{Place.Show(rows.Text(index))}', {what}");

    private static string Shown(double bound) => bound.ToString(CultureInfo.InvariantCulture);
}
