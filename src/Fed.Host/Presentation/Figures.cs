using System.Globalization;
using System.Text;

namespace Fed.Host.Presentation;

/// <summary>How numbers and foreign text look wherever people read them. Culture-free.</summary>
internal static class Figures
{
    /// <summary>Shown for values that are undefined.</summary>
    public const string Absent = "-";

    /// <summary>Accuracy, AUC: four decimals, since a hundred test rows step by 0.01 and large sets by less.</summary>
    public static string Share(double? value) => Finite(value) is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : Absent;

    /// <summary>Losses and errors: at least four significant digits, and powers of ten for the very small and large.</summary>
    public static string Loss(double? value) =>
        Finite(value) is not { } number ? Absent : number.ToString(
            Math.Abs(number) switch
            {
                0 or (>= 0.1 and < 100) => "0.0000",
                >= 100 and < 1e6 => "0.00",
                >= 0.001 and < 0.1 => "0.00000",
                _ => "0.000e+0",
            },
            CultureInfo.InvariantCulture);

    /// <summary>A difference with its sign, four decimals.</summary>
    public static string Difference(double? value) => Finite(value) is { } number ? number.ToString("+0.0000;-0.0000;0.0000", CultureInfo.InvariantCulture) : Absent;

    /// <summary>Whole numbers with thousands separators.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A measured time: <c>0.42 s</c>, <c>12.3 s</c>, <c>3 min 05 s</c>, <c>2 h 07 min</c>.</summary>
    public static string Seconds(double seconds) => seconds switch
    {
        _ when !double.IsFinite(seconds) || seconds < 0 => Absent,
        < 9.995 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"),
        < 59.95 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 3599.5 => Minutes((long)Math.Round(seconds)),
        _ => Hours((long)Math.Round(seconds / 60)),
    };

    /// <summary>A running clock: <c>mm:ss</c> or <c>h:mm:ss</c>.</summary>
    public static string Clock(TimeSpan time) =>
        time.TotalHours >= 1 ? string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours}:{time:mm\\:ss}") : time.ToString("mm\\:ss", CultureInfo.InvariantCulture);

    /// <summary>Bytes in binary units: <c>512 B</c>, <c>1.5 KiB</c>.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["KiB", "MiB", "GiB", "TiB"];
        if (bytes < 1024) return $"{bytes} B";
        double scaled = bytes / 1024.0;
        int unit = 0;
        for (; scaled >= 1023.95 && unit < units.Length - 1; unit++) scaled /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{scaled:0.0} {units[unit]}");
    }

    /// <summary><c>1 site</c>, <c>2 sites</c>.</summary>
    public static string Plural(long count, string noun) => $"{Count(count)} {noun}{(count == 1 ? "" : "s")}";

    /// <summary>
    /// Makes text from plans and data safe to show: control characters, escape sequences and direction overrides (which could rewrite the terminal or forge a line)
    /// become <c>?</c>, and so does all but ASCII where the output knows no more.
    /// </summary>
    public static string Clean(string text, bool hasUnicode = true)
    {
        if (text.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0) return text;
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) clean.Append(IsShowable(rune, hasUnicode) ? rune.ToString() : "?");
        return clean.ToString();
    }

    /// <summary>Cuts text to some characters, marking the cut.</summary>
    public static string Crop(string text, int length, bool hasUnicode = true)
    {
        string mark = hasUnicode ? "…" : "...";
        if (text.Length <= length) return text;
        int kept = Math.Max(0, length - mark.Length);
        if (kept > 0 && char.IsHighSurrogate(text[kept - 1])) kept--;
        return string.Concat(text.AsSpan(0, kept), mark);
    }

    private static bool IsShowable(Rune rune, bool hasUnicode) =>
        (hasUnicode || rune.IsAscii)
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);

    private static double? Finite(double? value) => value is { } number && double.IsFinite(number) ? number : null;

    private static string Minutes(long seconds) => $"{seconds / 60} min {seconds % 60:00} s";

    private static string Hours(long minutes) => $"{minutes / 60} h {minutes % 60:00} min";
}
