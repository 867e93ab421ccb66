using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Security.Cryptography;
using System.Text;
using Fed.Actors.Protocol;

namespace Fed.Host.Telemetry;

/// <summary>
/// Metrics and spans of rounds. All spans of a round, at whichever node, are of one trace, whose id everybody works out from federation, job and round: no message carries it. Spans of one node that belong together know each other; what
/// two nodes tell of an attempt is found by the attributes <c>fed.attempt</c> and <c>fed.sum</c>. Thread-safe.
/// </summary>
internal sealed class RoundInstruments(Meter meter, ActivitySource source, string federation)
{
    private readonly Counter<long> _events = meter.CreateCounter<long>("fed.events", "{event}", "Events that are on disk, by kind.");
    private readonly Counter<long> _rounds = meter.CreateCounter<long>("fed.rounds", "{round}", "Rounds that are over, at the coordinator that led then.");
    private readonly Histogram<double> _roundTimes = meter.CreateHistogram<double>("fed.round.duration", "s", "From planned to committed.");
    private readonly Histogram<double> _sectionTimes = meter.CreateHistogram<double>("fed.round.section.duration", "s", "What a round spends its time on.");
    private readonly Histogram<double> _contributionTimes = meter.CreateHistogram<double>("fed.contribution.duration", "s", "Aggregator: from the request until a site's update is accepted. Site: of its computation.");

    /// <summary>The trace of a round.</summary>
    public static ActivityTraceId TraceOf(string federation, JobId job, int round) =>
        ActivityTraceId.CreateFromBytes(SHA256.HashData(Encoding.UTF8.GetBytes($"fedactors/trace/1\n{federation}\n{job}\n{round}")).AsSpan(0, 16));

    /// <summary>Counts an event.</summary>
    public void Happened(object happened) => _events.Add(1, new KeyValuePair<string, object?>("event", happened.GetType().Name));

    /// <summary>Notes the end of a round.</summary>
    public void RoundEnded(string outcome, TimeSpan? took)
    {
        _rounds.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
        if (took is { } time) _roundTimes.Record(time.TotalSeconds);
    }

    /// <summary>Notes a section of a round.</summary>
    public void SectionEnded(string section, string sum, TimeSpan took) => _sectionTimes.Record(took.TotalSeconds, new KeyValuePair<string, object?>("section", section), new KeyValuePair<string, object?>("sum", sum));

    /// <summary>Notes a site's contribution.</summary>
    public void Contributed(string sum, string part, TimeSpan took) => _contributionTimes.Record(took.TotalSeconds, new KeyValuePair<string, object?>("sum", sum), new KeyValuePair<string, object?>("part", part));

    /// <summary>Begins a span; null where nobody listens.</summary>
    /// <param name="name">What it is.</param>
    /// <param name="job">The job.</param>
    /// <param name="round">Its round.</param>
    /// <param name="from">When it began.</param>
    /// <param name="within">A span of this node that it is a part of.</param>
    public Activity? Begin(string name, JobId job, int round, DateTimeOffset from, Activity? within = null)
    {
        ActivityContext parent = within?.Context ?? new ActivityContext(TraceOf(federation, job, round), default, ActivityTraceFlags.Recorded, isRemote: true);
        Activity? before = Activity.Current;
        Activity? span = source.StartActivity(name, ActivityKind.Internal, parent, startTime: from);
        Activity.Current = before;   // whoever told of it goes on with its own work
        return span?.SetTag("fed.job", job.Value).SetTag("fed.round", round);
    }

    /// <summary>Notes a span that is over.</summary>
    public void Note(string name, CollectionId collection, JobId job, DateTimeOffset from, DateTimeOffset to, string? failure, Activity? within = null, SiloId? silo = null)
    {
        using Activity? span = Begin(name, job, collection.Round, from, within);
        span?.SetTag("fed.sum", collection.Sum).SetTag("fed.attempt", collection.Attempt);
        if (silo is { } site) span?.SetTag("fed.site", site.Value);
        End(span, to, failure);
    }

    /// <summary>Ends a span.</summary>
    public static void End(Activity? span, DateTimeOffset to, string? failure)
    {
        if (failure is not null) span?.SetStatus(ActivityStatusCode.Error, failure);
        span?.SetEndTime(to.UtcDateTime);
        Activity? before = Activity.Current;
        span?.Stop();
        Activity.Current = before;
    }
}
