using System.Globalization;

namespace Fed.Host.Configuration;

/// <summary>Updates without which a round fails: all, a number, or a percentage of the sites that the round needs.</summary>
internal readonly record struct Quorum
{
    private readonly int _count;
    private readonly double _percent;

    private Quorum(int count, double percent)
    {
        _count = count;
        _percent = percent;
    }

    /// <summary>Every site that the round needs.</summary>
    public static Quorum All => new(0, 100);

    /// <summary>The number, or null for a share.</summary>
    public int? Count => _count > 0 ? _count : null;

    /// <summary>Reads <c>all</c>, <c>5</c> or <c>60%</c>; null for anything else.</summary>
    public static Quorum? Parse(string text)
    {
        if (text == "all") return All;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count)) return count > 0 ? new Quorum(count, 0) : null;
        return text.EndsWith('%') && ConfigReader.TryReal(text[..^1].TrimEnd(), out double percent) && percent is > 0 and <= 100 ? new Quorum(0, percent) : null;
    }

    /// <summary>The number of updates, at least 1.</summary>
    /// <param name="target">Updates that the round wants.</param>
    public int Of(int target) => Count ?? Math.Max(1, (int)Math.Ceiling((target * _percent / 100) - 1e-9));

    /// <inheritdoc/>
    public override string ToString() => Count is { } count ? $"{count}" : _percent == 100 ? "all" : $"{_percent.ToString(CultureInfo.InvariantCulture)}%";
}
