using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;

namespace Fed.TestKit.Federation.Checks;

/// <summary>
/// What a person who asks is shown at any moment: the journals of job, coordinator and aggregator, read from the disk by somebody else than their writers and folded as every status command
/// folds them. It may be ahead of the books by an append whose writer has not heard of it yet, and contradicts neither them nor itself.
/// </summary>
internal sealed class ShownStatus(JobView job, CheckContext checks)
{
    private readonly Reader<JobState, JobEvent> _job = new(NodeAddress.Job, JobDecider.Initial, JobDecider.Evolve);
    private readonly Reader<RoundState, RoundEvent> _round = new(NodeAddress.Coordinator, RoundDecider.Initial, RoundDecider.Evolve);
    private readonly Reader<AggregationState, AggregationEvent> _aggregation = new(NodeAddress.Aggregator, AggregationDecider.Initial, AggregationDecider.Evolve);
    private readonly List<RoundEvent.RoundCommitted> _commits = [];
    private readonly Dictionary<CollectionId, AggregationEvent.SumSealed> _sealed = [];

    /// <summary>Reads on, and compares with the books.</summary>
    public void Check(IReadOnlyList<RoundEvent.RoundCommitted> books)
    {
        _job.ReadOn(job, static _ => { });
        _round.ReadOn(job, happened =>
        {
            if (happened is RoundEvent.RoundCommitted committed) _commits.Add(committed);
        });
        _aggregation.ReadOn(job, happened =>
        {
            if (happened is AggregationEvent.SumSealed done) _sealed[done.Collection] = done;
        });
        CompareCommits(books);
        CompareJob();
        CompareRound();
    }

    private void CompareCommits(IReadOnlyList<RoundEvent.RoundCommitted> books)
    {
        checks.Require(FederationCheck.Status, _commits.Count >= books.Count, $"{_commits.Count} rounds are shown as committed, and {books.Count} are");
        for (int i = 0; i < books.Count; i++)
        {
            bool isSame = books[i].Step.State == _commits[i].Step.State && books[i].Sums.Length == _commits[i].Sums.Length
                && books[i].Sums.Zip(_commits[i].Sums).All(static pair => pair.First.Contributions.Select(static m => (m.Silo, m.Hash)).SequenceEqual(pair.Second.Contributions.Select(static m => (m.Silo, m.Hash))));
            checks.Require(FederationCheck.Status, isSame, $"round {i} is shown with another model or other contributors than it was committed with");
        }
    }

    private void CompareJob()
    {
        JobState shown = _job.State;
        bool hasRound = shown.Round < 0 || (shown.Round < _commits.Count && _commits[shown.Round].Step.State == shown.State);
        checks.Require(FederationCheck.Status, hasRound, $"the job is shown at round {shown.Round}, and {_commits.Count} rounds are committed");
        if (shown.Phase == JobPhase.Completed)
        {
            bool isWhole = _commits.Count == shown.Planned!.Plan.Rounds + 1 || _commits[^1].Stop is not null;
            checks.Require(FederationCheck.Status, isWhole, $"the job is shown as completed with {_commits.Count} rounds");
        }

        bool isExplained = !shown.IsOver || !string.IsNullOrWhiteSpace(shown.Reason);
        checks.Require(FederationCheck.Status, isExplained, $"the job is shown as {shown.Phase} without a reason");
    }

    private void CompareRound()
    {
        RoundState shown = _round.State;
        if (!job.AddsHonestly || shown.Phase is not (RoundPhase.Opening or RoundPhase.Stepping)) return;
        bool isSealed = _sealed.TryGetValue(shown.Collection, out AggregationEvent.SumSealed? done) && done.Sum == shown.Sealed && done.Contributors.SequenceEqual(shown.Contributions.Select(static m => m.Silo));
        checks.Require(FederationCheck.Status, isSealed, $"{shown.Collection} is shown as sealed over {shown.Contributions.Length} sites, and the aggregator's log says otherwise");
    }

    /// <summary>A log, read on from where it was left and folded.</summary>
    private sealed class Reader<TState, TEvent>(NodeAddress node, TState initial, Func<TState, TEvent, TState> evolve)
    {
        private long _sequence;

        public TState State { get; private set; } = initial;

        public void ReadOn(JobView job, Action<TEvent> happened)
        {
            foreach (JournalEvent stored in job.ReadLog(FederationLogs.Of(job.Plan.Job, node), _sequence))
            {
                var read = (TEvent)FederationLogs.Read(node, stored);
                happened(read);
                State = evolve(State, read);
                _sequence = stored.Sequence;
            }
        }
    }
}
