using System.Collections.Immutable;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Shell;

namespace Fed.Host.History;

/// <summary>A committed round with what the journal says about its making.</summary>
/// <param name="Committed">The commit.</param>
/// <param name="Attempts">Attempts at the round's sums beyond the first of each, plus one.</param>
/// <param name="Planned">When it began.</param>
internal sealed record CommittedRound(RoundEvent.RoundCommitted Committed, int Attempts, DateTimeOffset Planned)
{
    /// <summary>Who was there in each phase of its sums.</summary>
    public ImmutableArray<PhaseAttendance> Phases { get; init; } = [];

    /// <summary>Sites that left a protected round, by phase; null where nobody did, and where the round is not protected.</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>>? Left => Phases.All(static phase => phase.Left.IsEmpty) || Phases.All(static phase => RoundAttendance.Usual.Contains(phase.Phase)) ? null : Phases.Where(static phase => !phase.Left.IsEmpty)
        .GroupBy(static phase => phase.Phase, StringComparer.Ordinal)
        .ToImmutableSortedDictionary(static phase => phase.Key, static phase => phase.SelectMany(static attempt => attempt.Left).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToImmutableArray(), StringComparer.Ordinal);

    /// <summary>Figures of all its sums, the later ones first.</summary>
    public double? Metric(string name)
    {
        for (int i = Committed.Sums.Length - 1; i >= 0; i--)
            if (Committed.Sums[i].Step.Metrics.TryGetValue(name, out double value)) return value;
        return null;
    }

    /// <summary>Sites in the round's first sum (training; counts at start-up).</summary>
    public ImmutableArray<string> Contributors => [.. Committed.Sums[0].Contributions.Select(static m => m.Silo.Value)];

    /// <summary>Bytes of accepted updates.</summary>
    public long BytesUp => Committed.Sums.Sum(static sum => sum.Contributions.Sum(static m => m.Length));
}

/// <summary>One job as its journals tell it. Nothing here is computed: it is read.</summary>
internal sealed class JobHistory
{
    private JobHistory(JobState job, ImmutableArray<JobEvent> jobEvents, ImmutableArray<(RoundEvent Event, DateTimeOffset At)> roundEvents, long eventCount, DateTimeOffset last)
    {
        State = job;
        JobEvents = jobEvents;
        RoundEvents = roundEvents;
        EventCount = eventCount;
        LastEventAt = last;
        Rounds = Commits(roundEvents);
    }

    /// <summary>The job's state.</summary>
    public JobState State { get; }

    /// <summary>The job's own events.</summary>
    public ImmutableArray<JobEvent> JobEvents { get; }

    /// <summary>The coordinator's events and when they were decided.</summary>
    public ImmutableArray<(RoundEvent Event, DateTimeOffset At)> RoundEvents { get; }

    /// <summary>Events in the node's logs of this job.</summary>
    public long EventCount { get; }

    /// <summary>When the last of them happened.</summary>
    public DateTimeOffset LastEventAt { get; }

    /// <summary>Committed rounds in order, start-up (0) included.</summary>
    public ImmutableArray<CommittedRound> Rounds { get; }

    /// <summary>The last round that began, committed or not: what is retained counts from it.</summary>
    public int LastPlannedRound => RoundEvents.Select(static e => e.Event).OfType<RoundEvent.RoundPlanned>().LastOrDefault()?.Round ?? -1;

    /// <summary>The plan.</summary>
    public JobPlan Plan => State.Planned!.Plan;

    /// <summary>The job's id.</summary>
    public JobId Id => Plan.Job;

    /// <summary>True when nothing more will happen.</summary>
    public bool HasEnded => State.IsOver;

    /// <summary>Attempts that failed before a sum was sealed.</summary>
    public int FailedAttempts => RoundEvents.Count(static e => e.Event is RoundEvent.AttemptFailed or RoundEvent.RoundFailed);

    /// <summary>One word for lists.</summary>
    public string Status => State.Phase switch
    {
        JobPhase.Completed => "completed",
        JobPhase.Failed => "failed",
        JobPhase.Cancelled => "cancelled",
        JobPhase.Paused => "paused",
        _ => "unfinished",
    };

    /// <summary>All jobs of a node's journal, the oldest first.</summary>
    public static ImmutableArray<JobHistory> ReadAll(IJournalReader journal)
    {
        string prefix = FederationNodes.JobLog(new JobId(""));
        return [.. journal.PersistenceIds()
            .Where(id => id.StartsWith(prefix, StringComparison.Ordinal))
            .Select(id => Read(journal, new JobId(id[prefix.Length..])))
            .OfType<JobHistory>()
            .OrderBy(static job => job.State.Planned!.At)];
    }

    /// <summary>One job; null where its plan is not in the journal.</summary>
    public static JobHistory? Read(IJournalReader journal, JobId id)
    {
        (ImmutableArray<(JobEvent Event, DateTimeOffset At)> job, DateTimeOffset jobAt) = Events(journal, FederationNodes.JobLog(id), ProtocolSerializers.Job);
        JobState state = job.Aggregate(JobDecider.Initial, static (s, e) => JobDecider.Evolve(s, e.Event));
        if (state.Planned is null) return null;
        (ImmutableArray<(RoundEvent Event, DateTimeOffset At)> rounds, DateTimeOffset roundsAt) = Events(journal, FederationNodes.RoundLog(id), ProtocolSerializers.Round);
        long collections = journal.Read(FederationNodes.AggregationLog(id)).LongCount();
        return new JobHistory(state, [.. job.Select(static e => e.Event)], rounds, job.Length + rounds.Length + collections, jobAt > roundsAt ? jobAt : roundsAt);
    }

    /// <summary>The aggregator's events of this job.</summary>
    public ImmutableArray<AggregationEvent> Collections(IJournalReader journal) =>
        [.. Events(journal, FederationNodes.AggregationLog(Id), ProtocolSerializers.Aggregation).Events.Select(static e => e.Event)];

    /// <summary>The events of a part's aggregator.</summary>
    public ImmutableArray<AggregationEvent> Collections(IJournalReader journal, int part) =>
        [.. Events(journal, FederationNodes.AggregationLog(Id, part), ProtocolSerializers.Aggregation).Events.Select(static e => e.Event)];

    /// <summary>The events of all aggregators, one after another: whoever accepted an update is among them.</summary>
    public ImmutableArray<AggregationEvent> AllCollections(IJournalReader journal) =>
        [.. Collections(journal), .. AggregatorTree.Parts(Plan).SelectMany(part => Collections(journal, part))];

    /// <summary>The logs that the node itself writes of a job.</summary>
    public static ImmutableArray<string> NodeLogs(IJournalReader journal, JobId id)
    {
        string parts = FederationNodes.AggregationLog(id) + "/";
        return [FederationNodes.JobLog(id), FederationNodes.RoundLog(id), FederationNodes.AggregationLog(id), .. journal.PersistenceIds().Where(log => log.StartsWith(parts, StringComparison.Ordinal))];
    }

    /// <summary>A job's events at a site.</summary>
    public static ImmutableArray<TEvent> EventsOf<TEvent>(IJournalReader journal, string persistenceId, IEventSerializer<TEvent> serializer) =>
        [.. Events(journal, persistenceId, serializer).Events.Select(static e => e.Event)];

    private static (ImmutableArray<(TEvent Event, DateTimeOffset At)> Events, DateTimeOffset Last) Events<TEvent>(IJournalReader journal, string persistenceId, IEventSerializer<TEvent> serializer)
    {
        ImmutableArray<(TEvent, DateTimeOffset)> events = [.. journal.Read(persistenceId).Select(e => (serializer.Read(e.Tag, e.Version, e.Payload.Span), e.At))];
        return (events, events.IsEmpty ? DateTimeOffset.MinValue : events[^1].Item2);
    }

    private static ImmutableArray<CommittedRound> Commits(ImmutableArray<(RoundEvent Event, DateTimeOffset At)> events)
    {
        ImmutableArray<CommittedRound>.Builder rounds = ImmutableArray.CreateBuilder<CommittedRound>();
        DateTimeOffset planned = default;
        int started = 0;
        List<RoundEvent> own = [];
        foreach ((RoundEvent happened, DateTimeOffset at) in events)
        {
            own.Add(happened);
            switch (happened)
            {
                case RoundEvent.RoundPlanned:
                    (planned, started, own) = (at, 0, []);
                    break;
                case RoundEvent.AttemptStarted:
                    started++;
                    break;
                case RoundEvent.RoundCommitted committed:
                    rounds.Add(new CommittedRound(committed, started - committed.Sums.Length + 1, planned) { Phases = RoundAttendance.Of(own) });
                    break;
            }
        }

        return rounds.ToImmutable();
    }
}
