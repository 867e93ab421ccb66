using Fed.Learning.External;
using Fed.Learning.Models;

namespace Fed.Trainer;

/// <summary>What is to be learnt, the same at every site.</summary>
/// <param name="Task">Regression, two classes or more.</param>
/// <param name="Classes">Classes of the target, 0 when it is a number.</param>
/// <param name="Features">Names of the columns in order.</param>
/// <param name="Settings">What the plan tells the trainer (<c>job.model.settings</c>), by name.</param>
public sealed record Problem(ModelTask Task, int Classes, ImmutableArray<string> Features, ImmutableSortedDictionary<string, string> Settings)
{
    /// <summary>Scores of an example: one, or of more than two classes one each.</summary>
    public int Outputs => Task == ModelTask.Classes ? Classes : 1;

    /// <summary>A setting as a whole number.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="otherwise">Where the plan does not set it.</param>
    /// <exception cref="ArgumentException">It is no whole number.</exception>
    public int Integer(string name, int otherwise) =>
        !Settings.TryGetValue(name, out string? text) ? otherwise : int.TryParse(text, out int value) ? value : throw new ArgumentException($"setting '{name}' is '{text}', and a whole number is wanted");

    /// <summary>A setting as a number.</summary>
    /// <inheritdoc cref="Integer"/>
    public double Real(string name, double otherwise) =>
        !Settings.TryGetValue(name, out string? text) ? otherwise : double.TryParse(text, out double value) ? value : throw new ArgumentException($"setting '{name}' is '{text}', and a number is wanted");
}

/// <summary>What a trainer says of itself.</summary>
/// <param name="Tensors">The model's parameters, in order.</param>
/// <param name="Abilities">What its training can do beyond plain steps.</param>
public sealed record TrainerDescription(ImmutableArray<ExternalTensor> Tensors, TrainerAbilities Abilities = TrainerAbilities.None);
