namespace Fed.Learning.Training;

/// <summary>How far local training is, for those at the site; only a percentage leaves it.</summary>
/// <param name="Epoch">Passes begun, from 1.</param>
/// <param name="Batch">Batches of this pass done.</param>
/// <param name="Step">Steps done.</param>
/// <param name="Steps">Steps to do.</param>
/// <param name="Loss">Objective of the last batch.</param>
/// <param name="Samples">Rows seen so far; with a clock at hand, samples per second.</param>
public readonly record struct LocalProgress(int Epoch, int Batch, int Step, int Steps, double Loss, long Samples);

/// <summary>What local training came to.</summary>
/// <param name="Steps">Steps taken.</param>
/// <param name="Epochs">Passes begun.</param>
/// <param name="Samples">Rows seen.</param>
/// <param name="Loss">Mean objective over the batches of the last pass.</param>
/// <param name="IsStoppedEarly">True when held-out rows no longer improved.</param>
public sealed record LocalReport(int Steps, int Epochs, long Samples, double Loss, bool IsStoppedEarly);

/// <summary>Local training cannot go on: its loss left the finite numbers. The site declines the attempt.</summary>
public sealed class TrainingDivergedException(string message) : Exception(message);
