using System.Globalization;

namespace Fed.Host.Configuration;

/// <summary>Shares in parts per million.</summary>
internal static class Share
{
    /// <summary>All of it.</summary>
    public const int Whole = 1_000_000;

    /// <summary>Reads <c>all</c>, <c>0.5</c> or <c>50%</c>; null for what is not above 0 and up to 1, or finer than a millionth.</summary>
    public static int? Parse(string text)
    {
        if (text == "all") return Whole;
        bool percent = text.EndsWith('%');
        return ConfigReader.TryReal(percent ? text[..^1].TrimEnd() : text, out double value) && FromReal(percent ? value / 100 : value) is { } ppm and >= 1 and <= Whole ? ppm : null;
    }

    /// <summary>The nearest number of millionths, or null when it does not fit.</summary>
    public static int? FromReal(double value) => Math.Round(value * Whole) is var ppm and >= 0 and <= int.MaxValue ? (int)ppm : null;

    /// <summary>For example <c>60%</c>.</summary>
    public static string Percent(int ppm) => $"{(ppm / 10_000m).ToString("0.####", CultureInfo.InvariantCulture)}%";
}
