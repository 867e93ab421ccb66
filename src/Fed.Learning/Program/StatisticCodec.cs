namespace Fed.Learning.Program;

/// <summary>
/// Statistics as several whole digits each, so that a sum of squares of 10^7 and one of 10^-3 lie on one grid without losing the small one: a single 64-bit word of step 2^-32
/// gives the latter only six figures. Value = sum of digit_j * unit_j, unit_j = 2^((digits - 1 - j) * (bits - 1) - fraction bits). Digits are summed like everything else.
/// </summary>
public static class StatisticCodec
{
    /// <summary>A segment of <paramref name="entries"/> statistics, shape <c>[entries, digits]</c>.</summary>
    public static Segment Segment(string name, int entries, GridOptions grid) =>
        new(name, [entries, grid.StatisticDigits], SegmentKind.Statistic, grid.StatisticBits, 0, GridRounding.Nearest, Weighted: false);

    /// <summary>Values up to this size, in either direction, have digits that fit their segment.</summary>
    public static double Limit(GridOptions grid) => ((1L << (grid.StatisticBits - 1)) - 1) * Unit(grid, 0);

    /// <summary>Splits values into digits. The error of a value is at most half the last unit; a value beyond <see cref="Limit"/> gives a digit beyond its segment's range, which the grid refuses.</summary>
    /// <param name="values">Shape <c>[entries]</c>.</param>
    /// <param name="grid">The grid.</param>
    /// <param name="digits">Receives whole numbers, shape <c>[entries, digits]</c>.</param>
    public static void Split(ReadOnlySpan<double> values, GridOptions grid, Span<double> digits)
    {
        for (int i = 0; i < values.Length; i++)
        {
            double rest = values[i];
            for (int j = 0; j < grid.StatisticDigits; j++)
            {
                double unit = Unit(grid, j);
                double digit = Math.Round(rest / unit);
                digits[i * grid.StatisticDigits + j] = digit;
                rest -= digit * unit;   // exact: units are powers of two and the rest is shorter than the value
            }
        }
    }

    /// <summary>Puts summed digits together.</summary>
    /// <param name="digits">Shape <c>[entries, digits]</c>.</param>
    /// <param name="grid">The grid.</param>
    public static double[] Join(ReadOnlySpan<long> digits, GridOptions grid)
    {
        double[] values = new double[digits.Length / grid.StatisticDigits];
        for (int i = 0; i < values.Length; i++)
            for (int j = grid.StatisticDigits - 1; j >= 0; j--) values[i] += digits[i * grid.StatisticDigits + j] * Unit(grid, j);
        return values;
    }

    private static double Unit(GridOptions grid, int digit) => Math.ScaleB(1, (grid.StatisticDigits - 1 - digit) * (grid.StatisticBits - 1) - grid.StatisticFractionBits);
}
