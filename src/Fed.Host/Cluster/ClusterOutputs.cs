using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Aggregation;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Round;
using Fed.Host.Export;
using Fed.Host.History;
using Fed.Host.Presentation;
using Fed.Host.Presentation.Html;
using Fed.Host.Simulation;
using Fed.Learning.Files;
using Fed.Learning.Metrics;
using Fed.Learning.Program;

namespace Fed.Host.Cluster;

/// <summary>What a finished job leaves for its operator in <c>DATA/cluster/jobs/ID</c>: as a simulation's, without what only sites know: their rows, and what each would have come to alone.</summary>
internal static class ClusterOutputs
{
    private const string Unknown = "its rows are known to itself only";

    /// <summary>Writes report.json, report.html and model.safetensors.</summary>
    public static (RunReport Report, string Directory) Write(ClusterReader cluster, JobId id, ImmutableArray<string> labels)
    {
        JobHistory job = JobHistory.Read(cluster.Journal, id) ?? throw new InvalidOperationException($"job {id} is not in the journal");
        LearningPlan learning = LearningPlan.FromJson(Encoding.UTF8.GetBytes(job.Plan.Program));
        NodeBlobs blobs = new(cluster.Blobs);
        ImmutableArray<AggregationEvent> collections = job.AllCollections(cluster.Journal);
        DateTimeOffset ended = job.JobEvents.OfType<JobEvent.JobCompleted>().Single().At;
        long trainings = collections.OfType<AggregationEvent.UpdateAccepted>().LongCount(static accepted => accepted.Collection.Sum == "training");
        long clipped = job.Rounds.Sum(static round => (long)(round.Metric(MetricNames.Clipped) ?? 0));
        RunReport report = Reports.Run(
            job,
            collections,
            [.. job.Plan.Silos.Select(static site => new SiteReport(site.Value, 0, 0, ImmutableSortedDictionary<string, long>.Empty, [Unknown]))],
            BaselinesReport.None,
            learning.Algorithm.Algorithm,
            learning.ModelName,
            [],
            (trainings, clipped, 0),
            ((ended - job.State.Planned!.At).TotalSeconds, 0, 0, 0, ended),
            BytesDown(job, blobs));
        string directory = Path.Combine(cluster.Folder.Root, "jobs", id.FileName);
        ExportedModel model = ModelExport.ModelOf(job, blobs, labels);
        AtomicFile.Write(Path.Combine(directory, PublishedModel.FileName), stream => ModelFile.Write(model, ModelFormat.Safetensors, stream));
        AtomicFile.WriteText(Path.Combine(directory, "report.html"), HtmlReport.Render(report));
        AtomicFile.WriteText(Path.Combine(directory, "report.json"), ReportJson.Write(report));
        return (report, directory);
    }

    private static long BytesDown(JobHistory job, NodeBlobs blobs)
    {
        long bytes = 0;
        int invited = 0;
        foreach ((RoundEvent happened, _) in job.RoundEvents)
        {
            if (happened is RoundEvent.AttemptStarted started) invited = started.Invited.Count;
            else if (happened is RoundEvent.CollectionRequested requested) bytes += invited * Math.Max(0, blobs.Length(requested.Broadcast));
        }

        return bytes;
    }
}
