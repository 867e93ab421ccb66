using System.Text.Json;
using Fed.EndToEnd.Running;
using Xunit;

namespace Fed.EndToEnd;

/// <summary>Examples in hocon/ that end at a known place, as they stand.</summary>
public sealed class ExampleRunTests : IDisposable
{
    private readonly Workspace _workspace = new();

    public void Dispose() => _workspace.Dispose();

    /// <summary>scikit-learn's least squares on the same rows: a mean squared error of 3279.157 on the test rows (tests/data/diabetes/reference.json).</summary>
    [Fact]
    public void Diabetes_comes_to_the_least_squares_of_all_rows()
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(Repository.PathOf("tests/data/diabetes/reference.json")));
        double expected = json.RootElement.GetProperty("ols").GetProperty("test_mse").GetDouble();
        _workspace.Fed("simulate", Repository.PathOf("hocon/diabetes.conf")).Succeeded();
        Report report = new(_workspace.Data, "diabetes-1");
        Assert.InRange(Square(report.Number("baselines.pooled", "rmse")), expected - 0.01, expected + 0.01);
        Assert.InRange(Square(report.Number("final", "rmse")), 0.99 * expected, 1.01 * expected);
    }

    [Fact]
    public void Breast_cancer_ends_by_its_rule_near_the_pooled_model_with_sixteen_bits()
    {
        FedResult run = _workspace.Fed("simulate", Repository.PathOf("hocon/breast_cancer.conf")).Succeeded();
        Assert.Contains("stopped by loss-change", run.Out, StringComparison.Ordinal);
        Report report = new(_workspace.Data, "breast-cancer-1");
        Assert.InRange(report.Number("final", "accuracy"), 0.98, 1);
        Assert.InRange(report.Number("final", "loss"), 0.03, 0.06);
        Assert.EndsWith("bit-identical", _workspace.Fed("rounds", "replay", "30").Succeeded().Out, StringComparison.Ordinal);
        string[] figures = [.. _workspace.Fed("rounds", "show", "30", "--json").Succeeded().Json().GetProperty("events").EnumerateArray()
            .Where(static e => e.GetProperty("event").GetString() == "figure").Select(static e => e.GetProperty("detail").GetString()!)];
        Assert.Contains("clipped = 0", figures);
        Assert.Contains(figures, static figure => figure.StartsWith("step.change.coefficients = ", StringComparison.Ordinal));
        Assert.Contains(figures, static figure => figure.StartsWith("step.loss = ", StringComparison.Ordinal));
    }

    private static double Square(double value) => value * value;
}
