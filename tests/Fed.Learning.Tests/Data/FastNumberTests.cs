using System.Globalization;
using System.Text;
using Fed.Learning.Data;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Data;

/// <summary>The fast reader of numbers and the library's agree to the last bit, on numbers and on everything else.</summary>
public sealed class FastNumberTests
{
    [Theory]
    [InlineData("0"), InlineData("-0"), InlineData("1"), InlineData("-1.5"), InlineData(".5"), InlineData("5."), InlineData("0.1"), InlineData("123456789.987654321")]
    [InlineData("9007199254740992"), InlineData("9007199254740993"), InlineData("999999999999999999"), InlineData("1000000000000000000000"), InlineData("0.0000000000000000000000001")]
    [InlineData("1e5"), InlineData("-2E-3"), InlineData("1e999"), InlineData("+7"), InlineData(" 7 "), InlineData("00012"), InlineData("1.7976931348623157e308"), InlineData("4.9E-324")]
    [InlineData(""), InlineData("-"), InlineData("."), InlineData("-."), InlineData("1.2.3"), InlineData("1-2"), InlineData("--1"), InlineData("12a"), InlineData("NaN"), InlineData("Infinity"), InlineData("1,000"), InlineData("0x10")]
    public void Same_as_the_library(string text) => Agree(text);

    [Fact]
    public void Zero_bytes_behind_a_number_are_not_passed_over() => Assert.False(FastNumber.TryParse("1.5\0\0"u8, out _));   // the library does

    [Fact]
    public void Same_as_the_library_for_any_decimal() => Prop.ForAll<long, byte, bool>(static (digits, shift, isNegative) =>
    {
        string whole = Math.Abs(digits % 1_000_000_000_000_000_000).ToString(CultureInfo.InvariantCulture).PadLeft(shift % 24 + 1, '0');
        string text = whole[..^(shift % whole.Length)] + "." + whole[^(shift % whole.Length)..];
        Agree(isNegative ? "-" + text : text);
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Same_as_the_library_for_any_double() => Prop.ForAll<long>(static bits =>
    {
        double value = BitConverter.Int64BitsToDouble(unchecked(bits * (long)0x9E3779B97F4A7C15));
        Agree(value.ToString("R", CultureInfo.InvariantCulture));
        Agree(Math.Round(value % 1000, 3).ToString("0.###", CultureInfo.InvariantCulture));
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Same_as_the_library_for_any_text() => Prop.ForAll<NonNull<string>>(static text =>
    {
        Agree(text.Get);
        return true;
    }).QuickCheckThrowOnFailure();

    private static void Agree(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        bool isNumber = FastNumber.TryParse(utf8, out double value), expectedIsNumber = !text.EndsWith('\0') & double.TryParse(utf8, NumberStyles.Float, CultureInfo.InvariantCulture, out double expected);
        Assert.Equal(expectedIsNumber, isNumber);
        if (isNumber) Assert.True(BitConverter.DoubleToInt64Bits(expected) == BitConverter.DoubleToInt64Bits(value), $"'{text}' became {value:R}, not {expected:R}");
    }
}
