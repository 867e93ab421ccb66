using Fed.Host.Presentation;
using Xunit;

namespace Fed.Host.Tests.Presentation;

public sealed class LiveViewTests : IDisposable
{
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(100);

    private readonly ManualClock _clock = new();
    private readonly Screen _screen = new(80, 24);

    public void Dispose() => _screen.Dispose();

    [Fact]
    public void Frames_follow_the_clock_not_the_reports()
    {
        using LiveView view = Open();
        for (int percent = 0; percent < 100; percent++) view.Observe(new RunProgress.SiteChanged("east", SiteState.Training, percent));
        Assert.Equal(0, _screen.Frames);
        _clock.Advance(Frame);
        Assert.Equal(1, _screen.Frames);
        Assert.Contains(_screen.Lines, line => line.Contains("training  99 %", StringComparison.Ordinal));
        Assert.False(_screen.IsCursorVisible);
    }

    [Fact]
    public void Every_frame_replaces_the_one_before()
    {
        using LiveView view = Open();
        _clock.Advance(Frame);
        string[] first = _screen.Lines;
        view.Observe(new RunProgress.RoundCommitted(SampleReports.Small.Rounds[0]));
        view.Observe(new RunProgress.Warning("one more line"));
        _clock.Advance(20 * Frame);
        Assert.Equal(first.Length + 1, _screen.Lines.Length);
        Assert.Single(_screen.Lines, line => line.Contains("breast cancer", StringComparison.Ordinal));
        Assert.Contains("elapsed 00:02   remaining about 00:00", _screen.Lines);
    }

    [Fact]
    public void A_window_made_narrower_shows_one_frame_still()
    {
        int columns = 80;
        var profile = new TerminalProfile(IsInteractive: true, HasColor: true, HasUnicode: true, () => (columns, 24));
        using var view = new LiveView(_screen, profile, _clock);
        view.Observe(Story.Start(SampleReports.Small));
        _clock.Advance(Frame);
        _screen.Narrow(columns = 50);
        _clock.Advance(Frame);
        Assert.Single(_screen.Lines, line => line.Contains("breast cancer", StringComparison.Ordinal));
        Assert.All(_screen.Lines, line => Assert.True(line.Length < 50, line));
    }

    [Fact]
    public void Disposing_shows_the_cursor_and_leaves_the_last_frame()
    {
        LiveView view = Open();
        _clock.Advance(Frame);
        view.Observe(new RunProgress.SiteChanged("west", SiteState.Absent));
        view.Dispose();
        view.Dispose();
        Assert.True(_screen.IsCursorVisible);
        Assert.Contains(_screen.Lines, line => line.Contains("absent", StringComparison.Ordinal));
        int frames = _screen.Frames;
        _clock.Advance(10 * Frame);
        Assert.Equal(frames, _screen.Frames);
    }

    [Fact]
    public void A_run_that_never_started_leaves_the_terminal_alone()
    {
        using (var view = new LiveView(_screen, Profile(80, 24), _clock)) _clock.Advance(Frame);
        Assert.Empty(_screen.Lines);
        Assert.Equal(0, _screen.Frames);
    }

    [Fact]
    public void The_summary_follows_the_last_frame()
    {
        using LiveView view = Open();
        foreach (RunProgress progress in Story.Small) view.Observe(progress);
        Assert.True(_screen.IsCursorVisible);
        int table = Array.FindIndex(_screen.Lines, line => line.Contains("on the shared test rows", StringComparison.Ordinal));
        int frame = Array.FindIndex(_screen.Lines, line => line.Contains("2/2 rounds 100 %", StringComparison.Ordinal));
        Assert.InRange(frame, 0, table);
        Assert.StartsWith("files   ", _screen.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_that_went_away_does_not_disturb_the_run()
    {
        using var gone = new GoneWriter();
        using (var view = new LiveView(gone, Profile(80, 24), _clock))
        {
            foreach (RunProgress progress in Story.Small.SkipLast(1)) view.Observe(progress);
            _clock.Advance(3 * Frame);
        }

        Assert.Equal(1, gone.Attempts);
    }

    private static TerminalProfile Profile(int columns, int rows) => new(IsInteractive: true, HasColor: true, HasUnicode: true, () => (columns, rows));

    private LiveView Open()
    {
        var view = new LiveView(_screen, Profile(80, 24), _clock);
        view.Observe(Story.Start(SampleReports.Small));
        return view;
    }

    private sealed class GoneWriter : StringWriter
    {
        public int Attempts { get; private set; }

        public override void Write(string? value)
        {
            Attempts++;
            throw new IOException("Input/output error");
        }
    }
}
