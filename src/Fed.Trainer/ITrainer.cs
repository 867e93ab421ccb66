using Fed.Learning.External;
using Fed.Learning.Training;

namespace Fed.Trainer;

/// <summary>
/// A model of one's own, trained at a site as a process: implement this and call <see cref="TrainerHost.Run(ITrainer)"/> from <c>Main</c>. One call at a time. An
/// <see cref="ArgumentException"/>, <see cref="InvalidOperationException"/> or <see cref="TrainerException"/> declines what was asked with its message, and the process lives on; any other ends it.
/// </summary>
/// <remarks>Promise: the same arguments and rows give the same numbers. Every draw derives from the seed that is given.</remarks>
public interface ITrainer
{
    /// <summary>Its name, for people.</summary>
    string Name { get; }

    /// <summary>Hears what is to be learnt and answers with the model's tensors. Called before everything else.</summary>
    TrainerDescription Describe(Problem problem);

    /// <summary>The parameters to start from; asked of one trainer before the job begins, and published to all.</summary>
    /// <param name="seed">32 bytes.</param>
    ParameterSet Init(ReadOnlyMemory<byte> seed);

    /// <summary>Takes the site's rows; called before training and evaluation.</summary>
    void Load(TrainerRows rows);

    /// <summary>One round's training.</summary>
    TrainingResult Train(TrainingTask task);

    /// <summary>Sums over the site's rows; <see cref="ScoreSums"/> makes them from scores.</summary>
    /// <param name="parameters">The model.</param>
    /// <param name="bins">Bins of the histogram, for two classes.</param>
    TrainerSums Evaluate(ParameterSet parameters, int bins);
}

/// <summary>What a round asks of the training: steps <c>w -= rate * direction(gradient + correction + proximal * (w - start))</c>.</summary>
/// <param name="Round">From 1.</param>
/// <param name="Parameters">The round's model; a copy of the trainer's own.</param>
/// <param name="Steps">How many steps; a trainer that takes another number says so in its result.</param>
/// <param name="BatchSize">Rows a step; 0 = all.</param>
/// <param name="LearningRate">Above 0.</param>
/// <param name="Proximal">Pull towards the round's model; 0 for none. Needs the ability.</param>
/// <param name="Correction">Added to every gradient; null for none. Needs the ability.</param>
/// <param name="L2">Penalty <c>l2/2 * |coefficients|^2</c>. Needs the ability where above 0.</param>
/// <param name="Optimizer">The plan's optimiser; null for plain steps. Needs the ability.</param>
/// <param name="Seed">32 bytes from which everything is drawn.</param>
/// <param name="Report">To be told now and then: a sign of life.</param>
/// <param name="Cancel">Set when nobody waits any more.</param>
public sealed record TrainingTask(
    int Round, ParameterSet Parameters, int Steps, int BatchSize, double LearningRate, double Proximal, ParameterSet? Correction, double L2, OptimizerOptions? Optimizer,
    ReadOnlyMemory<byte> Seed, Action<TrainingProgress> Report, CancellationToken Cancel);

/// <summary>How far a training is.</summary>
/// <param name="Percent">0 to 100; null where it is not known.</param>
/// <param name="Epoch">Passes begun, from 1.</param>
/// <param name="Batch">Batches of this pass done.</param>
/// <param name="Loss">Of the last batch.</param>
public readonly record struct TrainingProgress(double? Percent = null, int? Epoch = null, int? Batch = null, double? Loss = null);

/// <summary>What a training came to.</summary>
/// <param name="Parameters">The trained model.</param>
/// <param name="Steps">Steps taken, at least 1; FedNova and SCAFFOLD divide by it.</param>
/// <param name="Samples">Rows seen.</param>
/// <param name="Loss">Mean loss over the last pass.</param>
public sealed record TrainingResult(ParameterSet Parameters, int Steps, long Samples, double Loss);
