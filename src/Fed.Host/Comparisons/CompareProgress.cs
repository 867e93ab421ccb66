using Fed.Host.Commands;
using Fed.Host.Presentation;

namespace Fed.Host.Comparisons;

/// <summary>
/// Shows how a comparison goes: a line for each run that is done, on a terminal also one that changes in place; with <c>--json</c> nothing but the document, and warnings on standard error. Thread-safe.
/// </summary>
internal sealed class CompareProgress(CommandContext context, TerminalProfile profile, TimeProvider clock, int total) : IDisposable
{
    private const string ClearLine = "\r\u001b[K";
    private const int WarningsMax = 8;
    private static readonly TimeSpan FramePeriod = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly long _began = clock.GetTimestamp();
    private readonly HashSet<string> _warned = new(StringComparer.Ordinal);
    private long _drawn;
    private int _done, _made;
    private bool _hasStatus;

    private bool IsLive => profile.IsInteractive && !context.Json;

    /// <summary>A run begins.</summary>
    /// <returns>What it tells its progress.</returns>
    public IRunObserver Begin(Contender run) => new Observer(this, run);

    /// <summary>A run is done.</summary>
    public void Made(Contender run, RunOutcome outcome)
    {
        lock (_gate) _made++;
        Done(run, outcome, $"{Figures.Seconds(outcome.Seconds)}");
    }

    /// <summary>A run had been made before.</summary>
    public void Known(Contender run, RunOutcome outcome) => Done(run, outcome, "made before");

    /// <summary>Everything is done.</summary>
    public void Finish(ComparisonReport report, string directory)
    {
        lock (_gate)
        {
            Clear();
            context.Out.Write(context.Json ? ComparisonJson.Write(report) : string.Concat(ComparisonView.Lines(report, directory, profile).Select(static line => line + "\n")));
            context.Out.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate) Clear();
    }

    private void Done(Contender run, RunOutcome outcome, string note)
    {
        lock (_gate)
        {
            _done++;
            string figures = outcome.Report is { } report ? $"{LiveFrame.Describe(report.Rounds[^1])}  {Figures.Plural(report.Rounds.Length, "round")}" : $"failed: {outcome.Failure}";
            Say($"[{_done}/{total}] {run.Entry} {run.Label}: {Figures.Clean(figures, profile.HasUnicode)}  ({note})");
        }
    }

    private void Say(string line)
    {
        if (context.Json) return;
        Clear();
        context.Out.WriteLine(line);
        context.Out.Flush();
    }

    private void Warn(Contender run, string text)
    {
        lock (_gate)
        {
            if (_warned.Count > WarningsMax || !_warned.Add(text)) return;   // many runs over the same data say the same
            Clear();
            string line = _warned.Count > WarningsMax ? "further warnings are in the reports of the runs" : $"{run.Entry}: {Figures.Clean(text, profile.HasUnicode)}";
            (context.Json ? context.Error : context.Out).WriteLine($"warning: {line}");
        }
    }

    private void Draw(Contender run, RunState state)
    {
        if (!IsLive) return;
        lock (_gate)
        {
            if (_hasStatus && clock.GetElapsedTime(_drawn) < FramePeriod) return;
            TimeSpan elapsed = clock.GetElapsedTime(_began);
            string left = _made == 0 ? Figures.Absent : "about " + Figures.Clock(elapsed / _made * (total - _done));
            string figures = state.Rounds.IsEmpty ? "" : $": {LiveFrame.Describe(state.Rounds[^1])}";
            string line = $"run {_done + 1} of {total}  {run.Entry} {run.Label}  round {state.Committed}/{state.Job?.Rounds ?? 0}{figures}   elapsed {Figures.Clock(elapsed)}   remaining {left}";
            context.Out.Write(ClearLine + Figures.Crop(line, Math.Max(20, profile.Size().Columns - 1), profile.HasUnicode));
            context.Out.Flush();
            (_hasStatus, _drawn) = (true, clock.GetTimestamp());
        }
    }

    private void Clear()
    {
        if (_hasStatus) context.Out.Write(ClearLine);
        _hasStatus = false;
    }

    private sealed class Observer(CompareProgress owner, Contender run) : IRunObserver
    {
        private readonly Lock _gate = new();
        private RunState _state = RunState.Empty;

        public void Observe(RunProgress progress)
        {
            if (progress is RunProgress.Warning warning)
            {
                owner.Warn(run, warning.Text);
                return;
            }

            RunState state;
            lock (_gate) state = _state = _state.After(progress, TimeSpan.Zero);
            owner.Draw(run, state);
        }

        public void Dispose()
        {
            // The comparison owns the terminal; one run has nothing to give back.
        }
    }
}
