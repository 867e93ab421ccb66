using System.Globalization;

namespace Fed.Learning.Data;

/// <summary>Decimal text to float64: what <see cref="double.TryParse(ReadOnlySpan{byte}, NumberStyles, IFormatProvider, out double)"/> gives, several times faster for short numbers.</summary>
/// <remarks>
/// The fast path after Clinger 1990, "How to read floating point numbers accurately", doi:10.1145/93542.93557: up to 2^53 the digits as an integer are exact, powers of ten up to 10^22 too, and
/// one division rounds once. Everything else (exponents, blanks, more digits) goes to the library.
/// </remarks>
internal static class FastNumber
{
    private const int PowersMax = 22;
    private const ulong ExactMax = 1UL << 53;

    private static readonly double[] Powers = [.. Enumerable.Range(0, PowersMax + 1).Select(static e => double.Parse($"1e{e}", CultureInfo.InvariantCulture))];

    /// <summary>Reads a number that fills the whole text.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out double value)
    {
        int at = text.Length > 0 && text[0] == '-' ? 1 : 0;
        ulong digits = 0;
        int seen = 0, fraction = -1;
        for (int i = at; i < text.Length; i++)
        {
            uint digit = text[i] - (uint)'0';
            if (digit <= 9)
            {
                if (++seen > 18) break;   // 18 digits cannot wrap; longer ones are rare
                digits = digits * 10 + digit;
                continue;
            }
            if (text[i] != '.' || fraction >= 0) return Library(text, out value);
            fraction = i;
        }
        int decimals = fraction < 0 ? 0 : text.Length - fraction - 1;
        if (seen is 0 or > 18 || digits > ExactMax || decimals > PowersMax) return Library(text, out value);
        value = decimals == 0 ? digits : digits / Powers[decimals];
        if (at == 1) value = -value;
        return true;
    }

    // The library passes over zero bytes at the end, which are what a disk leaves of a file that was cut off.
    private static bool Library(ReadOnlySpan<byte> text, out double value)
    {
        value = 0;
        return !text.EndsWith((byte)0) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }
}
