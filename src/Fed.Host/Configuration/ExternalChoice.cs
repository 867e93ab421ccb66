using System.Collections.Immutable;
using Fed.Learning.External;
using Fed.Learning.Program;
using Fed.Trainer;

namespace Fed.Host.Configuration;

/// <summary>The plan's external model as far as the configuration knows it; its tensors are asked of the trainer.</summary>
/// <param name="Trainer">Id.</param>
/// <param name="Sha256">Of its files; null where the author has not written it yet.</param>
/// <param name="Initial">File with the parameters to start from; null asks the trainer.</param>
/// <param name="Settings">What the plan tells the trainer.</param>
internal sealed record ExternalChoice(string Trainer, string? Sha256, string? Initial, ImmutableSortedDictionary<string, string> Settings)
{
    /// <summary>What is to be learnt.</summary>
    public Problem Problem(int classes, ImmutableArray<string> features) => new(ExternalModel.TaskOf(classes), classes, features, Settings);

    /// <summary>The plan's model, once its trainer has been asked.</summary>
    public ExternalModel ToModel(int classes, ImmutableArray<ExternalTensor> tensors, ReadOnlySpan<double> initial) =>
        new(Trainer, Sha256!, ExternalModel.TaskOf(classes), tensors, VectorBytes.Sha256(initial), Settings);
}
