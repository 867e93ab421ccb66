using System.Globalization;
using Fed.Host.Presentation;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class AxisTests
{
    [Theory]
    [InlineData(0.0722, 0.3466, "0.0 0.1 0.2 0.3 0.4")]
    [InlineData(0.912, 0.9825, "0.90 0.92 0.94 0.96 0.98 1.00")]
    [InlineData(0, 60, "0 20 40 60")]
    [InlineData(-3, 12, "-5 0 5 10 15")]
    [InlineData(12345, 54321, "0 20000 40000 60000")]
    [InlineData(2e9, 9e9, "2e+9 4e+9 6e+9 8e+9 1e+10")]
    public void Ticks_are_round_numbers_around_the_values(double low, double high, string ticks)
    {
        Axis axis = Axis.Over([low, high])!;
        Assert.Equal(ticks, string.Join(' ', axis.Ticks.Select(axis.Label)));
    }

    [Fact]
    public void A_share_never_gets_an_axis_beyond_one()
    {
        Axis axis = Axis.Over([0.999, 1], floor: 0, ceiling: 1)!;
        Assert.True(axis.High <= 1);
        Assert.Equal(1, Axis.Over([1.0, 1.0], floor: 0, ceiling: 1)!.High);
        Assert.Equal(0, Axis.Over([0.0], floor: 0, ceiling: 1)!.Low);
    }

    [Fact]
    public void Any_values_lie_between_the_limits_and_ticks_differ() =>
        Prop.ForAll<double[]>(values =>
        {
            Axis? axis = Axis.Over(values);
            if (axis is null) return !values.Any(double.IsFinite);
            double[] finite = [.. values.Where(double.IsFinite)];
            return axis.Low < axis.High && axis.Ticks.Length is >= 2 and < 20
                && finite.All(value => axis.Place(value) is >= 0 and <= 1)
                && axis.Ticks.Zip(axis.Ticks.Skip(1)).All(pair => pair.First < pair.Second);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Ticks_of_rounds_begin_with_the_first_and_stay_few() =>
        Prop.ForAll<ushort, ushort, byte>((first, length, count) =>
        {
            var ticks = Axis.Rounds(first, first + length, 1 + count);
            return ticks[0] == first && ticks[^1] <= first + length && ticks.Length <= count + 3 && ticks.Zip(ticks.Skip(1)).All(pair => pair.First < pair.Second);
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData(0.07419, "0.07419")]
    [InlineData(0.4321, "0.4321")]
    [InlineData(0.0, "0.0000")]
    [InlineData(362.5, "362.50")]
    [InlineData(1.5e7, "1.500e+7")]
    [InlineData(1.5e-7, "1.500e-7")]
    [InlineData(double.NaN, "-")]
    [InlineData(null, "-")]
    public void Losses_keep_four_digits(double? loss, string text) => Assert.Equal(text, Figures.Loss(loss));

    [Theory]
    [InlineData(0.004, "0.00 s")]
    [InlineData(9.994, "9.99 s")]
    [InlineData(9.996, "10.0 s")]
    [InlineData(59.94, "59.9 s")]
    [InlineData(59.96, "1 min 00 s")]
    [InlineData(3599.6, "1 h 00 min")]
    [InlineData(-1, "-")]
    public void Times_change_unit_without_a_sixtieth_second(double seconds, string text) => Assert.Equal(text, Figures.Seconds(seconds));

    [Theory]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1048570, "1.0 MiB")]
    [InlineData(long.MaxValue, "8388608.0 TiB")]
    public void Bytes_are_binary(long bytes, string text) => Assert.Equal(text, Figures.Bytes(bytes));

    [Fact]
    public void Cropping_never_splits_a_character()
    {
        Assert.Equal("ab…", Figures.Crop("ab\U0001F600cd", 4));
        Assert.Equal("abc", Figures.Crop("abc", 3));
        Assert.Equal("1,234 rows", Figures.Plural(1234, "row").ToString(CultureInfo.InvariantCulture));
    }
}
