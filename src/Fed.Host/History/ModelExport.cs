using System.Collections.Immutable;
using System.Text;
using Fed.Actors.Ports;
using Fed.Actors.Shell;
using Fed.Host.Commands;
using Fed.Host.Export;
using Fed.Learning.Files;
using Fed.Learning.Models;
using Fed.Learning.Program;

namespace Fed.Host.History;

/// <summary>The body of <c>fed model export</c>.</summary>
internal static class ModelExport
{
    public static int Run(ModelExportOptions options, CommandContext context)
    {
        if (Directory.Exists(options.Out)) throw new UserException($"'{options.Out}' is a folder; name a file with --out");
        using NodeReader reader = NodeReader.Open(context);
        JobHistory job = reader.Job(options.Job);
        if (job.State.ModelSha256 is null) throw new UserException($"job {job.Id} has committed no model yet; wait for its first round");
        ExportedModel model = ModelOf(job, reader.Blobs(), LabelsOf(job));
        AtomicFile.Write(options.Out, stream => ModelFile.Write(model, options.Format, stream));
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
        int features = snapshot.Features.Length, offset = 0;
        List<ExportedTensor> tensors = [];
        foreach (ParameterBlock block in snapshot.Blocks)
        {
            tensors.Add(new ExportedTensor(block.Name, [.. block.Shape.Select(static axis => (long)axis)], snapshot.Parameters[offset..(offset + block.Length)]));
            offset += block.Length;
        }
        double shrink = plan.Network?.InputScale ?? 1;   // the network's first act, so that its tensors need nothing beyond (x - mean) / scale
        tensors.Add(new ExportedTensor("feature_mean", [features], [.. snapshot.IsStandardised ? snapshot.Means : new double[features]]));
        tensors.Add(new ExportedTensor("feature_scale", [features], [.. (snapshot.IsStandardised ? snapshot.Deviations : Enumerable.Repeat(1.0, features)).Select(scale => scale / shrink)]));
        return new ExportedModel
        {
            Name = job.Plan.Name,
            Kind = plan.ModelName,
            Architecture = plan.Network?.ToJson(),
            Features = snapshot.Features,
            Classes = labels,
            Job = job.Id.Value,
            Round = last.Committed.Round,
            Sha256 = last.Committed.ModelSha256 ?? "",
            Tensors = [.. tensors],
        };
    }

    private static ImmutableArray<string> LabelsOf(JobHistory job)
    {
        int classes = LearningPlan.FromJson(Encoding.UTF8.GetBytes(job.Plan.Program)).Classes;
        return [.. Enumerable.Range(0, classes).Select(static c => $"{c}")];
    }
}
