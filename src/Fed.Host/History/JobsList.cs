using System.Globalization;
using Fed.Actors.Protocol.Job;
using Fed.Host.Commands;

namespace Fed.Host.History;

/// <summary>The body of <c>fed jobs list</c>.</summary>
internal static class JobsList
{
    public static int Run(CommandContext context)
    {
        using NodeReader reader = NodeReader.OpenRunning(context);
        Table table = new("job", "status", "rounds", "sites", "started", "model", "reason");
        foreach (JobHistory job in reader.Jobs())
        {
            JobEvent.JobPlanned planned = job.State.Planned!;
            string started = planned.At.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            table.Add(job.Id.Value, job.Status, Math.Max(0, job.State.Round), job.Plan.Roster.Length, started, job.State.ModelSha256, job.State.Reason);
        }

        foreach (string queued in reader.Queued()) table.Add(queued, "queued", null, null, null, null, null);
        return table.Write(context, "jobs");
    }
}
