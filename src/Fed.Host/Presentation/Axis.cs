using System.Collections.Immutable;
using System.Globalization;

namespace Fed.Host.Presentation;

/// <summary>A plot's vertical axis: round limits that hold all values, and ticks at round numbers (1, 2 or 5 times a power of ten).</summary>
/// <param name="Low">Lower limit, below <paramref name="High"/>.</param>
/// <param name="High">Upper limit.</param>
/// <param name="Ticks">Ascending, from <paramref name="Low"/> to <paramref name="High"/>.</param>
/// <param name="Decimals">Decimals that tell neighbouring ticks apart.</param>
internal sealed record Axis(double Low, double High, ImmutableArray<double> Ticks, int Decimals)
{
    /// <summary>Values beyond are drawn at the edge, and differences below the inverse are none: an axis needs steps that float64 can hold.</summary>
    private const double ValueMax = 1e100;

    /// <summary>The axis over all finite values, or null where there are none. One value, or equal ones, get room on both sides.</summary>
    /// <param name="values">NaN and infinities are passed over.</param>
    /// <param name="ticks">About how many steps are wanted, at least 1.</param>
    /// <param name="floor">The axis does not go below this (accuracies: not below 0); lower values are drawn on it.</param>
    /// <param name="ceiling">The axis does not go above this; higher values are drawn on it.</param>
    public static Axis? Over(IEnumerable<double> values, int ticks = 4, double floor = double.NegativeInfinity, double ceiling = double.PositiveInfinity)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (!double.IsFinite(value)) continue;
            double inside = Math.Clamp(value, Math.Max(floor, -ValueMax), Math.Min(ceiling, ValueMax));
            (low, high) = (Math.Min(low, inside), Math.Max(high, inside));
        }

        if (low > high) return null;
        double magnitude = Math.Max(Math.Abs(low), Math.Abs(high));
        if (high - low <= Math.Max(magnitude * 1e-9, 1 / ValueMax))   // equal up to noise in the last digits
        {
            double room = magnitude <= 1 / ValueMax ? 0.5 : magnitude * 0.1;
            (low, high) = (low - room, high + room);
        }

        double step = RoundStep((high - low) / ticks);
        long first = (long)Math.Floor((low / step) + 1e-9), last = (long)Math.Ceiling((high / step) - 1e-9);
        var all = ImmutableArray.CreateBuilder<double>();
        for (long index = first; index <= last; index++)
        {
            double tick = index * step;
            if (tick >= floor - (step * 1e-9) && tick <= ceiling + (step * 1e-9)) all.Add(tick);
        }

        double bottom = Math.Max(floor, first * step), top = Math.Min(ceiling, last * step);
        int decimals = Math.Clamp((int)Math.Ceiling(-Math.Log10(step) - 1e-9), 0, 15);
        return new Axis(bottom, top, all.ToImmutable(), decimals);
    }

    /// <summary>Where a value lies, 0 at the lower and 1 at the upper limit; values outside are put on the limit.</summary>
    public double Place(double value) => Math.Clamp((value - Low) / (High - Low), 0, 1);

    /// <summary>A tick's label.</summary>
    public string Label(double tick) =>
        Math.Max(Math.Abs(Low), Math.Abs(High)) is >= 1e6 or < 1e-4
            ? tick.ToString("0.##e+0", CultureInfo.InvariantCulture)
            : (Math.Abs(tick) < (High - Low) * 1e-9 ? 0 : tick).ToString("F" + Decimals, CultureInfo.InvariantCulture);

    /// <summary>Ticks for rounds: whole numbers from the first to the last, at most <paramref name="count"/> steps.</summary>
    public static ImmutableArray<int> Rounds(int first, int last, int count)
    {
        int step = (int)Math.Max(1, Math.Ceiling(RoundStep((last - first) / (double)Math.Max(1, count))));
        var ticks = ImmutableArray.CreateBuilder<int>();
        ticks.Add(first);
        for (int tick = ((first / step) + 1) * step; tick <= last; tick += step)
            if (tick - first >= (step + 1) / 2) ticks.Add(tick);
        return ticks.ToImmutable();
    }

    /// <summary>The smallest 1, 2 or 5 times a power of ten that is not below <paramref name="raw"/>.</summary>
    private static double RoundStep(double raw)
    {
        if (raw <= 0) return 1;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        double lead = raw / power;
        return power * (lead <= 1 + 1e-9 ? 1 : lead <= 2 + 1e-9 ? 2 : lead <= 5 + 1e-9 ? 5 : 10);
    }
}
