using System.Diagnostics;
using Fed.Actors.Persistence;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Host.Configuration;
using Fed.Host.History;

namespace Fed.Host.Telemetry;

/// <summary>Follows the rounds of one job at one node by its events, beside the node's own observer. Events of a node come one after another; nothing here waits.</summary>
internal sealed class RoundObserver(JobId job, IFederationObserver inner, RoundInstruments instruments, TimeProvider clock) : IFederationObserver
{
    private readonly Lock _gate = new();
    private readonly RoundSections _sections = new();
    private readonly Dictionary<CollectionId, DateTimeOffset> _collecting = [];
    private (int Number, DateTimeOffset From, Activity? Span)? _round;

    /// <inheritdoc/>
    public void Recovered(NodeAddress node, JournalHead head, object state) => inner.Recovered(node, head, state);

    /// <inheritdoc/>
    public void Journaled(NodeAddress node, JournalHead head, object happened)
    {
        inner.Journaled(node, head, happened);
        DateTimeOffset now = clock.GetUtcNow();
        instruments.Happened(happened);
        lock (_gate)
        {
            if (happened is RoundEvent round) Led(round, now);
            else if (happened is AggregationEvent collected) Collected(collected, now);
            else if (happened is SiloEvent.RoundSettled settled) instruments.Note("settled", new CollectionId(settled.Round, 0, ""), job, now, now, settled.Committed ? null : "the round failed");
        }
    }

    /// <inheritdoc/>
    public void Progress(SiloId silo, CollectionId collection, int percent) => inner.Progress(silo, collection, percent);

    /// <inheritdoc/>
    public void Refused(NodeAddress node, string reason) => inner.Refused(node, reason);

    /// <inheritdoc/>
    public void Leads(NodeAddress role, Term term) => inner.Leads(role, term);

    /// <inheritdoc/>
    public void StepsDown(NodeAddress role, Term term, string reason) => inner.StepsDown(role, term, reason);

    /// <inheritdoc/>
    public void Fault(NodeAddress node, Exception cause) => inner.Fault(node, cause);

    private void Led(RoundEvent happened, DateTimeOffset now)
    {
        if (happened is RoundEvent.RoundPlanned planned) _round = (planned.Round, now, instruments.Begin("round", job, planned.Round, now));
        if (_sections.Next(happened, now) is { } ended)
        {
            string section = Kebab.From(ended.Section.ToString());
            instruments.SectionEnded(section, ended.Collection.Sum, ended.To - ended.From);
            instruments.Note(section, ended.Collection, job, ended.From, ended.To, ended.Failure, _round is { } open && open.Number == ended.Collection.Round ? open.Span : null);
        }

        (string Outcome, string? Failure)? over = happened switch
        {
            RoundEvent.RoundCommitted => ("committed", null),
            RoundEvent.RoundFailed failed => ("failed", failed.Reason),
            RoundEvent.RoundStopped stopped => ("stopped", stopped.Reason),
            _ => null,
        };
        if (over is not { } end) return;
        instruments.RoundEnded(end.Outcome, _round is { } known && end.Failure is null ? now - known.From : null);   // of a round that another leader began nobody here knows when
        if (_round is { } told) RoundInstruments.End(told.Span?.SetTag("fed.outcome", end.Outcome), now, end.Failure);
        _round = null;
    }

    private void Collected(AggregationEvent happened, DateTimeOffset now)
    {
        switch (happened)
        {
            case AggregationEvent.CollectionOpened opened:
                _collecting[opened.Request.Collection] = now;
                break;
            case AggregationEvent.UpdateAccepted accepted when _collecting.TryGetValue(accepted.Collection, out DateTimeOffset from):
                instruments.Contributed(accepted.Collection.Sum, "collected", now - from);
                instruments.Note("contribution", accepted.Collection, job, from, now, null, silo: accepted.Manifest.Silo);
                break;
            case AggregationEvent.SumSealed closed:
                _collecting.Remove(closed.Collection);
                break;
            case AggregationEvent.CollectionFailed failed:
                _collecting.Remove(failed.Collection);
                break;
        }
    }
}
