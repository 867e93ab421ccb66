using Fed.Learning.Models;
using Fed.Learning.Program;

namespace Fed.Learning.Files;

/// <summary>A model as other programs get it: what is needed to predict, and where it came from.</summary>
/// <remarks>
/// Usual tensors: <c>coefficients</c> [features] or [classes, features], <c>intercept</c> [1] or [classes], on standardised inputs
/// <c>(x - feature_mean) / feature_scale</c>, both [features]; a missing x counts as its <c>feature_fill</c> [features], or where that is not there as its mean. A network has the tensors of its layers instead: <c>dense1.weight</c> [inputs, outputs], <c>dense1.bias</c> [outputs] ...
/// </remarks>
public sealed record ExportedModel
{
    /// <summary>The job's name.</summary>
    public required string Name { get; init; }

    /// <summary><c>logistic</c>, <c>linear</c>, <c>softmax</c> ...</summary>
    public required string Kind { get; init; }

    /// <summary>Layers and settings of a network, as the plan states them in JSON; null for the linear models, which need none.</summary>
    public string? Architecture { get; init; }

    /// <summary>Names of the inputs in the order of the tensors' last axis, one-hot columns spelled out.</summary>
    public required ImmutableArray<string> Features { get; init; }

    /// <summary>Class labels in the order of the model's classes; empty for regression.</summary>
    public required ImmutableArray<string> Classes { get; init; }

    /// <summary>The job's id.</summary>
    public required string Job { get; init; }

    /// <summary>The round that committed it, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>The model's hash in the journal, 64 lower-case hexadecimal digits: of the trained parameters, not of the exported file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Makes a file's content of a trained model.</summary>
    /// <param name="plan">The plan by which it was trained.</param>
    /// <param name="snapshot">The model.</param>
    /// <param name="name">The job's name.</param>
    /// <param name="classes">Labels of the plan's classes.</param>
    /// <param name="job">The job's id.</param>
    /// <param name="round">The round that committed it.</param>
    /// <param name="sha256">The model's hash in the journal.</param>
    public static ExportedModel Of(LearningPlan plan, ModelSnapshot snapshot, string name, ImmutableArray<string> classes, string job, int round, string sha256)
    {
        int features = snapshot.Features.Length, offset = 0;
        List<ExportedTensor> tensors = [];
        foreach (ParameterBlock block in snapshot.Blocks)
        {
            tensors.Add(new ExportedTensor(block.Name, [.. block.Shape.Select(static axis => (long)axis)], snapshot.Parameters[offset..(offset + block.Length)]));
            offset += block.Length;
        }
        double shrink = plan.Network?.InputScale ?? 1;   // the network's first act, so that its tensors need nothing beyond (x - mean) / scale
        double[] means = snapshot.IsStandardised ? [.. snapshot.Means] : new double[features];
        double[] scales = [.. (snapshot.IsStandardised ? snapshot.Deviations : Enumerable.Repeat(1.0, features)).Select(scale => scale / shrink)];
        if (!snapshot.IsStandardised) tensors.Add(new ExportedTensor(TrainedModel.FillTensor, [features], [.. snapshot.Means]));
        return new ExportedModel
        {
            Name = name,
            Kind = plan.ModelName,
            Architecture = plan.Network?.ToJson(),
            Features = snapshot.Features,
            Classes = classes,
            Job = job,
            Round = round,
            Sha256 = sha256,
            Tensors = [.. tensors, new ExportedTensor(TrainedModel.MeanTensor, [features], means), new ExportedTensor(TrainedModel.ScaleTensor, [features], scales)],
        };
    }

    /// <summary>The numbers, in this order in the file.</summary>
    /// <exception cref="ArgumentException">Two tensors have one name, or a name is reserved.</exception>
    public required ImmutableArray<ExportedTensor> Tensors
    {
        get;
        init
        {
            var names = new HashSet<string>(StringComparer.Ordinal) { Safetensors.MetadataKey };
            foreach (ExportedTensor tensor in value)
            {
                if (!names.Add(tensor.Name)) throw new ArgumentException($"tensor name '{tensor.Name}' is used twice or reserved", nameof(value));
            }

            field = value;
        }
    }
}
