using Fed.Learning.Algorithms;
using Fed.Learning.Data;
using Fed.Learning.Kernels;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Baselines;

/// <summary>What the plan's model reaches without a federation, on the test rows of all sites together: the yardsticks beside a federated result.</summary>
/// <param name="Name">Name of the site, or <c>pooled</c>.</param>
/// <param name="Metrics">As a round's metrics, the AUC exact; null where undefined.</param>
/// <param name="Reason">Why there are no metrics, as a clause; null where there are.</param>
/// <param name="Parameters">The optimum, on features scaled by the baseline's own training rows; null where undefined.</param>
public sealed record Baseline(string Name, ImmutableSortedDictionary<string, double>? Metrics, string? Reason, double[]? Parameters)
{
    /// <summary>
    /// All training rows in one place: what a federation gives up by not sharing data. Of the linear models the exact optimum, by Newton's method; a network is trained as a site of the
    /// federation would be, for as many steps as a site of that size takes in all rounds.
    /// </summary>
    /// <param name="plan">Model, penalty and scaling; of its algorithm only the local training of networks.</param>
    /// <param name="sites">All sites.</param>
    /// <param name="rounds">Rounds of the federation; of networks only.</param>
    /// <param name="cancel">Honoured between steps.</param>
    public static Baseline Pooled(LearningPlan plan, IReadOnlyList<SiteData> sites, int rounds = 1, CancellationToken cancel = default) =>
        Of("pooled", plan, rounds, AllTraining(sites), SharedTest(sites), cancel);

    /// <summary>One site alone, scaled by its own means and deviations: what it gains by joining.</summary>
    /// <param name="plan">As for <see cref="Pooled"/>.</param>
    /// <param name="site">The site.</param>
    /// <param name="sites">All sites, for their test rows.</param>
    /// <param name="rounds">As for <see cref="Pooled"/>.</param>
    /// <param name="cancel">Honoured between steps.</param>
    public static Baseline Alone(LearningPlan plan, SiteData site, IReadOnlyList<SiteData> sites, int rounds = 1, CancellationToken cancel = default) => Of(site.Site, plan, rounds, site.Train, SharedTest(sites), cancel);

    /// <summary>The training rows of all sites, in one place.</summary>
    public static Matrix AllTraining(IReadOnlyList<SiteData> sites) => Matrix.Stack([.. sites.Select(static site => site.Train)]);

    /// <summary>The test rows of all sites, site by site, by which every baseline is judged.</summary>
    public static ImmutableArray<Matrix> SharedTest(IReadOnlyList<SiteData> sites) => [.. sites.Select(static site => site.Test)];

    private static Baseline Of(string name, LearningPlan plan, int rounds, Matrix rawTrain, ImmutableArray<Matrix> rawTest, CancellationToken cancel)
    {
        if (rawTrain.Rows == 0) return new Baseline(name, null, "it has no training rows", null);
        if (plan.Classes > 0 && rawTrain.Targets.All(y => y == rawTrain.Targets[0]))
            return new Baseline(name, null, $"its training rows are all of class {rawTrain.Targets[0]}", null);
        if (plan.External is { } external) return new Baseline(name, null, $"only the sites' trainer '{external.Trainer}' can train it", null);
        using ComputeThreads.Stay stay = ComputeThreads.Enter();
        Standardiser standardiser = Standardiser.Of(rawTrain, plan.Standardise);
        Matrix train = standardiser.Apply(rawTrain);
        IModel model = plan.CreateModel();
        string? reason;
        double[]? parameters = model is GeneralisedLinearModel linear ? NewtonSolver.Minimise(linear, train, out reason) : Trained(plan, model, train, rounds, out reason, cancel);
        if (parameters is null) return new Baseline(name, null, reason, null);

        return new Baseline(name, Judge(model, train, [.. rawTest.Select(standardiser.Apply)], parameters), null, parameters);
    }

    /// <summary>A model's metrics on test rows, beside its loss on training rows. Of survival, rows are compared within a site only, as in the federation: else its figures would be of other pairs.</summary>
    /// <param name="model">The model.</param>
    /// <param name="train">Its training rows.</param>
    /// <param name="tests">The test rows site by site.</param>
    /// <param name="parameters">Shape <c>[model.Parameters]</c>.</param>
    internal static ImmutableSortedDictionary<string, double> Judge(IModel model, Matrix train, ImmutableArray<Matrix> tests, ReadOnlySpan<double> parameters)
    {
        if (model.Task.IsSurvival)
        {
            Tally sum = new(0, 0, 0, 0, 0);
            foreach (Matrix site in tests) sum += Tally.Of(model, site, parameters);
            return Tally.Metrics(sum, Tally.Of(model, train, parameters), model.Task, auc: null);
        }
        Matrix test = Matrix.Stack(tests);
        double[] logits = new double[test.Rows];
        int row = 0;
        Tally tested = Tally.Of(model, test, parameters, (logit, _) => logits[row++] = logit), trained = Tally.Of(model, train, parameters);
        double? auc = model.Task == ModelTask.TwoClasses ? Auc.Exact(logits, test.Targets) : null;
        return Tally.Metrics(tested, trained, model.Task, auc);
    }

    private static double[]? Trained(LearningPlan plan, IModel model, Matrix train, int rounds, out string? reason, CancellationToken cancel)
    {
        LocalTrainingOptions? local = plan.Algorithm as LocalTrainingOptions;
        double[] parameters = plan.InitialParameters();
        try
        {
            LocalDescent.Run(
                new LocalWork
                {
                    Model = model,
                    Data = train,
                    Steps = checked(rounds * (local?.StepsOf(train.Rows) ?? 1)),
                    BatchSize = local?.BatchSize ?? 0,
                    LearningRate = plan.Algorithm.LocalLearningRate,
                    Optimizer = plan.Optimizer ?? OptimizerOptions.Plain,
                    EarlyStopping = plan.EarlyStopping,
                    Seed = plan.Network!.InitialSeed(),
                    Cancel = cancel,
                },
                parameters);
            reason = null;
            return parameters;
        }
        catch (TrainingDivergedException e)
        {
            reason = $"its training diverged: {e.Message}";
            return null;
        }
    }
}
