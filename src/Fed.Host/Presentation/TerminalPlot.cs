using System.Collections.Immutable;
using System.Text;

namespace Fed.Host.Presentation;

/// <summary>Draws one quantity over the rounds with characters: braille where the output knows Unicode, else ASCII.</summary>
internal sealed record TerminalPlot
{
    private const int RowsMin = 3;
    private const int ColumnsMin = 8;

    /// <summary>Title over the vertical axis, with the unit.</summary>
    public required string Title { get; init; }

    /// <summary>What the horizontal axis counts.</summary>
    public string HorizontalTitle { get; init; } = "round";

    /// <summary>Round numbers and values, ascending; values that are not finite leave a gap.</summary>
    public required ImmutableArray<(int Round, double Value)> Points { get; init; }

    /// <summary>A horizontal line to compare with, or null.</summary>
    public double? Reference { get; init; }

    /// <summary>What the horizontal line is.</summary>
    public string ReferenceName { get; init; } = "";

    /// <summary>The plot as lines of text without escape codes.</summary>
    /// <param name="columns">Characters at most in a line; below 20 the plot is given 20.</param>
    /// <param name="rows">Character rows of the drawing itself.</param>
    /// <param name="hasUnicode">Braille, or ASCII.</param>
    public ImmutableArray<string> Draw(int columns, int rows, bool hasUnicode)
    {
        double[] reference = Reference is { } level ? [level] : [];
        rows = Math.Max(RowsMin, rows);
        Axis? axis = Points.Any(point => double.IsFinite(point.Value)) ? Axis.Over([.. Points.Select(point => point.Value), .. reference], ticks: Math.Max(2, rows / 3)) : null;
        if (axis is null) return [$"{Title}: nothing to plot"];

        int labelWidth = axis.Ticks.Max(tick => axis.Label(tick).Length);
        int width = Math.Max(ColumnsMin, Math.Max(20, columns) - labelWidth - 3);
        PlotCanvas canvas = hasUnicode ? new BrailleCanvas(width, rows) : new AsciiCanvas(width, rows);
        if (Reference is { } line) canvas.Level(axis.Place(line));
        Trace(canvas, axis);
        return [Heading(hasUnicode), .. Body(canvas, axis, labelWidth, hasUnicode), .. Bottom(labelWidth, width, hasUnicode)];
    }

    private (int First, int Last) Span => (Points[0].Round, Points[^1].Round);

    /// <summary>Where a round lies, 0 to 1; a single round stands in the middle.</summary>
    private double Place(int round) => Span is var (first, last) && first == last ? 0.5 : (round - first) / (double)(last - first);

    private void Trace(PlotCanvas canvas, Axis axis)
    {
        (double X, double Y)? previous = null;
        foreach ((int round, double value) in Points)
        {
            if (!double.IsFinite(value))
            {
                previous = null;
                continue;
            }

            (double X, double Y) point = (Place(round), axis.Place(value));
            canvas.Segment(previous ?? point, point);
            previous = point;
        }
    }

    private string Heading(bool hasUnicode) =>
        Reference is null ? Title : $"{Title}   ({(hasUnicode ? "┄" : "-")} {ReferenceName} {Figures.Loss(Reference)})";

    private static IEnumerable<string> Body(PlotCanvas canvas, Axis axis, int labelWidth, bool hasUnicode)
    {
        var labels = new Dictionary<int, string>();
        foreach (double tick in axis.Ticks) labels[canvas.RowOf(axis.Place(tick))] = axis.Label(tick);
        for (int row = 0; row < canvas.Rows; row++)
        {
            bool hasLabel = labels.TryGetValue(row, out string? label);
            string edge = (hasLabel, hasUnicode) switch { (true, true) => "┤", (false, true) => "│", (true, false) => "+", (false, false) => "|" };
            yield return $"{(label ?? "").PadLeft(labelWidth)} {edge}{canvas.Line(row)}".TrimEnd();
        }
    }

    private IEnumerable<string> Bottom(int labelWidth, int width, bool hasUnicode)
    {
        (int first, int last) = Span;
        var edge = new StringBuilder(new string(hasUnicode ? '─' : '-', width));
        var labels = new StringBuilder(new string(' ', width + 8));
        int free = 0;   // the next column that no label occupies
        foreach (int tick in Axis.Rounds(first, last, count: Math.Max(1, width / 12)))
        {
            int column = (int)Math.Round(Place(tick) * (width - 1));
            edge[column] = hasUnicode ? '┬' : '+';
            string text = tick.ToString();
            int start = Math.Clamp(column - (text.Length / 2), 0, labels.Length - text.Length);
            if (start < free) continue;
            for (int i = 0; i < text.Length; i++) labels[start + i] = text[i];
            free = start + text.Length + 1;
        }

        string indent = new(' ', labelWidth + 1);
        yield return indent + (hasUnicode ? "└" : "+") + edge;
        yield return $"{indent} {labels}".TrimEnd();
        yield return indent + " " + HorizontalTitle.PadLeft((width + HorizontalTitle.Length) / 2);
    }
}
