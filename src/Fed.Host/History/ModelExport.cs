using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Round;
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
        ExportedModel model = options.Site is { } site ? SiteModels.Read(site, options.Job, options.IsBest, LabelsOf) : OfCoordinator(options, context);
        try
        {
            AtomicFile.Write(options.Out, stream => ModelFile.Write(model, options.Format, stream));
        }
        catch (Exception exception) when (exception is NotSupportedException or ModelFormatException)
        {
            throw new UserException(exception.Message, exception);
        }
        Table table = new("job", "round", "format", "file", "model");
        table.Add(model.Job, model.Round, options.Format.ToString().ToLowerInvariant(), options.Out, model.Sha256);
        return table.Write(context, "exported");
    }

    private static ExportedModel OfCoordinator(ModelExportOptions options, CommandContext context)
    {
        using NodeReader reader = NodeReader.OpenRunning(context);
        JobHistory job = reader.Job(options.Job);
        if (job.Rounds.All(static round => round.Committed.Round == 0))
            throw new UserException($"job {job.Id} has {(job.HasEnded ? $"{job.Status} before a round was committed, and left no model" : "committed no model yet; wait for its first round")}");
        ImmutableArray<string> labels = LabelsOf(LearningPlan.FromJson(Encoding.UTF8.GetBytes(job.Plan.Program)).Classes);
        if (!options.IsBest) return ModelOf(job, reader.Blobs(), labels);
        ModelNote best = job.RoundEvents.Aggregate(RoundDecider.Initial, static (state, e) => RoundDecider.Evolve(state, e.Event)).Models?.Best
            ?? throw new UserException($"nothing tells which model of job {job.Id} was best; leave --best out for the last one");
        return ModelOf(job, job.Rounds.Single(round => round.Committed.Round == best.Round), reader.Blobs(), labels);
    }

    /// <summary>The model that a job's last committed round left.</summary>
    public static ExportedModel ModelOf(JobHistory job, IBlobStore blobs, ImmutableArray<string> labels) => ModelOf(job, job.Rounds[^1], blobs, labels);

    private static ExportedModel ModelOf(JobHistory job, CommittedRound round, IBlobStore blobs, ImmutableArray<string> labels)
    {
        LearningPlan plan = LearningPlan.FromJson(Encoding.UTF8.GetBytes(job.Plan.Program));
        ModelSnapshot snapshot = new FederatedProgram(plan).ReadModel(blobs.ReadAll(round.Committed.Step.State));
        return ExportedModel.Of(plan, snapshot, job.Plan.Name, labels, job.Id.Value, round.Committed.Round, round.Committed.ModelSha256 ?? "");
    }

    private static ImmutableArray<string> LabelsOf(int classes) => [.. Enumerable.Range(0, classes).Select(static c => $"{c}")];
}
