namespace Fed.Learning.Data.Columns;

/// <summary>One of the agreed categories: one-hot without the first, which is the reference level.</summary>
internal sealed class CategoryReader(ColumnSpec column) : CellReader(column)
{
    private readonly TextIndex _index = new(column.Categories);

    public override IEnumerable<string> Features => Column.Categories.Skip(1).Select(category => $"{Column.Name}={category}");

    /// <summary>The category's place in the agreed order.</summary>
    public int Read(IRowReader rows, int index)
    {
        ReadOnlySpan<byte> cell = rows.Text(index);
        int category = _index.Find(cell);
        return category >= 0 ? category : throw new Place(rows.Name, rows.Row).Wrong(Column, $"holds '{Place.Show(cell)}', which is none of the agreed categories {string.Join(", ", Column.Categories)}.");
    }

    public override bool TryRead(IRowReader rows, int index, Span<double> part)
    {
        int category = Read(rows, index);
        part.Clear();
        if (category > 0) part[category - 1] = 1;
        return true;
    }
}
