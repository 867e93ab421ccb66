using Fed.Learning.Data;
using Fed.Learning.Training;

namespace Fed.Learning.External;

/// <summary>
/// Trains and evaluates a site's model outside this program, on rows that it is shown. Deterministic in its arguments, as far as whoever wrote it keeps that promise. One call at a time.
/// </summary>
public interface IExternalTrainer
{
    /// <summary>Does the work, changing the parameters in place.</summary>
    /// <param name="rows">The site's rows; the same object as long as they are the same.</param>
    /// <param name="round">From 1.</param>
    /// <param name="work">What to do; early stopping and <see cref="LocalWork.IsEnough"/> are not asked of a trainer.</param>
    /// <param name="parameters">Start, and result; shape <c>[Parameters]</c>. Whether they are finite is for the caller to check.</param>
    /// <exception cref="TrainerException">It cannot, or it broke its protocol.</exception>
    LocalReport Train(TrainerRows rows, int round, LocalWork work, Span<double> parameters);

    /// <summary>Sums over the site's rows at some parameters.</summary>
    /// <param name="rows">The site's rows.</param>
    /// <param name="parameters">Shape <c>[Parameters]</c>.</param>
    /// <param name="progressPercent">Told 0 to 100.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="TrainerException">It cannot, or it broke its protocol.</exception>
    TrainerSums Evaluate(TrainerRows rows, ReadOnlyMemory<double> parameters, Action<int> progressPercent, CancellationToken cancel);
}

/// <summary>What a trainer is shown: rows scaled as the plan says, without missing values.</summary>
/// <param name="Train">Rows to learn from, at least one.</param>
/// <param name="Test">Rows to be judged by, possibly none.</param>
public sealed record TrainerRows(Matrix Train, Matrix Test);

/// <summary>Sums of a trainer's evaluation over some rows.</summary>
/// <param name="Rows">Number of rows.</param>
/// <param name="Loss">Sum of the rows' losses, without penalty.</param>
/// <param name="Correct">Rows whose class is predicted; 0 for numbers.</param>
/// <param name="SquaredError">Of numbers: the sum of squares; else 0.</param>
/// <param name="AbsoluteError">Of numbers: the sum of distances; else 0.</param>
public sealed record TrainerTally(long Rows, double Loss, long Correct, double SquaredError, double AbsoluteError);

/// <summary>A trainer's evaluation.</summary>
/// <param name="Test">The test rows.</param>
/// <param name="Train">The training rows.</param>
/// <param name="Scores">Of two classes the test rows by class and logit as <see cref="Metrics.Auc.Bin"/> sorts them, shape <c>[2, bins]</c>; else empty.</param>
public sealed record TrainerSums(TrainerTally Test, TrainerTally Train, ImmutableArray<long> Scores);

/// <summary>A trainer cannot do what it was asked, or broke its protocol; the site declines the attempt. The message is a clause for the people at the site.</summary>
public sealed class TrainerException(string message, Exception? inner = null) : Exception(message, inner);
