using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Host.Commands;
using Fed.Host.Configuration;
using Fed.Host.Traffic;

namespace Fed.Host.History;

/// <summary>The body of <c>fed rounds show</c>.</summary>
internal static class RoundsShow
{
    public static int Run(RoundOptions options, CommandContext context)
    {
        using NodeReader reader = NodeReader.OpenRunning(context);
        JobHistory job = reader.Job(options.Job);
        ImmutableArray<(RoundEvent Event, DateTimeOffset At)> events = Of(job.RoundEvents, options.Round);
        if (events.IsEmpty) throw new UserException($"job '{job.Id}' has no round {options.Round}; {(job.State.Round < 1 ? "it has committed none yet" : $"it has rounds up to {job.State.Round}")}");

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

        return Table.WriteAll(context, ("sums", Sums(job, events.Select(static e => e.Event))), ("phases", Phases(events.Select(static e => e.Event))), ("bytes", Bytes(reader, job, options.Round)), ("events", table));
    }

    /// <summary>A round's events; those that name no round belong to the one that was under way, or to the first where that was start-up.</summary>
    internal static ImmutableArray<(RoundEvent Event, DateTimeOffset At)> Of(IEnumerable<(RoundEvent Event, DateTimeOffset At)> events, int round)
    {
        int current = 1;
        ImmutableArray<(RoundEvent, DateTimeOffset)>.Builder own = ImmutableArray.CreateBuilder<(RoundEvent, DateTimeOffset)>();
        foreach ((RoundEvent happened, DateTimeOffset at) in events)
        {
            if (happened is RoundEvent.RoundPlanned planned) current = Math.Max(1, planned.Round);
            if (RoundOf(happened, current) == round) own.Add((happened, at));
        }

        return own.ToImmutable();
    }

    /// <summary>What was sealed, and by whose shares it was opened.</summary>
    private static Table Sums(JobHistory job, IEnumerable<RoundEvent> events)
    {
        ImmutableArray<RoundEvent> all = [.. events];
        Table table = new("sum", "attempt", "protection", "confirmed", "opened", "opened by", "contributors");
        foreach (RoundEvent.SumSealed e in all.OfType<RoundEvent.SumSealed>())
        {
            int confirmed = all.OfType<RoundEvent.ContributorsConfirmed>().Count(c => c.Collection == e.Collection);
            RoundEvent.SumOpened? opened = all.OfType<RoundEvent.SumOpened>().FirstOrDefault(o => o.Collection == e.Collection);
            table.Add(
                e.Collection.Sum, e.Collection.Attempt, Protection(job.Plan), job.Plan.Protection == ProtectionRules.Plain ? null : confirmed,
                opened is not null, opened is null ? null : OpenersOf(opened, all), e.Contributions.Select(static manifest => manifest.Silo.Value).ToArray());
        }

        return table;
    }

    /// <summary>Whose shares opened a sum: the coordinator's journal names them under every protection. Null in plain mode, where nobody's are needed.</summary>
    private static string[]? OpenersOf(RoundEvent.SumOpened opened, ImmutableArray<RoundEvent> events)
    {
        IEnumerable<SiloId>? openers = opened.OpenedBy ?? events.OfType<RoundEvent.OpeningAgreed>().LastOrDefault(agreed => agreed.Collection == opened.Collection)?.Readies.Select(static ready => ready.Silo);
        return openers?.Select(static silo => silo.Value).ToArray();
    }

    /// <summary>A plan's protection and what it assumes: <c>secagg, c = 1</c>.</summary>
    internal static string Protection(JobPlan job) => job switch
    {
        { SecAgg: { } masks } => $"secagg, c = {masks.Colluding}",
        { Ckks: { } key } => $"ckks, c = {key.Colluding}, {Kebab.From(key.Verification.ToString())}",
        var plan => plan.Protection,
    };

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

    private static int RoundOf(RoundEvent happened, int current) => happened switch
    {
        RoundEvent.RoundPlanned e => e.Round,
        RoundEvent.AttemptStarted e => e.Collection.Round,
        RoundEvent.CollectionRequested e => e.Collection.Round,
        RoundEvent.KeysClosed e => e.Collection.Round,
        RoundEvent.SharesClosed e => e.Collection.Round,
        RoundEvent.ContributorsConfirmed e => e.Collection.Round,
        RoundEvent.CommitmentsClosed e => e.Collection.Round,
        RoundEvent.ListAgreed e => e.Collection.Round,
        RoundEvent.SumStated e => e.Collection.Round,
        RoundEvent.OpenersDrawn e => e.Collection.Round,
        RoundEvent.ChallengeClosed e => e.Collection.Round,
        RoundEvent.EvidenceClosed e => e.Collection.Round,
        RoundEvent.SumDoubted e => e.Collection.Round,
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
        RoundEvent.RekeyingAsked or RoundEvent.LaterEpochHeard or RoundEvent.CommandRejected or RoundEvent.GraphBegun or RoundEvent.NoncesCommitted or RoundEvent.GraphDrawn => current,
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
        RoundEvent.ListAgreed e => ("list signed", Of(e.Collection), $"by {e.Signatures.Length} sites: {string.Join(", ", e.Signatures.Select(static signed => signed.Silo))}"),
        RoundEvent.SumStated e => ("stated", Of(e.Collection), $"{e.Statement}"),
        RoundEvent.OpenersDrawn e => ("openers drawn", Of(e.Collection), $"{string.Join(", ", e.Openers)}{(e.Absent.IsEmpty ? "" : $"; did not answer: {string.Join(", ", e.Absent)}")}"),
        RoundEvent.ChallengeClosed e => ("challenged", Of(e.Collection), $"nonces of {string.Join(", ", e.Nonces.Keys)}"),
        RoundEvent.EvidenceClosed e => ("evidence closed", Of(e.Collection), $"{e.Evidence}"),
        RoundEvent.SumDoubted e => ("sum doubted", Of(e.Collection), $"by {e.Silo}: {e.Reason}"),
        RoundEvent.OpeningAgreed e => ("opening agreed", Of(e.Collection), $"verified and signed by {string.Join(", ", e.Readies.Select(static ready => ready.Silo))}"),
        RoundEvent.ReprotectionStarted e => ("encrypted again", Of(e.Collection), $"lost: {string.Join(", ", e.Lost)}"),
        RoundEvent.LiarsNamed e => ("wrong shares", Of(e.Collection), $"released by {string.Join(", ", e.Silos)}; they do not count"),
        RoundEvent.RekeyingAsked e => ("restored", default, RoundDecider.Accusation(e)),
        RoundEvent.CommandRejected e => ("not decided", default, $"{e.Command}: {e.Reason}"),
        RoundEvent.GraphBegun => ("graph begun", default, "sites are asked for nonces, from which it is drawn"),
        RoundEvent.NoncesCommitted e => ("nonces committed", default, $"{e.Members.Count} sites"),
        RoundEvent.GraphDrawn e => ("graph drawn", default, $"{e.Seed}"),
        RoundEvent.AttemptFailed e => ("attempt failed", Of(e.Collection), e.Reason),
        RoundEvent.SumSealed e => ("sealed", Of(e.Collection), $"{e.Contributions.Length} updates, sum {e.Sum}"),
        RoundEvent.SumOpened e => ("opened", Of(e.Collection), e.OpenedBy is { } openers ? $"{e.Opened} with shares of {string.Join(", ", openers)}" : $"{e.Opened}"),
        RoundEvent.SumApplied e => ("applied", Of(e.Collection), $"state {e.Step.State}"),
        RoundEvent.RoundCommitted e => ("committed", default, $"model {e.ModelSha256 ?? "-"}"),
        RoundEvent.SiloSettled e => ("settled", default, e.Silo.Value),
        RoundEvent.LaterEpochHeard e => ("later epoch", default, $"{e.Silo} has heard of a leader in epoch {e.Epoch}"),
        RoundEvent.RoundFailed e => ("failed", default, e.Reason),
        RoundEvent.RoundStopped e => ("stopped", default, e.Reason),
        _ => (happened.GetType().Name, default, null),
    };

    private static CollectionIdText Of(CollectionId id) => new(id.Sum, id.Attempt);
}
