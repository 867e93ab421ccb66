namespace Fed.Learning.Data.Columns;

/// <summary>Turns the cells of one column into numbers. Keeps scratch memory, so it serves one table at a time.</summary>
/// <param name="column">What the cells are.</param>
internal abstract class CellReader(ColumnSpec column)
{
    /// <summary>What the cells are.</summary>
    public ColumnSpec Column { get; } = column;

    /// <summary>Names of the features that the column becomes.</summary>
    public abstract IEnumerable<string> Features { get; }

    /// <summary>Reads a cell that is not empty.</summary>
    /// <param name="rows">At the row.</param>
    /// <param name="index">Of the column.</param>
    /// <param name="part">Receives as many numbers as there are features.</param>
    /// <returns>False when the cell counts as empty.</returns>
    /// <exception cref="DataException">The cell is wrong.</exception>
    public abstract bool TryRead(IRowReader rows, int index, Span<double> part);

    /// <summary>The reader of a column that becomes features.</summary>
    public static CellReader Of(ColumnSpec column) => column.Kind switch
    {
        ColumnKind.Category => new CategoryReader(column),
        ColumnKind.Letters => new LettersReader(column),
        ColumnKind.Words => new WordsReader(column),
        _ => new NumberReader(column),
    };
}
