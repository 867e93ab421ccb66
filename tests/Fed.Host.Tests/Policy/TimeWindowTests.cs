using System.Globalization;
using Fed.Host.Policy;
using Xunit;

namespace Fed.Host.Tests.Policy;

public sealed class TimeWindowTests
{
    // 2026-11-20 is a Friday.
    [Theory]
    [InlineData("mon-fri 20:00-06:00", "2026-11-20T20:00Z", true)]
    [InlineData("mon-fri 20:00-06:00", "2026-11-20T19:59Z", false)]
    [InlineData("mon-fri 20:00-06:00", "2026-11-21T05:59Z", true)]    // Saturday, in Friday's night
    [InlineData("mon-fri 20:00-06:00", "2026-11-21T06:00Z", false)]
    [InlineData("mon-fri 20:00-06:00", "2026-11-21T21:00Z", false)]
    [InlineData("mon-fri 20:00-06:00", "2026-11-23T01:00Z", false)]   // Monday, in Sunday's night
    [InlineData("sat-sun", "2026-11-22T23:59Z", true)]
    [InlineData("sat-sun", "2026-11-23T00:00Z", false)]
    [InlineData("fri-mon", "2026-11-23T12:00Z", true)]                // over the end of the week
    [InlineData("fri-mon", "2026-11-24T12:00Z", false)]
    [InlineData("wed", "2026-11-25T00:00Z", true)]
    [InlineData("08:00-17:30", "2026-11-22T17:29Z", true)]
    [InlineData("08:00-17:30", "2026-11-22T17:30Z", false)]
    [InlineData("18:00-24:00", "2026-11-22T23:59Z", true)]
    [InlineData("18:00-24:00", "2026-11-22T00:00Z", false)]
    [InlineData("08:00-17:30", "2026-11-22T09:29+02:00", false)]      // it counts in UTC
    public void Moment_is_in_a_window_or_not(string window, string moment, bool isIn) =>
        Assert.Equal(isIn, TimeWindow.Parse(window)!.Value.Contains(DateTimeOffset.Parse(moment, CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("")]
    [InlineData("monday")]
    [InlineData("mon-fri 20:00")]
    [InlineData("mon-fri 25:00-26:00")]
    [InlineData("20:00-06:00 mon")]
    [InlineData("08:00-09:00 10:00-11:00")]
    [InlineData("mon tue")]
    [InlineData("mon-tue-wed")]
    [InlineData("mon 8:00-9:00-10:00")]
    public void Text_that_is_no_window_is_refused(string text) => Assert.Null(TimeWindow.Parse(text));

    [Theory]
    [InlineData("mon-fri 20:00-06:00")]
    [InlineData("sat-sun")]
    [InlineData("wed 08:15-09:00")]
    public void Window_is_shown_as_it_was_written(string text) => Assert.Equal(text + " UTC", TimeWindow.Parse(text).ToString());
}
