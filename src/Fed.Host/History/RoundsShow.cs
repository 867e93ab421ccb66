using System.Collections.Immutable;
using System.Globalization;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Round;
using Fed.Host.Commands;

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

        foreach (AggregationEvent.UpdateAccepted accepted in job.Collections(reader.Journal).OfType<AggregationEvent.UpdateAccepted>().Where(e => e.Collection.Round == options.Round))
        {
            string detail = $"{accepted.Manifest.Silo}: {accepted.Manifest.Length} bytes, {accepted.Manifest.Hash}";
            table.Add(accepted.At.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture), "update accepted", accepted.Collection.Sum, accepted.Collection.Attempt, detail);
        }

        return table.Write(context, "events");
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

    private static CollectionIdText Of(Fed.Actors.Protocol.CollectionId id) => new(id.Sum, id.Attempt);
}
