using System.Collections.Immutable;

namespace Fed.Host.Presentation.Html;

/// <summary>One curve: values by round; values that are not finite leave a gap.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Tone">CSS class that colours it (<c>s1</c>, <c>s2</c>, <c>ref</c> ...).</param>
/// <param name="Values">One per round of the chart.</param>
internal sealed record Curve(string Name, string Tone, ImmutableArray<double> Values);

/// <summary>A horizontal line to compare with.</summary>
/// <param name="Name">For the legend.</param>
/// <param name="Tone">CSS class of the quantity that it belongs to.</param>
/// <param name="Value">Its height.</param>
/// <param name="IsFar">A far line never stretches the axis: beyond twice the curves' range only the legend tells it.</param>
internal sealed record Level(string Name, string Tone, double Value, bool IsFar = false);

/// <summary>A chart over the rounds as inline SVG: drawn by us, without scripts; values appear as tooltips, and a description is read to those who cannot see it.</summary>
internal sealed record SvgChart
{
    private const double Width = 520, Height = 264, Left = 56, Right = 12, Top = 12, Bottom = 40;
    private const int MarkersMax = 60;

    /// <summary>Unique in its page; letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>What is drawn, with the unit.</summary>
    public required string Title { get; init; }

    /// <summary>What a reader should take from it.</summary>
    public required string Description { get; init; }

    /// <summary>Round numbers, ascending.</summary>
    public required ImmutableArray<int> Rounds { get; init; }

    /// <summary>The curves.</summary>
    public ImmutableArray<Curve> Curves { get; init; } = [];

    /// <summary>The lines to compare with.</summary>
    public ImmutableArray<Level> Levels { get; init; } = [];

    /// <summary>Bars from zero instead of curves; one height per round, or empty.</summary>
    public ImmutableArray<int> Bars { get; init; } = [];

    /// <summary>A tooltip for each bar.</summary>
    public ImmutableArray<string> BarTexts { get; init; } = [];

    /// <summary>Limits that the axis keeps.</summary>
    public (double Floor, double Ceiling) Limits { get; init; } = (double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>A dot with a tooltip for each value; too many with many curves.</summary>
    public bool HasMarkers { get; init; } = true;

    /// <summary>How values are written in tooltips and the legend.</summary>
    public Func<double?, string> Format { get; init; } = Figures.Loss;

    /// <summary>The figure with its caption, legend and drawing; a sentence where there is nothing to draw.</summary>
    public Markup Draw()
    {
        ImmutableArray<Level> levels = [.. Levels.Where(level => double.IsFinite(level.Value))];
        double[] values = [.. Curves.SelectMany(curve => curve.Values).Where(double.IsFinite), .. Bars.Select(bar => (double)bar)];
        if (values.Length == 0)
            return HtmlWriter.Of(html => html.Add($"<figure><figcaption>{Title}</figcaption><p class=\"quiet\">Nothing to draw: no round has a value.</p></figure>\n"));
        double range = values.Max() - values.Min() is > 0 and var spread ? spread : Math.Abs(values[0]);
        ImmutableArray<Level> drawn = [.. levels.Where(level => !level.IsFar || (level.Value <= values.Max() + range && level.Value >= values.Min() - range))];
        double[] zero = Bars.IsEmpty ? [] : [0];
        Axis axis = Axis.Over([.. values, .. zero, .. drawn.Select(level => level.Value)], ticks: 5, Limits.Floor, Limits.Ceiling)!;
        return HtmlWriter.Of(html => html.Add($"""
            <figure>
            <figcaption>{Title}</figcaption>
            {Legend(levels, drawn)}
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-labelledby="{Id}-title {Id}-text">
            <title id="{Id}-title">{Title}</title>
            <desc id="{Id}-text">{Description}</desc>
            {Grid(axis)}
            {DrawBars(axis)}
            {DrawLevels(drawn, axis)}
            {DrawCurves(axis)}
            </svg>
            </figure>

            """));
    }

    private double X(int index)
    {
        int first = Rounds[0], last = Rounds[^1];
        double inset = Bars.IsEmpty ? 0 : (Width - Left - Right) / (2.0 * (last - first + 1));   // bars stand beside the axis, not across it
        double share = first == last ? 0.5 : (Rounds[index] - first) / (double)(last - first);
        return Left + inset + (share * (Width - Left - Right - (2 * inset)));
    }

    private static double Y(Axis axis, double value) => Height - Bottom - (axis.Place(value) * (Height - Top - Bottom));

    private Markup Legend(ImmutableArray<Level> levels, ImmutableArray<Level> drawn) => HtmlWriter.Of(html =>
    {
        if (Curves.Length + levels.Length == 0) return html;
        html.Add($"<ul class=\"legend\">\n");
        foreach (Curve curve in Curves)
        {
            double last = curve.Values.LastOrDefault(double.IsFinite, double.NaN);
            html.Add($"<li><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\"><path class=\"line {curve.Tone}\" d=\"M1 4H23\"/></svg>{curve.Name} <b>{Format(last)}</b></li>\n");
        }

        foreach (Level level in levels)
        {
            string note = drawn.Contains(level) ? "" : " (off the chart)";
            html.Add($"<li><svg viewBox=\"0 0 24 8\" aria-hidden=\"true\"><path class=\"level {level.Tone}\" d=\"M1 4H23\"/></svg>{level.Name} <b>{Format(level.Value)}</b>{note}</li>\n");
        }

        return html.Add($"</ul>");
    });

    private Markup Grid(Axis axis) => HtmlWriter.Of(html =>
    {
        foreach (double tick in axis.Ticks)
        {
            if (!Bars.IsEmpty && tick != Math.Floor(tick)) continue;   // nobody is half a site
            double y = Y(axis, tick);
            html.Add($"<path class=\"grid\" d=\"M{Left} {y}H{Width - Right}\"/><text class=\"tick\" x=\"{Left - 8}\" y=\"{y + 4}\" text-anchor=\"end\">{axis.Label(tick)}</text>\n");
        }

        foreach (int round in Axis.Rounds(Rounds[0], Rounds[^1], count: 8))
        {
            int index = Rounds.BinarySearch(round);
            if (index >= 0) html.Add($"<text class=\"tick\" x=\"{X(index)}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{round}</text>\n");
        }

        html.Add($"<path class=\"axis\" d=\"M{Left} {Height - Bottom}H{Width - Right}\"/>");
        return html.Add($"<text class=\"tick\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">round</text>");
    });

    private Markup DrawLevels(ImmutableArray<Level> drawn, Axis axis) => HtmlWriter.Of(html =>
    {
        foreach (Level level in drawn)
            html.Add($"<path class=\"level {level.Tone}\" d=\"M{Left} {Y(axis, level.Value)}H{Width - Right}\"><title>{level.Name}: {Format(level.Value)}</title></path>\n");
        return html;
    });

    private Markup DrawCurves(Axis axis) => HtmlWriter.Of(html =>
    {
        foreach (Curve curve in Curves)
        {
            Markup path = HtmlWriter.Of(points =>
            {
                bool isOpen = false;
                for (int i = 0; i < curve.Values.Length; i++)
                {
                    bool isFinite = double.IsFinite(curve.Values[i]);
                    if (isFinite) points.Add($"{(isOpen ? "L" : "M")}{X(i)} {Y(axis, curve.Values[i])}");
                    isOpen = isFinite;
                }

                return points;
            });
            html.Add($"<path class=\"line {curve.Tone}\" d=\"{path}\"/>\n");
            if (!HasMarkers || Rounds.Length > MarkersMax) continue;
            for (int i = 0; i < curve.Values.Length; i++)
            {
                if (!double.IsFinite(curve.Values[i])) continue;
                html.Add($"<circle class=\"dot {curve.Tone}\" cx=\"{X(i)}\" cy=\"{Y(axis, curve.Values[i])}\" r=\"3\">");
                html.Add($"<title>round {Rounds[i]}: {curve.Name} {Format(curve.Values[i])}</title></circle>\n");
            }
        }

        return html;
    });

    private Markup DrawBars(Axis axis) => HtmlWriter.Of(html =>
    {
        if (Bars.IsEmpty) return html;
        double width = Math.Clamp((Width - Left - Right) / (Rounds[^1] - Rounds[0] + 1) * 0.7, 0.5, 48), floor = Y(axis, 0);
        for (int i = 0; i < Bars.Length; i++)
        {
            double top = Y(axis, Bars[i]);
            html.Add($"<rect class=\"bar\" x=\"{X(i) - (width / 2)}\" y=\"{top}\" width=\"{width}\" height=\"{floor - top}\"><title>{BarTexts[i]}</title></rect>\n");
        }

        return html;
    });
}
