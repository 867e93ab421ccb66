using System.Collections.Concurrent;
using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Silo;
using Fed.Host.Policy;

namespace Fed.Host.Cluster;

/// <summary>
/// The jobs that a site is at, followed by what its silos journal and its policy says: those that are over, those that its policy refused, and those that were proposed and of which nothing was said for <see cref="ProposedFor"/>, take
/// no place. Thread-safe.
/// </summary>
/// <param name="clock">The time.</param>
internal sealed class SiteJobs(TimeProvider clock)
{
    /// <summary>More than so many at once, proposed ones among them, a site does not look at; its policy, which says how many it runs, is asked later.</summary>
    public const int Max = 100;

    /// <summary>How long a job that was proposed keeps its place: as long as its plan waits for a person.</summary>
    public static readonly TimeSpan ProposedFor = SiteDecisions.WaitsFor;

    private readonly ConcurrentDictionary<JobId, SiloState> _states = [];
    private JobId _askedLast = new("");
    private readonly ConcurrentDictionary<JobId, DateTimeOffset> _proposed = [];   // and not approved: when it was last

    /// <summary>True while another may begin.</summary>
    public bool HasPlace
    {
        get
        {
            DateTimeOffset now = clock.GetUtcNow();
            foreach (KeyValuePair<JobId, DateTimeOffset> silent in _proposed.Where(pair => now - pair.Value >= ProposedFor)) _proposed.TryRemove(silent);
            return _states.Values.Count(static state => !state.IsOver) + _proposed.Count < Max;
        }
    }

    /// <summary>The jobs for which the site holds something: it asks about them until it hears that they are over.</summary>
    public ImmutableArray<JobId> Held => [.. _states.Where(static pair => IsHeld(pair.Value)).Select(static pair => pair.Key).Order()];

    /// <summary>Those of them whose turn it is, so many at most: where they are more, each is asked about in its turn. For one caller.</summary>
    public ImmutableArray<JobId> NextHeld(int max)
    {
        ImmutableArray<JobId> held = Held;
        if (held.Length <= max) return held;
        ImmutableArray<JobId> next = [.. held.Where(job => job.CompareTo(_askedLast) > 0).Concat(held).Take(max)];
        _askedLast = next[^1];
        return next;
    }

    /// <summary>True where the site is to be there for a job whoever asks for it.</summary>
    public static bool IsHeld(SiloState state) => state.Plan is not null && (!state.IsOver || !state.Outbox.IsEmpty);

    /// <summary>True for a message for which the site starts a silo: the job's proposal, or whatever concerns a job of before. None is started for a job that is called as no job can be, whoever says it: a silo has logs and folders of that name.</summary>
    public static bool MayBegin(Origin from, ProtocolMessage message, ImmutableHashSet<JobId> earlier) =>
        JobId.IsName(message.Job.Value) && (earlier.Contains(message.Job) || (message is ProtocolMessage.ProposePlan && from.Address == NodeAddress.Job));

    /// <summary>A silo is started for a job.</summary>
    public void Begin(JobId job) => _proposed.TryAdd(job, clock.GetUtcNow());

    /// <summary>The site's policy has judged a proposal, as it does again with each repetition: what waits has a place from now on, and what is refused has none.</summary>
    public void Judged(JobId job, PolicyDecision decision)
    {
        if (decision == PolicyDecision.Refused) _proposed.TryRemove(job, out _);
        else if (decision == PolicyDecision.Waiting && !_states.ContainsKey(job)) _proposed[job] = clock.GetUtcNow();
    }

    /// <summary>A job's silo is where its journal says.</summary>
    public void Recovered(JobId job, SiloState state)
    {
        if (state.IsOver || state.Plan is not null || state.Policy?.Note.Decision == PolicyDecision.Refused) _proposed.TryRemove(job, out _);
        if (state.IsOver && state.Outbox.IsEmpty) _states.TryRemove(job, out _);
        else if (state.Plan is not null) _states[job] = state;
    }

    /// <summary>Something is on record of a job.</summary>
    /// <returns>True when the job is over.</returns>
    public bool Happened(JobId job, SiloEvent happened)
    {
        if (!_states.TryGetValue(job, out SiloState? state) && happened is not (SiloEvent.PlanApproved or SiloEvent.PolicyDecided or SiloEvent.JobEnded)) return false;
        SiloState after = SiloDecider.Evolve(state ?? SiloDecider.Initial, happened);
        Recovered(job, after);
        return after.IsOver;
    }
}
