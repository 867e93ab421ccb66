using Fed.Host.Presentation;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class TerminalProfileTests
{
    [Theory]
    [InlineData(false, "TERM=xterm LANG=en_US.UTF-8", true, true, true)]
    [InlineData(false, "TERM=xterm LANG=en_US.UTF-8 NO_COLOR=1", true, false, true)]
    [InlineData(false, "TERM=xterm LANG=en_US.UTF-8 NO_COLOR=", true, true, true)]
    [InlineData(false, "TERM=dumb LANG=C.utf8", false, false, true)]
    [InlineData(true, "TERM=xterm LANG=C.UTF-8", false, false, true)]
    [InlineData(false, "TERM=xterm", true, true, false)]
    [InlineData(false, "TERM=xterm LANG=en_US.UTF-8 LC_ALL=C", true, true, false)]
    [InlineData(false, "TERM=xterm LANG=C LC_CTYPE=de_DE.UTF-8 LC_ALL=", true, true, true)]
    public void Surroundings_decide(bool isRedirected, string variables, bool isInteractive, bool hasColor, bool hasUnicode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "locale variables are POSIX's");
        Dictionary<string, string> set = variables.Split(' ').Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        TerminalProfile profile = TerminalProfile.Detect(isRedirected, set.GetValueOrDefault, () => (132, 50));
        Assert.Equal((isInteractive, hasColor, hasUnicode), (profile.IsInteractive, profile.HasColor, profile.HasUnicode));
        Assert.Equal(isInteractive ? (132, 50) : (80, 24), profile.Size());
    }

    [Fact]
    public void The_view_follows_from_the_output()
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var terminal = new TerminalProfile(true, true, true, () => (80, 24));
        using IRunObserver json = RunViews.Create(isJson: true, output, error, terminal, TimeProvider.System);
        using IRunObserver live = RunViews.Create(isJson: false, output, error, terminal, TimeProvider.System);
        using IRunObserver plain = RunViews.Create(isJson: false, output, error, TerminalProfile.Plain(), TimeProvider.System);
        Assert.IsType<JsonView>(json);
        Assert.IsType<LiveView>(live);
        Assert.IsType<PlainView>(plain);
    }
}
