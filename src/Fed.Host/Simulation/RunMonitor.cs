using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Learning.Metrics;
using Fed.Learning.Training;

namespace Fed.Host.Simulation;

/// <summary>
/// Listens to a federation: tells the view what people want to see, and the run when it is over. Only what is on disk is shown as done.
/// </summary>
/// <param name="view">Told everything.</param>
/// <param name="clock">Measures how fast sites train.</param>
/// <param name="entries">Length of a site's training vector.</param>
/// <param name="parts">Parts of the roster with an aggregator each; 0 where one does it all.</param>
internal sealed class RunMonitor(IRunObserver view, TimeProvider clock, int entries, int parts) : IFederationObserver
{
    private const double ClippedShareMax = 0.01;
    private const string SiloPrefix = "silo/";
    private const int RefusalsShownMax = 1_000;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<JobState> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TrainingPace _pace = new(clock);
    private readonly List<RoundEvent> _events = [];   // of the round under way
    private readonly HashSet<string> _refusals = new(StringComparer.Ordinal);
    private JobState _job = JobDecider.Initial;
    private RoundState _round = RoundDecider.Initial;
    private readonly Dictionary<NodeAddress, AggregationState> _aggregations = [];
    private DateTimeOffset _planned = clock.GetUtcNow();
    private int _attempts;
    private bool _isRoundKnown, _isClippingShown;
    private long _refused;

    /// <summary>Called when a sum is sealed, opened or given up, and when a round ends: for notes that must not get far behind the journal.</summary>
    public Action Checkpoint { get; init; } = static () => { };

    /// <summary>Completes when the job is done or failed; faults when a node cannot go on.</summary>
    public Task<JobState> Ended => _ended.Task;

    /// <summary>Completes when, after that, every silo has settled the last round, holds its receipt and keeps the models, and the aggregator has released it.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Messages that were refused in this process.</summary>
    public long RefusedCount => Interlocked.Read(ref _refused);

    /// <inheritdoc/>
    public void Recovered(NodeAddress node, JournalHead head, object state)
    {
        lock (_lock)
        {
            if (state is JobState job) _job = job;
            else if (state is RoundState round) (_round, _attempts, _isRoundKnown) = (round, round.Sums.Length + round.Tries, true);
            else if (state is AggregationState aggregation) _aggregations[node] = aggregation;
            CheckEnd();
        }
    }

    /// <inheritdoc/>
    public void Journaled(NodeAddress node, JournalHead head, object happened)
    {
        lock (_lock)
        {
            switch (happened)
            {
                case JobEvent e:
                    _job = JobDecider.Evolve(_job, e);
                    Show(e);
                    break;
                case RoundEvent e:
                    _round = RoundDecider.Evolve(_round, e);
                    _events.Add(e);
                    Show(e);
                    if (e is RoundEvent.SumSealed or RoundEvent.SumOpened or RoundEvent.AttemptFailed or RoundEvent.RoundCommitted or RoundEvent.RoundFailed or RoundEvent.RoundStopped) Checkpoint();
                    break;
                case AggregationEvent e:
                    _aggregations[node] = AggregationDecider.Evolve(_aggregations.GetValueOrDefault(node, AggregationDecider.Initial), e);
                    Show(node, e);
                    break;
                case SiloEvent e:
                    Show(node, e);
                    break;
            }

            CheckEnd();
        }
    }

    /// <summary>What a silo's own training tells; shown here because all sites are this machine's. What leaves a silo is <see cref="Progress"/>.</summary>
    public void Trained(string site, LocalProgress progress)
    {
        if (_pace.Next(site, progress) is { } rate) view.Observe(new RunProgress.SiteTrained(site, progress.Epoch, progress.Batch, progress.Loss, rate));
    }

    /// <inheritdoc/>
    public void Progress(SiloId silo, CollectionId collection, int percent) => view.Observe(new RunProgress.SiteChanged(silo.Value, SiteState.Training, percent));

    /// <inheritdoc/>
    public void Refused(NodeAddress node, string reason)
    {
        Interlocked.Increment(ref _refused);
        if (node.Value.StartsWith(SiloPrefix, StringComparison.Ordinal) && reason.StartsWith(SiloDecider.AggregatorRefused, StringComparison.Ordinal))
        {
            view.Observe(new RunProgress.SiteChanged(node.Value[SiloPrefix.Length..], SiteState.Refused));   // late, as over-selection expects
            return;
        }

        lock (_lock)
        {
            if (_refusals.Count >= RefusalsShownMax || !_refusals.Add($"{node}\n{reason}")) return;   // shown once, counted always
        }

        view.Observe(new RunProgress.Warning($"{node} refused: {reason}"));
    }

    /// <inheritdoc/>
    public void Fault(NodeAddress node, Exception cause)
    {
        NodeFaultException fault = new(node, cause);
        _ended.TrySetException(fault);
        _settled.TrySetException(fault);
    }

    private void CheckEnd()
    {
        if (!_job.IsOver) return;
        _ended.TrySetResult(_job);
        if (_isRoundKnown && _round.Closing.IsEmpty && _round.ModelsOwed.IsEmpty && _aggregations.Count == parts + 1 && _aggregations.Values.All(state => state.ReleasedBelow > _round.Round)) _settled.TrySetResult();
    }

    private void Show(JobEvent happened)
    {
        switch (happened)
        {
            case JobEvent.KeyCeremonyStarted started:
                ShowKey(0, started.Asked.Count);
                break;
            case JobEvent.KeyStepClosed closed:
                ShowKey(closed.Holders.Count, closed.Holders.Count);
                break;
            case JobEvent.KeyCeremonyFailed failed:
                string leftOut = failed.LeftOut.IsEmpty ? "" : $"; it is made again without {string.Join(", ", failed.LeftOut)}";
                view.Observe(new RunProgress.Warning($"the making of key {failed.Epoch} failed: {failed.Reason}{leftOut}"));
                break;
        }
    }

    private void ShowKey(int holders, int asked) => view.Observe(new RunProgress.RoundChanged(Math.Max(0, _round.Round), RoundStage.Keying, _round.Collection.Attempt, holders, asked));

    private void Show(RoundEvent happened)
    {
        switch (happened)
        {
            case RoundEvent.RoundPlanned planned:
                (_planned, _attempts) = (planned.At, 0);
                _events.Clear();
                break;
            case RoundEvent.AttemptStarted:
                _attempts++;
                ShowRound(RoundStage.Planned, 0);
                break;
            case RoundEvent.CollectionRequested:
                ShowRound(RoundStage.Training, 0);
                foreach (SiloId silo in _round.Invited) view.Observe(new RunProgress.SiteChanged(silo.Value, SiteState.Training));
                break;
            case RoundEvent.KeysClosed closed:
                ShowRound(RoundStage.Sharing, closed.Members.Count);
                break;
            case RoundEvent.SharesClosed closed:
                ShowRound(RoundStage.Masking, closed.Shares.Count);
                break;
            case RoundEvent.AttemptFailed failed:
                ShowRound(RoundStage.Failed, 0);
                view.Observe(new RunProgress.Warning($"round {failed.Collection.Round}, attempt {failed.Collection.Attempt} of '{failed.Collection.Sum}' failed: {failed.Reason}"));
                break;
            case RoundEvent.SumSealed:
                ShowRound(_round.Plan is { Protection: not ProtectionRules.Plain } ? RoundStage.Confirming : RoundStage.Opening, _round.Contributions.Length);
                break;
            case RoundEvent.ContributorsConfirmed confirmed:
                int signed = _events.OfType<RoundEvent.ContributorsConfirmed>().Count(e => e.Collection == confirmed.Collection);
                ShowRound(_round.Plan?.SecAgg is { } masks && signed >= masks.ThresholdOf(_round.Invited.Count) ? RoundStage.Opening : RoundStage.Confirming, signed);
                break;
            case RoundEvent.CommitmentsClosed closed:
                ShowRound(RoundStage.Encrypting, closed.Members.Count);
                break;
            case RoundEvent.LiarsNamed named:
                foreach (SiloId liar in named.Silos) Accuse(RoundDecider.Accusation(named.Collection, liar));
                break;
            case RoundEvent.RekeyingAsked asked:
                Accuse(RoundDecider.Accusation(asked));
                view.Observe(new RunProgress.SiteChanged(asked.Silo.Value, SiteState.Absent));
                break;
            case RoundEvent.OpenersDrawn drawn:
                ShowRound(RoundStage.Verifying, drawn.Openers.Count);
                break;
            case RoundEvent.SumDoubted doubted:
                view.Observe(new RunProgress.Warning($"round {doubted.Collection.Round}: '{doubted.Silo}' finds that '{doubted.Collection.Sum}' is not the sum of what was contributed: {doubted.Reason}"));
                break;
            case RoundEvent.OpeningAgreed agreed:
                ShowRound(RoundStage.Opening, agreed.Readies.Length);
                break;
            case RoundEvent.ReprotectionStarted lost:
                ShowRound(RoundStage.Encrypting, 0);
                view.Observe(new RunProgress.Warning($"round {lost.Collection.Round}: '{lost.Collection.Sum}' is encrypted again for the same contributors, since an opener was lost: {string.Join(", ", lost.Lost)}"));
                break;
            case RoundEvent.RoundCommitted committed:
                ShowRound(RoundStage.Committed, _round.Contributions.Length);
                if (committed.Round == 0) break;
                CommittedRound round = new(committed, _attempts - committed.Sums.Length + 1, _planned) { Phases = RoundAttendance.Of(_events) };
                view.Observe(new RunProgress.RoundCommitted(Reports.Round(round)));
                ShowClipping(round);
                break;
        }
    }

    private void Show(NodeAddress node, AggregationEvent happened)
    {
        switch (happened)
        {
            case AggregationEvent.UpdateAccepted accepted:
                view.Observe(new RunProgress.SiteChanged(accepted.Manifest.Silo.Value, SiteState.Accepted, 100));
                IEnumerable<AggregationState> collecting = _aggregations.Where(known => parts == 0 || known.Key != NodeAddress.Aggregator).Select(static known => known.Value);
                ShowRound(RoundStage.Collecting, collecting.Sum(state => state.Find(accepted.Collection)?.Accepted.Count ?? 0));
                break;
            case AggregationEvent.UpdateDeclined declined:
                view.Observe(new RunProgress.SiteChanged(declined.Silo.Value, SiteState.Absent));
                break;
            case AggregationEvent.SumSealed sealedSum when node == NodeAddress.Aggregator:
                ShowRound(RoundStage.Sealed, sealedSum.Contributors.Count);
                break;
        }
    }

    private void Show(NodeAddress node, SiloEvent happened)
    {
        string site = node.Value[SiloPrefix.Length..];
        switch (happened)
        {
            case SiloEvent.ContributionStored:
                view.Observe(new RunProgress.SiteChanged(site, SiteState.Uploaded, 100));
                break;
            case SiloEvent.ContributionDeclined declined:
                view.Observe(new RunProgress.Warning($"site {site} cannot contribute: {declined.Reason}"));
                break;
        }
    }

    // What a site did, as the journal has it; the coordinator's refusal of it, which follows, says the same once more.
    private void Accuse(string sentence)
    {
        _refusals.Add($"{NodeAddress.Coordinator}\n{sentence}");
        view.Observe(new RunProgress.Warning(sentence));
    }

    // Once a job: a model whose updates are cut is another one than its settings say, and more so the more rounds there are.
    private void ShowClipping(CommittedRound round)
    {
        long clipped = (long)(round.Metric(MetricNames.Clipped) ?? 0), all = (long)entries * round.Contributors.Length;
        if (_isClippingShown || clipped <= ClippedShareMax * all) return;
        _isClippingShown = true;
        view.Observe(new RunProgress.Warning(
            $"round {round.Committed.Round}: {Figures.Count(clipped)} of {Figures.Count(all)} contributed values lay beyond the grid's range and were cut to it; choose a smaller learning-rate, or a wider job.grid"));
    }

    private void ShowRound(RoundStage stage, int accepted) =>
        view.Observe(new RunProgress.RoundChanged(_round.Round, stage, _round.Collection.Attempt, accepted, _round.Target));
}

/// <summary>A node cannot go on; what is on disk is safe.</summary>
internal sealed class NodeFaultException(NodeAddress node, Exception cause) : Exception($"{node} cannot go on: {cause.Message}", cause);
