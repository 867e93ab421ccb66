using System.Globalization;

namespace Fed.Host.Policy;

/// <summary>Hours of some days, in UTC: <c>mon-fri 20:00-06:00</c>, <c>sat-sun</c>, <c>22:00-05:30</c>. Hours that end before they begin end on the next day.</summary>
/// <param name="FirstDay">The first day; with <paramref name="LastDay"/> before it over the end of the week.</param>
/// <param name="LastDay">The last day.</param>
/// <param name="From">First minute, of a day.</param>
/// <param name="To">The minute after the last.</param>
internal readonly record struct TimeWindow(DayOfWeek FirstDay, DayOfWeek LastDay, TimeOnly From, TimeOnly To)
{
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    /// <summary>True for a moment within it.</summary>
    public bool Contains(DateTimeOffset moment)
    {
        DateTime utc = moment.UtcDateTime;
        TimeOnly time = TimeOnly.FromDateTime(utc);
        if (From < To) return HasDay(utc.DayOfWeek) && time >= From && time < To;
        return (HasDay(utc.DayOfWeek) && time >= From) || (HasDay(utc.AddDays(-1).DayOfWeek) && time < To);   // over midnight, or (equal) a whole day
    }

    /// <summary>Reads a window; null for what is none.</summary>
    public static TimeWindow? Parse(string text)
    {
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is 0 or > 2) return null;
        (DayOfWeek first, DayOfWeek last)? days = parts[0].Contains(':', StringComparison.Ordinal) ? (DayOfWeek.Sunday, DayOfWeek.Saturday) : DaysOf(parts[0]);
        if (days is not { } span) return null;
        bool hasHours = parts[^1].Contains(':', StringComparison.Ordinal);
        if (parts.Length == 2 && (!hasHours || parts[0].Contains(':', StringComparison.Ordinal))) return null;
        if (!hasHours) return new TimeWindow(span.first, span.last, TimeOnly.MinValue, TimeOnly.MinValue);
        string[] hours = parts[^1].Split('-');
        return hours.Length == 2 && TryHour(hours[0], out TimeOnly from) && TryHour(hours[1], out TimeOnly to) ? new TimeWindow(span.first, span.last, from, to) : null;
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Days[(int)FirstDay]}{(LastDay == FirstDay ? "" : "-" + Days[(int)LastDay])}{(From == To ? "" : string.Create(CultureInfo.InvariantCulture, $" {From:HH\\:mm}-{To:HH\\:mm}"))} UTC";

    private bool HasDay(DayOfWeek day) => FirstDay <= LastDay ? day >= FirstDay && day <= LastDay : day >= FirstDay || day <= LastDay;

    private static (DayOfWeek First, DayOfWeek Last)? DaysOf(string text)
    {
        int[] days = [.. text.Split('-').Select(static day => Array.IndexOf(Days, day))];
        return days.Length is 1 or 2 && !days.Contains(-1) ? ((DayOfWeek)days[0], (DayOfWeek)days[^1]) : null;
    }

    private static bool TryHour(string text, out TimeOnly hour)
    {
        if (text != "24:00") return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out hour);
        hour = TimeOnly.MinValue;
        return true;
    }
}
