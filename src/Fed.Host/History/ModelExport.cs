using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Shell;
using Fed.Host.Commands;
using Fed.Host.Export;
using Fed.Learning.Files;
using Fed.Learning.Program;

namespace Fed.Host.History;

/// <summary>The body of <c>fed model export</c>.</summary>
internal static class ModelExport
{
    public static int Run(ModelExportOptions options, CommandContext context)
    {
        if (Directory.Exists(options.Out)) throw new UserException($"'{options.Out}' is a folder; name a file with --out");
        using NodeReader reader = NodeReader.OpenRunning(context);
        JobHistory job = reader.Job(options.Job);
        if (job.Rounds.All(static round => round.Committed.Round == 0))
            throw new UserException($"job {job.Id} has {(job.HasEnded ? $"{job.Status} before a round was committed, and left no model" : "committed no model yet; wait for its first round")}");
        ExportedModel model = ModelOf(job, reader.Blobs(), LabelsOf(job));
        try
        {
            AtomicFile.Write(options.Out, stream => ModelFile.Write(model, options.Format, stream));
        }
        catch (Exception exception) when (exception is NotSupportedException or ModelFormatException)
        {
            throw new UserException(exception.Message, exception);
        }
        Table table = new("job", "round", "format", "file", "model");
        table.Add(job.Id.Value, model.Round, options.Format.ToString().ToLowerInvariant(), options.Out, model.Sha256);
        return table.Write(context, "exported");
    }

    /// <summary>The model that a job's last committed round left.</summary>
    public static ExportedModel ModelOf(JobHistory job, IBlobStore blobs, ImmutableArray<string> labels)
    {
        LearningPlan plan = LearningPlan.FromJson(Encoding.UTF8.GetBytes(job.Plan.Program));
        CommittedRound last = job.Rounds[^1];
        ModelSnapshot snapshot = new FederatedProgram(plan).ReadModel(blobs.ReadAll(last.Committed.Step.State));
        return ExportedModel.Of(plan, snapshot, job.Plan.Name, labels, job.Id.Value, last.Committed.Round, last.Committed.ModelSha256 ?? "");
    }

    private static ImmutableArray<string> LabelsOf(JobHistory job)
    {
        int classes = LearningPlan.FromJson(Encoding.UTF8.GetBytes(job.Plan.Program)).Classes;
        return [.. Enumerable.Range(0, classes).Select(static c => $"{c}")];
    }
}
