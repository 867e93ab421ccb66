using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Losses;
using Fed.Learning.Models.Networks;

namespace Fed.Learning.Tests.Models.Losses;

/// <summary>Cox's partial likelihood of sixteen rows with ties, Breslow's approximation, against R's <c>survival::coxph</c> (4.2.2 / 3.5-3).</summary>
public sealed class RiskLossKnownAnswerTests
{
    private static readonly double[] Times = [5, 8, 8, 12, 12, 15, 20, 20, 3, 8, 12, 15, 15, 18, 22, 25];
    private static readonly double[] Events = [1, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0];
    private static readonly double[] X1 = [0.5, -1.0, 0.3, 1.2, 0.0, -0.7, 0.9, -0.2, 1.1, 0.4, -0.6, 0.8, -1.3, 0.1, -0.4, 0.6];
    private static readonly double[] X2 = [1, 0, 1, 0, 0, 1, 1, 0, 1, 1, 0, 0, 1, 0, 1, 0];

    [Theory]
    [InlineData(0, 0, 23.402306665600)]
    [InlineData(-0.172822369948, -0.051358295701, 23.333824565045)]
    public void Pooled_partial_likelihood_is_that_of_coxph(double beta1, double beta2, double minusLogLikelihood)
    {
        (double loss, _) = Evaluate(0, 16, beta1, beta2);
        Assert.Equal(minusLogLikelihood, loss, 1e-9);
    }

    [Fact]
    public void Two_sites_sum_to_the_stratified_partial_likelihood()
    {
        (double first, _) = Evaluate(0, 8, -0.225268095213, -0.052274272213);
        (double second, _) = Evaluate(8, 8, -0.225268095213, -0.052274272213);
        Assert.Equal(16.524641077857, first + second, 1e-9);
    }

    [Fact]
    public void Slopes_vanish_along_the_covariates_at_the_optimum()
    {
        (_, double[] slopes) = Evaluate(0, 16, -0.172822369948, -0.051358295701);
        Assert.Equal(0, slopes.Zip(X1, static (s, x) => s * x).Sum(), 1e-8);
        Assert.Equal(0, slopes.Zip(X2, static (s, x) => s * x).Sum(), 1e-8);
        Assert.Equal(0, slopes.Sum(), 1e-12);   // one number added to all risks changes nothing
    }

    /// <summary>DeepSurv without hidden layers is Cox regression.</summary>
    [Fact]
    public void Linear_risk_network_has_its_optimum_where_coxph_has()
    {
        IModel model = new NetworkOptions(new MlpOptions([]), ModelTask.Risk, NetworkPrecision.Float64).Create(2, 0, 0);
        Matrix data = new(2, [.. X1.Zip(X2).SelectMany(static pair => new[] { pair.First, pair.Second })], [.. Times.Zip(Events).SelectMany(static pair => new[] { pair.First, pair.Second })], 2);
        double[] gradient = new double[3];
        Assert.Equal(23.333824565045, 16 * model.Objective(data, [-0.172822369948, -0.051358295701, 0], gradient), 1e-9);
        Assert.All(gradient, static slope => Assert.Equal(0, slope, 1e-9));
    }

    [Fact]
    public void Risks_far_apart_do_not_overflow()
    {
        double[] slopes = new double[2];
        Assert.Equal(0, new RiskLoss(2).Evaluate([1000, 300], [1, 1, 2, 0], 2, slopes), 1e-12);
        Assert.All(slopes, static slope => Assert.Equal(0, slope, 1e-12));
    }

    private static (double Loss, double[] Slopes) Evaluate(int start, int rows, double beta1, double beta2)
    {
        double[] scores = new double[rows], targets = new double[2 * rows], slopes = new double[rows];
        for (int r = 0; r < rows; r++)
        {
            scores[r] = beta1 * X1[start + r] + beta2 * X2[start + r];
            (targets[2 * r], targets[2 * r + 1]) = (Times[start + r], Events[start + r]);
        }
        return (new RiskLoss(16).Evaluate(scores, targets, rows, slopes), slopes);
    }
}
