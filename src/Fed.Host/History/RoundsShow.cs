using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Persistence;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Actors.Protocol.Silo;
using Fed.Actors.Shell;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.Traffic;

namespace Fed.Host.History;

/// <summary>The body of <c>fed rounds show</c>.</summary>
internal static class RoundsShow
{
    public static int Run(RoundOptions options, CommandContext context)
    {
        using NodeReader reader = NodeReader.Open(context);
        JobHistory job = reader.Job(options.Job);
        ImmutableArray<(RoundEvent Event, DateTimeOffset At)> events = [.. job.RoundEvents.Where(e => RoundOf(e.Event) == options.Round)];
        if (events.IsEmpty) throw new UserException($"job '{job.Id}' has no round {options.Round}; it has rounds up to {job.State.Round}");

        Table table = new("at", "event", "sum", "attempt", "detail");
        foreach ((RoundEvent happened, DateTimeOffset at) in events)
        {
            (string name, CollectionIdText id, string? detail) = Describe(happened);
            string time = at.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
            table.Add(time, name, id.Sum, id.Attempt, detail);
            if (((happened as RoundEvent.SumApplied)?.Step ?? (happened as RoundEvent.RoundCommitted)?.Step) is { } step)
                foreach ((string figure, double value) in step.Metrics) table.Add(time, "figure", id.Sum, id.Attempt, string.Create(CultureInfo.InvariantCulture, $"{figure} = {value}"));
        }

        foreach (AggregationEvent.UpdateAccepted accepted in job.AllCollections(reader.Journal).OfType<AggregationEvent.UpdateAccepted>().Where(e => e.Collection.Round == options.Round))
        {
            string detail = $"{accepted.Manifest.Silo}: {accepted.Manifest.Length} bytes, {accepted.Manifest.Hash}";
            table.Add(accepted.At.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture), "update accepted", accepted.Collection.Sum, accepted.Collection.Attempt, detail);
        }

        return Table.WriteAll(context, ("sums", Sums(reader, job, events.Select(static e => e.Event))), ("phases", Phases(events.Select(static e => e.Event))), ("bytes", Bytes(reader, job, options.Round)), ("events", table));
    }

    /// <summary>What was sealed, and who gave the shares by which it was opened, as far as the sites' journals lie in this folder.</summary>
    private static Table Sums(NodeReader reader, JobHistory job, IEnumerable<RoundEvent> events)
    {
        ImmutableArray<RoundEvent> all = [.. events];
        Table table = new("sum", "attempt", "protection", "contributors", "confirmed", "opened", "opened by");
        foreach (RoundEvent.SumSealed e in all.OfType<RoundEvent.SumSealed>())
        {
            int confirmed = all.OfType<RoundEvent.ContributorsConfirmed>().Count(c => c.Collection == e.Collection);
            table.Add(
                e.Collection.Sum, e.Collection.Attempt, Protection(job), e.Contributions.Select(static manifest => manifest.Silo.Value).ToArray(), job.Plan.Protection == ProtectionRules.Plain ? null : confirmed,
                all.OfType<RoundEvent.SumOpened>().Any(opened => opened.Collection == e.Collection),
                all.OfType<RoundEvent.OpenersDrawn>().LastOrDefault(drawn => drawn.Collection == e.Collection) is { } openers ? openers.Openers.Select(static silo => silo.Value).ToArray() : Openers(reader, job, e));
        }

        return table;
    }

    private static string Protection(JobHistory job) => job.Plan switch
    {
        { SecAgg: { } masks } => $"secagg, c = {masks.Colluding}",
        { Ckks: { } key } => $"ckks, c = {key.Colluding}, {Kebab.From(key.Verification.ToString())}",
        var plan => plan.Protection,
    };

    /// <summary>Under secure aggregation the coordinator does not write down whose shares it used; sites journal that theirs have left.</summary>
    private static string[]? Openers(NodeReader reader, JobHistory job, RoundEvent.SumSealed sum)
    {
        if (job.Plan.SecAgg is null) return null;
        string[] here = [.. reader.Data.Sites().Intersect(job.Plan.Silos.Select(static silo => silo.Value), StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        return here.Length == 0 ? null : [.. here.Where(site =>
        {
            using IDisposable? open = NodeReader.Open(reader.Data.Site(site), out IJournalReader journal);
            return JobHistory.EventsOf(journal, FederationNodes.SiloLog(job.Id, new SiloId(site)), ProtocolSerializers.Silo).OfType<SiloEvent.SharesReleased>().Any(e => e.Collection == sum.Collection);
        })];
    }

    private static Table Phases(IEnumerable<RoundEvent> events)
    {
        Table table = new("sum", "attempt", "phase", "sites", "not among them");
        foreach (PhaseAttendance phase in RoundAttendance.Of(events)) table.Add(phase.Sum, phase.Attempt, phase.Phase, phase.Sites.Length, phase.Left.IsEmpty ? null : phase.Left.AsEnumerable());
        return table;
    }

    private static Table Bytes(NodeReader reader, JobHistory job, int round)
    {
        Table table = new("phase", "sites", "bytes up", "bytes down", "most of a site up", "most of a site down");
        foreach (PhaseTraffic phase in PhaseTraffic.Of(new TrafficLog(reader.Data.Job(job.Id.Value)).Read().Where(count => count.Round == round)))
            table.Add(phase.Phase, phase.Sites, phase.Up, phase.Down, phase.UpMax, phase.DownMax);
        return table;
    }

    private readonly record struct CollectionIdText(string? Sum, int? Attempt);

    private static int RoundOf(RoundEvent happened) => happened switch
    {
        RoundEvent.RoundPlanned e => e.Round,
        RoundEvent.AttemptStarted e => e.Collection.Round,
        RoundEvent.CollectionRequested e => e.Collection.Round,
        RoundEvent.KeysClosed e => e.Collection.Round,
        RoundEvent.SharesClosed e => e.Collection.Round,
        RoundEvent.ContributorsConfirmed e => e.Collection.Round,
        RoundEvent.CommitmentsClosed e => e.Collection.Round,
        RoundEvent.SumStated e => e.Collection.Round,
        RoundEvent.OpenersDrawn e => e.Collection.Round,
        RoundEvent.ChallengeClosed e => e.Collection.Round,
        RoundEvent.EvidenceClosed e => e.Collection.Round,
        RoundEvent.OpeningAgreed e => e.Collection.Round,
        RoundEvent.ReprotectionStarted e => e.Collection.Round,
        RoundEvent.LiarsNamed e => e.Collection.Round,
        RoundEvent.AttemptFailed e => e.Collection.Round,
        RoundEvent.SumSealed e => e.Collection.Round,
        RoundEvent.SumOpened e => e.Collection.Round,
        RoundEvent.SumApplied e => e.Collection.Round,
        RoundEvent.RoundCommitted e => e.Round,
        RoundEvent.SiloSettled e => e.Round,
        RoundEvent.RoundFailed e => e.Round,
        RoundEvent.RoundStopped e => e.Round,
        _ => -1,
    };

    private static (string Name, CollectionIdText Id, string? Detail) Describe(RoundEvent happened) => happened switch
    {
        RoundEvent.RoundPlanned e => ("planned", default, $"from state {e.State}"),
        RoundEvent.AttemptStarted e => ("attempt started", Of(e.Collection), $"{e.Invited.Count} invited, {e.Target} wanted, quorum {e.Quorum}"),
        RoundEvent.CollectionRequested e => ("collecting", Of(e.Collection), $"base {e.Broadcast}"),
        RoundEvent.KeysClosed e => ("keys advertised", Of(e.Collection), $"{e.Members.Count} sites: {string.Join(", ", e.Members)}"),
        RoundEvent.SharesClosed e => ("keys shared", Of(e.Collection), $"{e.Shares.Count} sites: {string.Join(", ", e.Shares.Keys)}"),
        RoundEvent.ContributorsConfirmed e => ("list confirmed", Of(e.Collection), e.Confirmation.Silo.Value),
        RoundEvent.CommitmentsClosed e => ("committed to", Of(e.Collection), $"{e.Members.Count} sites: {string.Join(", ", e.Members)}"),
        RoundEvent.SumStated e => ("stated", Of(e.Collection), $"{e.Statement}"),
        RoundEvent.OpenersDrawn e => ("openers drawn", Of(e.Collection), $"{string.Join(", ", e.Openers)}{(e.Absent.IsEmpty ? "" : $"; did not answer: {string.Join(", ", e.Absent)}")}"),
        RoundEvent.ChallengeClosed e => ("challenged", Of(e.Collection), $"nonces of {string.Join(", ", e.Nonces.Keys)}"),
        RoundEvent.EvidenceClosed e => ("evidence closed", Of(e.Collection), $"{e.Evidence}"),
        RoundEvent.OpeningAgreed e => ("opening agreed", Of(e.Collection), $"verified and signed by {string.Join(", ", e.Readies.Select(static ready => ready.Silo))}"),
        RoundEvent.ReprotectionStarted e => ("encrypted again", Of(e.Collection), $"lost: {string.Join(", ", e.Lost)}"),
        RoundEvent.LiarsNamed e => ("wrong shares", Of(e.Collection), $"released by {string.Join(", ", e.Silos)}; they do not count"),
        RoundEvent.AttemptFailed e => ("attempt failed", Of(e.Collection), e.Reason),
        RoundEvent.SumSealed e => ("sealed", Of(e.Collection), $"{e.Contributions.Length} updates, sum {e.Sum}"),
        RoundEvent.SumOpened e => ("opened", Of(e.Collection), $"{e.Opened}"),
        RoundEvent.SumApplied e => ("applied", Of(e.Collection), $"state {e.Step.State}"),
        RoundEvent.RoundCommitted e => ("committed", default, $"model {e.ModelSha256 ?? "-"}"),
        RoundEvent.SiloSettled e => ("settled", default, e.Silo.Value),
        RoundEvent.RoundFailed e => ("failed", default, e.Reason),
        RoundEvent.RoundStopped e => ("stopped", default, e.Reason),
        _ => (happened.GetType().Name, default, null),
    };

    private static CollectionIdText Of(CollectionId id) => new(id.Sum, id.Attempt);
}
