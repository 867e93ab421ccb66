namespace Fed.Host.Presentation;

/// <summary>A grid of characters that lines are drawn on. Coordinates run from 0 to 1, y upwards.</summary>
internal abstract class PlotCanvas(int columns, int rows)
{
    /// <summary>Character columns.</summary>
    public int Columns { get; } = columns;

    /// <summary>Character rows.</summary>
    public int Rows { get; } = rows;

    /// <summary>Dots per character, across and down.</summary>
    protected abstract (int Across, int Down) Dots { get; }

    /// <summary>The character row that a height falls into, 0 at the top.</summary>
    public int RowOf(double y) => DotRow(y) / Dots.Down;

    /// <summary>Draws a straight line, both ends included.</summary>
    public void Segment((double X, double Y) from, (double X, double Y) to)
    {
        (int x0, int y0, int x1, int y1) = (DotColumn(from.X), DotRow(from.Y), DotColumn(to.X), DotRow(to.Y));
        int steps = Math.Max(1, Math.Max(Math.Abs(x1 - x0), Math.Abs(y1 - y0)));
        for (int step = 0; step <= steps; step++)
            Set(x0 + Divide((x1 - x0) * step, steps), y0 + Divide((y1 - y0) * step, steps), isReference: false);
    }

    /// <summary>Draws a dashed horizontal line to compare with.</summary>
    public void Level(double y)
    {
        int row = DotRow(y);
        for (int x = 0; x < Columns * Dots.Across; x++)
            if (x % (3 * Dots.Across) < 2 * Dots.Across) Set(x, row, isReference: true);
    }

    /// <summary>A row's characters, as wide as the canvas.</summary>
    public abstract string Line(int row);

    /// <summary>Sets a dot, counted from the upper left.</summary>
    protected abstract void Set(int x, int y, bool isReference);

    private static int Divide(int numerator, int denominator) => (int)Math.Round(numerator / (double)denominator, MidpointRounding.AwayFromZero);

    private int DotColumn(double x) => (int)Math.Round(Math.Clamp(x, 0, 1) * ((Columns * Dots.Across) - 1));

    private int DotRow(double y) => (int)Math.Round((1 - Math.Clamp(y, 0, 1)) * ((Rows * Dots.Down) - 1));
}

/// <summary>Two by four dots in each character (U+2800 to U+28FF).</summary>
internal sealed class BrailleCanvas(int columns, int rows) : PlotCanvas(columns, rows)
{
    private const char Empty = '\u2800';

    private readonly byte[] _cells = new byte[columns * rows];

    /// <inheritdoc/>
    protected override (int Across, int Down) Dots => (2, 4);

    /// <inheritdoc/>
    public override string Line(int row) =>
        string.Create(Columns, (_cells, start: row * Columns), static (line, state) =>
        {
            for (int i = 0; i < line.Length; i++) line[i] = state._cells[state.start + i] is var dots && dots == 0 ? ' ' : (char)(Empty + dots);
        });

    /// <inheritdoc/>
    protected override void Set(int x, int y, bool isReference)
    {
        ReadOnlySpan<byte> bits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];   // by (y, x); the last row came to Unicode later, hence the order
        _cells[((y / 4) * Columns) + (x / 2)] |= bits[((y % 4) * 2) + (x % 2)];
    }
}

/// <summary>One dot in each character: <c>*</c> for the curve, <c>-</c> for the line to compare with.</summary>
internal sealed class AsciiCanvas : PlotCanvas
{
    private readonly char[] _cells;

    /// <summary>An empty canvas.</summary>
    public AsciiCanvas(int columns, int rows)
        : base(columns, rows)
    {
        _cells = new char[columns * rows];
        Array.Fill(_cells, ' ');
    }

    /// <inheritdoc/>
    protected override (int Across, int Down) Dots => (1, 1);

    /// <inheritdoc/>
    public override string Line(int row) => new(_cells, row * Columns, Columns);

    /// <inheritdoc/>
    protected override void Set(int x, int y, bool isReference) => _cells[(y * Columns) + x] = isReference ? '-' : '*';
}
