namespace Fed.Host.Presentation;

/// <summary>A run in a pipe, a file or on a dumb terminal: one line per round and event, no escape codes, no carriage returns. Thread-safe.</summary>
internal sealed class PlainView : IRunObserver
{
    /// <summary>Training, or a phase of a protection, that goes on for longer shows life as often as this.</summary>
    private static readonly TimeSpan QuietMax = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    /// <summary>More sites than this in one line are only counted.</summary>
    private const int NamesMax = 3;

    private readonly LineQueue _lines;
    private readonly Lock _gate = new();
    private readonly TerminalProfile _profile;
    private readonly TimeProvider _clock;
    private readonly ITimer _beats;
    private RunState _state = RunState.Empty;
    private long _lastLine;
    private bool _isFinished;

    /// <summary>Starts the clock of its silence.</summary>
    /// <param name="output">Not closed by the view.</param>
    /// <param name="profile">What the output can show.</param>
    /// <param name="clock">The system's unless given.</param>
    public PlainView(TextWriter output, TerminalProfile profile, TimeProvider? clock = null)
    {
        (_lines, _profile, _clock) = (new LineQueue(output), profile, clock ?? TimeProvider.System);
        _lastLine = _clock.GetTimestamp();
        _beats = _clock.CreateTimer(static view => ((PlainView)view!).ShowPhase(), this, Beat, Beat);
    }

    /// <inheritdoc/>
    public void Observe(RunProgress progress)
    {
        lock (_gate)
        {
            RunProgress.RoundChanged? before = _state.Round;
            _state = _state.After(progress, TimeSpan.Zero);
            _isFinished |= progress is RunProgress.Finished;
            if (Line(progress, before) is not { } line) return;
            _lines.Add(line);
            _lastLine = _clock.GetTimestamp();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _beats.Dispose();
        _lines.Dispose();
    }

    // The ceremonies of a protection may take long without any site training.
    private void ShowPhase()
    {
        lock (_gate)
        {
            if (_isFinished || _state.Job?.Protection is null || !IsQuiet) return;
            _lines.Add($"  {LiveFrame.Headline(_state)}");
            _lastLine = _clock.GetTimestamp();
        }
    }

    private string? Line(RunProgress progress, RunProgress.RoundChanged? before) => progress switch
    {
        RunProgress.RunStarted job => Start(job),
        RunProgress.RoundChanged { Phase: RoundStage.Failed } failed when failed != before =>
            $"round {failed.Round}: attempt {failed.Attempt} failed, {failed.Accepted} of {Figures.Plural(failed.Target, "update")} accepted{Missing()}",
        RunProgress.RoundCommitted commit => Round(commit.Round),
        RunProgress.Warning warning => "warning: " + Clean(warning.Text),
        RunProgress.SiteDone done => $"{Clean(done.Model.Site ?? "")} alone: {(done.Model.Loss is null ? done.Model.Reason : LiveFrame.Describe(done.Model))}",
        RunProgress.SiteTrained trained when IsQuiet => $"  {Clean(trained.Site)}: {LiveFrame.Describe(trained)}",
        RunProgress.BaselinesChanged baselines when IsQuiet => $"  {LiveFrame.Describe(baselines)}",
        RunProgress.Finished finished => string.Join('\n', SummaryView.Lines(finished.Report, finished.Directory, _profile)),
        _ => null,
    };

    private bool IsQuiet => _clock.GetElapsedTime(_lastLine) >= QuietMax;

    private string Start(RunProgress.RunStarted job)
    {
        string carriedOn = job.Committed > 0 ? $", carried on after round {job.Committed}" : "";
        long rows = job.Sites.Sum(static site => site.TrainSamples);   // none are known of sites on other machines
        string protection = job.Protection is { } under ? $", under {Clean(under)}" : "";
        return $"job {Clean(job.JobId)}: {Clean(job.Name)}, {Clean(job.Algorithm)} {Clean(job.Model)}{protection}, {Figures.Plural(job.Sites.Length, "site")}, "
            + $"{(rows > 0 ? Figures.Plural(rows, "training row") + ", " : "")}at most {Figures.Plural(job.Rounds, "round")}{carriedOn}";
    }

    private string Round(RoundReport round)
    {
        string attempts = round.Attempts > 1 ? $", {round.Attempts} attempts" : "";
        if (round.Contributors.IsEmpty) return $"round {round.Round}/{_state.Job?.Rounds ?? round.Round}: {LiveFrame.Describe(round)}  (no federation, {Figures.Seconds(round.Seconds)})";
        return $"round {round.Round}/{_state.Job?.Rounds ?? round.Round}: {LiveFrame.Describe(round)}  ({Figures.Plural(round.Contributors.Length, "site")}, "
            + $"{Figures.Bytes(round.BytesUp)} up, {Figures.Seconds(round.Seconds)}{attempts}{Missing()}{Left(round)})";
    }

    /// <summary>Who did not make it into the sum: <c>; absent: north, south; refused: 7 sites</c>.</summary>
    private string Missing() => Group(SiteState.Absent, "absent") + Group(SiteState.Refused, "refused");

    /// <summary>Who left in a phase of a protected sum: <c>; gone before 'upload' closed: north</c>.</summary>
    private string Left(RoundReport round) => round.Left is null ? "" : string.Concat(round.Left.Select(phase => $"; gone before '{phase.Key}' closed: {Names([.. phase.Value.Select(Clean)])}"));

    private static string Names(string[] names) => names.Length <= NamesMax ? string.Join(", ", names) : Figures.Plural(names.Length, "site");

    private string Group(SiteState state, string word)
    {
        string[] names = [.. _state.Sites.Where(site => site.Value.State == state).Select(site => Clean(site.Key))];
        return names.Length == 0 ? "" : $"; {word}: {Names(names)}";
    }

    private string Clean(string text) => Figures.Clean(text, _profile.HasUnicode);
}
