namespace Fed.Learning.Data;

/// <summary>Rows of named cells, one after another, however they are stored: what every source gives and <see cref="TableReader"/> turns into numbers.</summary>
/// <remarks>Cells are valid until the next <see cref="Read"/>. Not thread-safe.</remarks>
public interface IRowReader : IDisposable
{
    /// <summary>What messages call the source.</summary>
    string Name { get; }

    /// <summary>The column names, each once.</summary>
    ImmutableArray<string> Header { get; }

    /// <summary>Index of the current row, from 0; -1 before the first.</summary>
    int Row { get; }

    /// <summary>Moves to the next row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="DataException">The source is damaged.</exception>
    bool Read();

    /// <summary>True when the cell is empty.</summary>
    bool IsMissing(int column);

    /// <summary>The cell as a number, possibly not a finite one.</summary>
    /// <returns>False when it is none.</returns>
    bool TryNumber(int column, out double value);

    /// <summary>The cell as UTF-8 text.</summary>
    ReadOnlySpan<byte> Text(int column);
}
