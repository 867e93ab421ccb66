using Fed.Host.Configuration.Hocon;
using Xunit;

namespace Fed.Host.Tests.Configuration.Hocon;

public sealed class HoconUnitsTests
{
    [Theory]
    [InlineData("90s", 90_000)]
    [InlineData("90 s", 90_000)]
    [InlineData("200ms", 200)]
    [InlineData("1.5 h", 5_400_000)]
    [InlineData("2 minutes", 120_000)]
    [InlineData("1d", 86_400_000)]
    [InlineData("500us", 0.5)]
    [InlineData("0s", 0)]
    public void Durations_are_read(string text, double milliseconds)
    {
        Assert.True(HoconUnits.TryDuration(text, out TimeSpan duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("soon")]
    [InlineData("90")] // HOCON would read milliseconds; we want the unit
    [InlineData("-1s")]
    [InlineData("s")]
    [InlineData("")]
    [InlineData("1 fortnight")]
    [InlineData("1..5s")]
    [InlineData("1e400d")]
    [InlineData("99999999999999d")]
    public void What_is_no_duration_is_refused(string text) => Assert.False(HoconUnits.TryDuration(text, out _));

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("1 KiB", 1024)]
    [InlineData("1K", 1024)]
    [InlineData("1kB", 1000)]
    [InlineData("1.5 MiB", 1_572_864)]
    [InlineData("2 megabytes", 2_000_000)]
    [InlineData("3G", 3_221_225_472)]
    [InlineData("7 B", 7)]
    public void Sizes_are_read(string text, long expected)
    {
        Assert.True(HoconUnits.TrySize(text, out long bytes));
        Assert.Equal(expected, bytes);
    }

    [Theory]
    [InlineData("big")]
    [InlineData("-1")]
    [InlineData("1 KB/s")]
    [InlineData("99999999999 GB")]
    public void What_is_no_size_is_refused(string text) => Assert.False(HoconUnits.TrySize(text, out _));

    [Theory]
    [InlineData("90s")]
    [InlineData("10m")]
    [InlineData("0s")]
    [InlineData("36h")]
    [InlineData("250ms")]
    [InlineData("7us")]
    public void Durations_print_in_the_shortest_form(string text)
    {
        Assert.True(HoconUnits.TryDuration(text, out TimeSpan duration));
        Assert.Equal(text, HoconUnits.Format(duration));
    }
}
