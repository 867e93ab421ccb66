using System.Security.Cryptography;
using System.Text;
using Fed.Learning.Algorithms;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Baselines;

/// <summary>The model after a round of training in one place.</summary>
/// <param name="Round">From 1.</param>
/// <param name="Metrics">As a federated round's, the AUC exact.</param>
/// <param name="ModelSha256">SHA-256 of the parameters as little-endian float64.</param>
public sealed record CentralRound(int Round, ImmutableSortedDictionary<string, double> Metrics, string ModelSha256);

/// <summary>What training in one place came to.</summary>
/// <param name="Rounds">The rounds in order; the last is the result.</param>
/// <param name="Reason">Why training ended before its time, or never began, as a clause; null when it did neither.</param>
/// <param name="Parameters">The result, on features scaled by the place's own training rows; null where there is none.</param>
/// <param name="Scaling">That scaling; null where there is none.</param>
public sealed record CentralResult(ImmutableArray<CentralRound> Rounds, string? Reason, double[]? Parameters, Standardiser? Scaling);

/// <summary>
/// Training without a federation: in one place, with the local work of the plan's algorithm, judged by shared test rows after each round. Gradient steps all the way, the optimiser's state kept
/// from round to round; the exact optimum of a linear model is <see cref="Baseline.Pooled"/>.
/// </summary>
public static class CentralTraining
{
    /// <summary>Trains.</summary>
    /// <param name="name">The place: a site, or <c>pooled</c>. Orders of rows derive from it and the seed.</param>
    /// <param name="plan">Model, penalty, scaling, optimiser; of its algorithm the passes of a round, rows of a batch and rate.</param>
    /// <param name="rawTrain">The rows there.</param>
    /// <param name="rawTest">The test rows of all sites, site by site.</param>
    /// <param name="rounds">Rounds of as many passes as the algorithm states; at least 1.</param>
    /// <param name="seed">The job's seed.</param>
    /// <param name="each">Told of each round when it is over.</param>
    /// <param name="watch">Told of every step.</param>
    /// <param name="cancel">Honoured between steps.</param>
    public static CentralResult Run(
        string name, LearningPlan plan, Matrix rawTrain, ImmutableArray<Matrix> rawTest, int rounds, ulong seed, Action<CentralRound>? each = null, Action<LocalProgress>? watch = null, CancellationToken cancel = default)
    {
        if (rawTrain.Rows == 0) return new CentralResult([], "it has no training rows", null, null);
        if (plan.External is { } external) return new CentralResult([], $"only the sites' trainer '{external.Trainer}' can train it", null, null);
        LocalTrainingOptions local = (LocalTrainingOptions)plan.Algorithm;
        Standardiser scaling = Standardiser.Of(rawTrain, plan.Standardise);
        Matrix train = scaling.Apply(rawTrain);
        ImmutableArray<Matrix> test = [.. rawTest.Select(scaling.Apply)];
        IModel model = plan.CreateModel();
        double[] parameters = plan.InitialParameters();
        ImmutableArray<CentralRound>.Builder judged = ImmutableArray.CreateBuilder<CentralRound>();
        int passes = 0, passesOfRound = local.LocalEpochs ?? 1;

        void Judge(ReadOnlySpan<double> now)
        {
            CentralRound round = new(judged.Count + 1, Baseline.Judge(model, train, test, now), VectorBytes.Sha256(now));
            judged.Add(round);
            each?.Invoke(round);
        }

        try
        {
            LocalReport report = LocalDescent.Run(
                new LocalWork
                {
                    Model = model,
                    Data = train,
                    Steps = checked(rounds * local.StepsOf(train.Rows)),
                    BatchSize = local.BatchSize,
                    LearningRate = local.LearningRate,
                    Optimizer = plan.Optimizer ?? OptimizerOptions.Plain,
                    EarlyStopping = plan.EarlyStopping,
                    Seed = SeedOf(name, seed),
                    Watch = watch,
                    Cancel = cancel,
                    IsEnough = now =>
                    {
                        if (++passes % passesOfRound == 0) Judge(now);
                        return false;
                    },
                },
                parameters);
            if (plan.EarlyStopping is null) return new CentralResult(judged.ToImmutable(), null, parameters, scaling);
            if (judged.Count == rounds) judged.RemoveAt(rounds - 1);
            Judge(parameters);   // the best that the held-out rows have seen
            return new CentralResult(judged.ToImmutable(), report.IsStoppedEarly ? "its held-out rows no longer improved" : null, parameters, scaling);
        }
        catch (TrainingDivergedException e)
        {
            return new CentralResult(judged.ToImmutable(), $"its training diverged: {e.Message}", null, null);
        }
    }

    private static byte[] SeedOf(string name, ulong seed) => SHA256.HashData(Encoding.UTF8.GetBytes($"fedactors/central/1\n{seed}\n{name}"));
}
