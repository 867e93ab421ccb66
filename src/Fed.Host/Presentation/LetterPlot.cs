using System.Collections.Immutable;

namespace Fed.Host.Presentation;

/// <summary>A curve of a plot of several.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Points">Round numbers and values, ascending; values that are not finite leave a gap.</param>
internal sealed record LetterCurve(string Name, ImmutableArray<(int Round, double Value)> Points);

/// <summary>Draws several curves with a letter each, since a terminal may have neither colours nor fine dots; where curves meet, the last one listed shows.</summary>
internal sealed record LetterPlot
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    /// <summary>Title over the vertical axis, with the unit.</summary>
    public required string Title { get; init; }

    /// <summary>The curves.</summary>
    public required ImmutableArray<LetterCurve> Curves { get; init; }

    /// <summary>The plot as lines of text without escape codes.</summary>
    /// <param name="columns">Characters at most in a line.</param>
    /// <param name="rows">Character rows of the drawing itself.</param>
    /// <param name="hasUnicode">For the names in the legend.</param>
    public ImmutableArray<string> Draw(int columns, int rows, bool hasUnicode)
    {
        ImmutableArray<(int Round, double Value)> points = [.. Curves.SelectMany(static curve => curve.Points).Where(static point => double.IsFinite(point.Value))];
        if (points.IsEmpty) return [$"{Title}: nothing to plot"];
        Axis axis = Axis.Over(points.Select(static point => point.Value), ticks: Math.Max(2, rows / 3))!;
        (int first, int last) = (points.Min(static point => point.Round), points.Max(static point => point.Round));
        int labelWidth = axis.Ticks.Max(tick => axis.Label(tick).Length), width = Math.Max(20, columns - labelWidth - 3);
        char[][] cells = [.. Enumerable.Range(0, rows).Select(_ => new string(' ', width).ToCharArray())];
        foreach ((LetterCurve curve, int index) in Curves.Select(static (curve, index) => (curve, index)))
            for (int column = 0; column < width; column++)
                if (At(curve, first == last ? first : first + ((last - first) * column / (double)(width - 1))) is { } value)
                    cells[RowOf(axis, value, rows)][column] = Letters[index % Letters.Length];
        Dictionary<int, string> labels = [];
        foreach (double tick in axis.Ticks) labels[RowOf(axis, tick, rows)] = axis.Label(tick);
        string indent = new(' ', labelWidth + 1);
        return
        [
            Title,
            .. Enumerable.Range(0, rows).Select(row => $"{labels.GetValueOrDefault(row, "").PadLeft(labelWidth)} {(labels.ContainsKey(row) ? '+' : '|')}{new string(cells[row])}".TrimEnd()),
            $"{indent}+{new string('-', width)}",
            $"{indent} {first}{"round".PadLeft((width / 2) + 2 - $"{first}".Length)}{$"{last}".PadLeft(width - (width / 2) - 2)}",
            .. Legend(columns, hasUnicode),
        ];
    }

    private static int RowOf(Axis axis, double value, int rows) => (int)Math.Round((1 - axis.Place(value)) * (rows - 1));

    /// <summary>The curve's height between two rounds, on the straight line; null beyond its ends and in gaps.</summary>
    private static double? At(LetterCurve curve, double round)
    {
        int right = 0;
        while (right < curve.Points.Length && curve.Points[right].Round < round - 1e-9) right++;
        if (right == curve.Points.Length) return null;
        (int rightRound, double rightValue) = curve.Points[right];
        if (Math.Abs(rightRound - round) < 1e-9) return double.IsFinite(rightValue) ? rightValue : null;
        if (right == 0) return null;
        (int leftRound, double leftValue) = curve.Points[right - 1];
        double value = leftValue + ((rightValue - leftValue) * (round - leftRound) / (rightRound - leftRound));
        return double.IsFinite(value) ? value : null;
    }

    private IEnumerable<string> Legend(int columns, bool hasUnicode)
    {
        string line = "";
        foreach ((LetterCurve curve, int index) in Curves.Select(static (curve, index) => (curve, index)))
        {
            string item = $"{Letters[index % Letters.Length]} {Figures.Clean(curve.Name, hasUnicode)}";
            if (line.Length > 0 && line.Length + item.Length + 3 > columns)
            {
                yield return line;
                line = "";
            }

            line += line.Length == 0 ? item : $"   {item}";
        }

        yield return line;
    }
}
