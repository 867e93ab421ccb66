using System.Text.Json;
using Fed.Learning.Baselines;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Baselines;

public sealed class BaselineTests
{
    [Theory]
    [InlineData("logistic_l2_C1", 1.0)]
    [InlineData("logistic_l2_C0.1", 0.1)]
    public void Pooled_baseline_is_the_reference_optimum(string fit, double c)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("dirichlet_1");
        Baseline pooled = Baseline.Pooled(Samples.Logistic(sites[0].Features, 1 / (c * 456), Samples.FullBatch(1, 0.1)), sites);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Find("tests", "data", "breast_cancer", "reference.json")));
        JsonElement expected = json.RootElement.GetProperty(fit);
        double[] coefficients = [.. expected.GetProperty("coef").EnumerateArray().Select(static n => n.GetDouble())];
        Assert.All(coefficients.Zip(pooled.Parameters!), static pair => Assert.Equal(pair.First, pair.Second, 1e-8));
        Assert.Equal(expected.GetProperty("train_logloss").GetDouble(), pooled.Metrics![MetricNames.TrainLoss], 1e-9);
        Assert.Equal(expected.GetProperty("test_logloss").GetDouble(), pooled.Metrics[MetricNames.Loss], 1e-9);
        Assert.Equal(expected.GetProperty("test_auc").GetDouble(), pooled.Metrics[MetricNames.Auc], 1e-12);
        Assert.Equal(expected.GetProperty("test_acc").GetDouble(), pooled.Metrics[MetricNames.Accuracy], 1e-12);
    }

    [Fact]
    public void Each_site_alone_is_judged_by_the_test_rows_of_all()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("dirichlet_1");
        LearningPlan plan = Samples.Logistic(sites[0].Features, 1.0 / 456, Samples.FullBatch(1, 0.1));
        foreach (SiteData site in sites)
        {
            Baseline alone = Baseline.Alone(plan, site, sites);
            Assert.Equal((site.Site, 113.0, (double)site.Train.Rows), (alone.Name, alone.Metrics![MetricNames.TestSamples], alone.Metrics[MetricNames.Samples]));
            Assert.True(alone.Metrics[MetricNames.Loss] > Baseline.Pooled(plan, sites).Metrics![MetricNames.Loss]);
        }
    }

    [Fact]
    public void Undefined_baselines_say_why()
    {
        SiteData oneClass = Samples.Site("a", new Matrix(1, [1, 2], [1, 1])), separable = Samples.Site("b", new Matrix(1, [1, 2, 8, 9], [0, 0, 1, 1])), twin = Samples.Site("c", new Matrix(2, [1, 1, 2, 2, 3, 3, 4, 4], [0, 1, 0, 1]));
        LearningPlan plan = Samples.Logistic(["x0"], 0, Samples.FullBatch(1, 0.1));
        Assert.Equal((null, "its training rows are all of class 1"), Undefined(plan, oneClass));
        Assert.Contains("classes separate", Undefined(plan, separable).Reason, StringComparison.Ordinal);
        Assert.Contains("columns are linearly dependent", Undefined(plan with { Features = ["x0", "x1"] }, twin).Reason, StringComparison.Ordinal);
        Assert.NotNull(Baseline.Alone(plan with { L2 = 0.1 }, separable, [separable]).Metrics);
    }

    [Theory]
    [InlineData(ModelKind.Linear, 0)]
    [InlineData(ModelKind.Logistic, 2)]
    [InlineData(ModelKind.Softmax, 4)]
    public void Newton_ends_where_the_gradient_vanishes(ModelKind kind, int classes)
    {
        GeneralisedLinearModel model = new(kind, 5, classes, l2: 0.01);
        Matrix data = Samples.Random(200, 5, classes, 9);
        double[] gradient = new double[model.Parameters], optimum = NewtonSolver.Minimise(model, data, out string? reason)!;
        model.Objective(data, optimum, gradient);
        Assert.Null(reason);
        Assert.All(gradient, static g => Assert.InRange(g, -1e-9, 1e-9));
    }

    private static (ImmutableSortedDictionary<string, double>? Metrics, string? Reason) Undefined(LearningPlan plan, SiteData site)
    {
        Baseline alone = Baseline.Alone(plan, site, [site]);
        Assert.Null(alone.Metrics);
        return (alone.Metrics, alone.Reason);
    }
}
