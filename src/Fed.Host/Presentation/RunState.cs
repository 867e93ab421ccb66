using System.Collections.Immutable;

namespace Fed.Host.Presentation;

/// <summary>All that a live view shows, folded from what the run told. Immutable: a frame is drawn from one state while the next is being made.</summary>
internal sealed record RunState
{
    /// <summary>Warnings that stay in sight.</summary>
    public const int WarningsShown = 3;

    /// <summary>Before anything was told.</summary>
    public static RunState Empty { get; } = new();

    /// <summary>The job, or null before it started.</summary>
    public RunProgress.RunStarted? Job { get; private init; }

    /// <summary>Every site and what it does, by name in ordinal order.</summary>
    public ImmutableSortedDictionary<string, SiteStatus> Sites { get; private init; } = ImmutableSortedDictionary.Create<string, SiteStatus>(StringComparer.Ordinal);

    /// <summary>Models of the comparison trained and to train, or null before the rounds are over.</summary>
    public RunProgress.BaselinesChanged? Baselines { get; private init; }

    /// <summary>Where the current round is, or null before the first.</summary>
    public RunProgress.RoundChanged? Round { get; private init; }

    /// <summary>Rounds committed in this process.</summary>
    public ImmutableList<RoundReport> Rounds { get; private init; } = [];

    /// <summary>The latest warnings, oldest first.</summary>
    public ImmutableArray<string> Warnings { get; private init; } = [];

    /// <summary>When the job started, on the view's clock.</summary>
    public TimeSpan StartedAt { get; private init; }

    /// <summary>When the last round was committed, on the view's clock.</summary>
    public TimeSpan CommittedAt { get; private init; }

    /// <summary>Rounds committed in all processes.</summary>
    public int Committed => Rounds.IsEmpty ? Job?.Committed ?? 0 : Rounds[^1].Round;

    /// <summary>The state after one more step.</summary>
    /// <param name="progress">What the run told; a site that the job does not name is passed over.</param>
    /// <param name="now">On the view's clock, never decreasing.</param>
    public RunState After(RunProgress progress, TimeSpan now) => progress switch
    {
        RunProgress.RunStarted job => Empty with
        {
            Job = job,
            Sites = Empty.Sites.AddRange(job.Sites.Select(site => KeyValuePair.Create(site.Name, new SiteStatus(site.TrainSamples, SiteState.Waiting, 0)))),
            StartedAt = now,
            CommittedAt = now,
            Warnings = Warnings,
        },
        RunProgress.SiteChanged change when Sites.TryGetValue(change.Site, out SiteStatus? site) =>
            this with { Sites = Sites.SetItem(change.Site, site with { State = change.State, Percent = Math.Clamp(change.Percent, 0, 100), Training = change.State == SiteState.Training ? site.Training : null }) },
        RunProgress.SiteTrained trained when Sites.TryGetValue(trained.Site, out SiteStatus? site) => this with { Sites = Sites.SetItem(trained.Site, site with { Training = trained }) },
        RunProgress.BaselinesChanged baselines when baselines.Done >= (Baselines?.Done ?? 0) => this with { Baselines = baselines },
        RunProgress.RoundChanged change when (change.Round, change.Attempt) != (Round?.Round, Round?.Attempt) =>
            this with { Round = change, Sites = Sites.SetItems(Sites.Select(site => KeyValuePair.Create(site.Key, site.Value with { State = SiteState.Waiting, Percent = 0, Training = null }))) },
        RunProgress.RoundChanged change => this with { Round = change },
        RunProgress.RoundCommitted commit => this with { Rounds = Rounds.Add(commit.Round), CommittedAt = now },
        RunProgress.Warning warning => this with { Warnings = [.. Warnings.Add(warning.Text).TakeLast(WarningsShown)] },
        _ => this,
    };

    /// <summary>The time that the planned rounds will still take at the pace so far; null before the first is committed. A stopping rule may end the job earlier.</summary>
    public TimeSpan? Remaining(TimeSpan now)
    {
        if (Job is null || Rounds.IsEmpty) return null;
        TimeSpan total = (CommittedAt - StartedAt) / Rounds.Count * Math.Max(0, Job.Rounds - Committed);
        TimeSpan left = total - (now - CommittedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }
}

/// <summary>One site in the live table.</summary>
/// <param name="Samples">Training rows.</param>
/// <param name="State">What it does.</param>
/// <param name="Percent">Of its local work, 0 to 100.</param>
/// <param name="Training">How its training goes; null while it does not train, or too shortly to be seen.</param>
internal sealed record SiteStatus(long Samples, SiteState State, int Percent, RunProgress.SiteTrained? Training = null);
