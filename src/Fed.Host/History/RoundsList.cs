using Fed.Actors.Protocol.Round;
using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed rounds list</c>.</summary>
internal static class RoundsList
{
    public static int Run(RoundsListOptions options, CommandContext context)
    {
        using NodeReader reader = NodeReader.OpenRunning(context);
        JobHistory job = reader.Job(options.Job);
        Table table = new("round", "status", "attempts", "contributors", "loss", "accuracy", "auc", "seconds", "model");
        foreach (CommittedRound round in job.Rounds.Where(static r => r.Committed.Round > 0))
        {
            RoundEvent.RoundCommitted committed = round.Committed;
            table.Add(
                committed.Round, "committed", round.Attempts, round.Contributors.Length, round.Metric("loss"), round.Metric("accuracy"), round.Metric("auc"),
                Math.Round((committed.At - round.Planned).TotalSeconds, 3), committed.ModelSha256);
        }

        int last = job.Rounds.IsEmpty ? -1 : job.Rounds[^1].Committed.Round;
        if (job.RoundEvents.Select(static e => e.Event).OfType<RoundEvent.RoundPlanned>().LastOrDefault() is { } open && open.Round > last)
            table.Add(open.Round, job.HasEnded ? "failed" : "under way", null, null, null, null, null, null, null);
        return table.Write(context, "rounds");
    }
}
