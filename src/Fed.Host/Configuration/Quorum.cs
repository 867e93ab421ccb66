namespace Fed.Host.Configuration;

/// <summary>Updates without which a round fails: all, a number, or a percentage of the sites that the round needs.</summary>
/// <param name="Count">The number; null for a share.</param>
/// <param name="Ppm">The share in parts per million; 0 for a number.</param>
internal readonly record struct Quorum(int? Count, int Ppm)
{
    /// <summary>Every site that the round needs.</summary>
    public static Quorum All => new(null, Share.Whole);

    /// <summary>Reads <c>all</c>, <c>5</c> or <c>60%</c>; null for anything else.</summary>
    public static Quorum? Parse(string text)
    {
        if (text == "all") return All;
        if (int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int count)) return count > 0 ? new Quorum(count, 0) : null;
        return text.EndsWith('%') && Share.Parse(text) is { } ppm ? new Quorum(null, ppm) : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Count is { } count ? $"{count}" : Ppm == Share.Whole ? "all" : Share.Percent(Ppm);
}
