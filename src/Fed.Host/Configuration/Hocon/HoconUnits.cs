using System.Globalization;

namespace Fed.Host.Configuration.Hocon;

/// <summary>Durations and sizes with HOCON's units.</summary>
internal static class HoconUnits
{
    private static readonly Dictionary<string, double> SecondsPerUnit = Table(
        (1e-9, "ns nano nanos nanosecond nanoseconds"),
        (1e-6, "us micro micros microsecond microseconds"),
        (1e-3, "ms milli millis millisecond milliseconds"),
        (1, "s second seconds"),
        (60, "m minute minutes"),
        (3_600, "h hour hours"),
        (86_400, "d day days"));

    private static readonly Dictionary<string, double> BytesPerUnit = Table(
        (1, "B b byte bytes"),
        (1e3, "kB kilobyte kilobytes"),
        (1e6, "MB megabyte megabytes"),
        (1e9, "GB gigabyte gigabytes"),
        (1e12, "TB terabyte terabytes"),
        (1L << 10, "K k Ki KiB kibibyte kibibytes"),
        (1L << 20, "M m Mi MiB mebibyte mebibytes"),
        (1L << 30, "G g Gi GiB gibibyte gibibytes"),
        (1L << 40, "T t Ti TiB tebibyte tebibytes"));

    /// <summary>Reads <c>90s</c>, <c>1.5 h</c>, <c>200 ms</c>. A bare number is refused: HOCON would take it for milliseconds, a reader seldom does.</summary>
    public static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = default;
        if (!TrySplit(text, out double number, out string unit) || !SecondsPerUnit.TryGetValue(unit, out double seconds)) return false;
        double ticks = Math.Round(number * seconds * TimeSpan.TicksPerSecond);
        if (ticks is not (>= 0 and < long.MaxValue)) return false;
        duration = TimeSpan.FromTicks((long)ticks);
        return true;
    }

    /// <summary>Reads <c>1 MiB</c>, <c>512kB</c>, <c>4096</c> (bytes).</summary>
    public static bool TrySize(string text, out long bytes)
    {
        bytes = 0;
        if (!TrySplit(text, out double number, out string unit)) return false;
        double factor = 1;
        if (unit.Length > 0 && !BytesPerUnit.TryGetValue(unit, out factor)) return false;
        double size = Math.Round(number * factor);
        if (size is not (>= 0 and < long.MaxValue)) return false;
        bytes = (long)size;
        return true;
    }

    /// <summary>The shortest of the forms that <see cref="TryDuration"/> reads back to the same value.</summary>
    public static string Format(TimeSpan duration)
    {
        foreach ((long ticks, string unit) in (ReadOnlySpan<(long, string)>)[(TimeSpan.TicksPerHour, "h"), (TimeSpan.TicksPerMinute, "m"), (TimeSpan.TicksPerSecond, "s"), (TimeSpan.TicksPerMillisecond, "ms"), (TimeSpan.TicksPerMicrosecond, "us")])
            if (duration.Ticks % ticks == 0 && (duration.Ticks != 0 || unit == "s"))
                return $"{duration.Ticks / ticks}{unit}";
        return $"{duration.Ticks * 100}ns";
    }

    private static bool TrySplit(string text, out double number, out string unit)
    {
        string trimmed = text.Trim();
        int end = 0;
        while (end < trimmed.Length && (char.IsAsciiDigit(trimmed[end]) || trimmed[end] == '.')) end++;
        unit = trimmed[end..].Trim();
        return double.TryParse(trimmed.AsSpan(0, end), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }

    private static Dictionary<string, double> Table(params ReadOnlySpan<(double Factor, string Names)> rows)
    {
        Dictionary<string, double> table = new(StringComparer.Ordinal);
        foreach ((double factor, string names) in rows)
            foreach (string name in names.Split(' '))
                table.Add(name, factor);
        return table;
    }
}
