using Fed.Learning.Data;
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
    /// <summary>All training rows in one place: what a federation gives up by not sharing data. The exact optimum, by Newton's method.</summary>
    /// <param name="plan">Model, penalty and scaling; its algorithm does not matter here.</param>
    /// <param name="sites">All sites.</param>
    public static Baseline Pooled(LearningPlan plan, IReadOnlyList<SiteData> sites) =>
        Of("pooled", plan, Matrix.Stack([.. sites.Select(static site => site.Train)]), SharedTest(sites));

    /// <summary>One site alone, scaled by its own means and deviations: what it gains by joining.</summary>
    /// <param name="plan">As for <see cref="Pooled"/>.</param>
    /// <param name="site">The site.</param>
    /// <param name="sites">All sites, for their test rows.</param>
    public static Baseline Alone(LearningPlan plan, SiteData site, IReadOnlyList<SiteData> sites) => Of(site.Site, plan, site.Train, SharedTest(sites));

    private static Matrix SharedTest(IReadOnlyList<SiteData> sites) => Matrix.Stack([.. sites.Select(static site => site.Test)]);

    private static Baseline Of(string name, LearningPlan plan, Matrix rawTrain, Matrix rawTest)
    {
        if (rawTrain.Rows == 0) return new Baseline(name, null, "it has no training rows", null);
        if (plan.Classes > 0 && rawTrain.Targets.All(y => y == rawTrain.Targets[0]))
            return new Baseline(name, null, $"its training rows are all of class {rawTrain.Targets[0]}", null);
        Standardiser standardiser = Standardiser.Of(rawTrain, plan.Standardise);
        Matrix train = standardiser.Apply(rawTrain), test = standardiser.Apply(rawTest);
        GeneralisedLinearModel model = new(plan.Model, train.Columns, plan.Classes, plan.L2);
        if (NewtonSolver.Minimise(model, train, out string? reason) is not { } parameters) return new Baseline(name, null, reason, null);

        double[] logits = new double[test.Rows];
        int row = 0;
        Tally tested = Tally.Of(model, test, parameters, (logit, _) => logits[row++] = logit), trained = Tally.Of(model, train, parameters);
        double? auc = model.Task == ModelTask.TwoClasses ? Auc.Exact(logits, test.Targets) : null;
        return new Baseline(name, Tally.Metrics(tested, trained, model.Task, auc), null, parameters);
    }
}
