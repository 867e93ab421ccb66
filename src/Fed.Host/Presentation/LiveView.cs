using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using Spectre.Console.Rendering;

namespace Fed.Host.Presentation;

/// <summary>
/// A picture of the run on a terminal, redrawn in place ten times a second however often the run reports. Hides the cursor while it draws and shows it again when it is
/// disposed or a signal ends the process. Thread-safe.
/// </summary>
internal sealed class LiveView : IRunObserver
{
    private const string HideCursor = "\u001b[?25l", ShowCursor = "\u001b[?25h", ClearLine = "\u001b[K", ClearBelow = "\u001b[J";

    private static readonly TimeSpan FramePeriod = TimeSpan.FromMilliseconds(100);

    private static readonly PosixSignal[] EndingSignals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private readonly TextWriter _terminal;
    private readonly TerminalProfile _profile;
    private readonly TimeProvider _clock;
    private readonly long _origin;
    private readonly Lock _gate = new();      // guards the state; held for moments only
    private readonly Lock _drawing = new();   // guards the terminal; held while it is written to
    private readonly ITimer _timer;
    private readonly ImmutableArray<PosixSignalRegistration> _signals;
    private RunState _state = RunState.Empty;
    private ImmutableArray<string> _last = [];
    private bool _isHidden, _isClosed, _isGone;

    /// <summary>Starts drawing when the run starts.</summary>
    /// <param name="terminal">Understands escape codes; not closed by the view.</param>
    /// <param name="profile">Its size and abilities.</param>
    /// <param name="clock">Drives frames and the elapsed time.</param>
    public LiveView(TextWriter terminal, TerminalProfile profile, TimeProvider clock)
    {
        (_terminal, _profile, _clock, _origin) = (terminal, profile, clock, clock.GetTimestamp());
        _timer = clock.CreateTimer(_ => Tick(), state: null, FramePeriod, FramePeriod);
        _signals = [.. EndingSignals.Select(signal => PosixSignalRegistration.Create(signal, _ => Close()))];
    }

    /// <inheritdoc/>
    public void Observe(RunProgress progress)
    {
        lock (_gate) _state = _state.After(progress, _clock.GetElapsedTime(_origin));
        if (progress is not RunProgress.Finished finished) return;
        Close();
        string summary = string.Concat(SummaryView.Lines(finished.Report, finished.Directory, _profile).Select(line => line + "\n"));
        lock (_drawing) Send(summary);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Close();
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
    }

    /// <summary>Draws the last frame, leaves it standing and shows the cursor.</summary>
    private void Close()
    {
        _timer.Dispose();
        lock (_drawing)
        {
            Draw();
            _isClosed = true;
            if (!_isHidden) return;
            _isHidden = false;
            Send(ShowCursor);
        }
    }

    /// <summary>A frame that finds the terminal still busy (paused with Ctrl-S) is left out: waiting would use up the threads that the run needs.</summary>
    private void Tick()
    {
        if (!_drawing.TryEnter()) return;
        try
        {
            Draw();
        }
        catch (Exception exception)   // on a timer's thread it would end the process, and with it the run
        {
            Send($"{ShowCursor}warning: the live view stopped ({exception.Message}); the run goes on\r\n");
            _isGone = true;
        }
        finally
        {
            _drawing.Exit();
        }
    }

    /// <summary>Draws the latest state. The caller holds the terminal.</summary>
    private void Draw()
    {
        if (_isClosed || _isGone) return;
        RunState state;
        lock (_gate) state = _state;
        (int columns, int rows) = _profile.Size();
        ImmutableArray<string> lines = LiveFrame.Lines(state, _clock.GetElapsedTime(_origin), columns, rows, _profile.HasColor, _profile.HasUnicode);
        if (lines.IsEmpty) return;
        Send(Frame(lines, columns));
        (_isHidden, _last) = (true, lines);
    }

    /// <summary>Up to where the last frame began, then line over line, so that nothing flickers.</summary>
    private string Frame(ImmutableArray<string> lines, int columns)
    {
        var text = new StringBuilder();
        if (!_isHidden) text.Append(HideCursor);
        int up = _last.Sum(line => RowsTaken(line, columns));
        if (up > 0) text.Append("\u001b[").Append(up).Append('A');
        text.Append('\r');
        foreach (string line in lines) text.Append(line).Append(ClearLine).Append("\r\n");
        return text.Append(ClearBelow).ToString();
    }

    /// <summary>A window made narrower wraps the lines of the last frame, which then begins further up.</summary>
    private static int RowsTaken(string line, int columns) => Math.Max(1, (VisibleCells(line) + columns - 1) / Math.Max(1, columns));

    /// <summary>Cells that a line occupies: colour codes take none, Chinese characters two.</summary>
    private static int VisibleCells(string line)
    {
        var visible = new StringBuilder(line.Length);
        bool isEscape = false;
        foreach (char c in line)
        {
            if (c == '\u001b') isEscape = true;
            else if (!isEscape) visible.Append(c);
            else if (char.IsAsciiLetter(c)) isEscape = false;
        }

        return new Segment(visible.ToString()).CellCount();
    }

    /// <summary>A terminal that goes away must not end a federation.</summary>
    private void Send(string text)
    {
        if (_isGone) return;
        try
        {
            _terminal.Write(text);
            _terminal.Flush();
        }
        catch (IOException)
        {
            _isGone = true;
        }
    }
}
