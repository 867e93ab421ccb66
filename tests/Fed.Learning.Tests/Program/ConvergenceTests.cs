using Fed.Learning.Baselines;
using Fed.Learning.Data;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Program;

/// <summary>Tuning probe.</summary>
public sealed class ConvergenceTests
{
    [Fact]
    public void Probe()
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer("dirichlet_1");
        TestContext.Current.TestOutputHelper!.WriteLine(string.Join(" ", sites.Select(s => $"{s.Site}:{s.Train.Rows}/{s.Test.Rows}")));
        Baseline pooled = Baseline.Pooled(Samples.Logistic(sites[0].Features, 1.0 / 456, Samples.FullBatch(1, 0.1)), sites);
        TestContext.Current.TestOutputHelper!.WriteLine("pooled " + string.Join(" ", pooled.Metrics!));
        foreach (SiteData site in sites) { Baseline a = Baseline.Alone(Samples.Logistic(sites[0].Features, 1.0 / 456, Samples.FullBatch(1, 0.1)), site, sites);
        TestContext.Current.TestOutputHelper!.WriteLine(a.Name + " " + (a.Metrics is null ? a.Reason : string.Join(" ", a.Metrics))); }
        foreach ((int steps, double rate) in new[] { (5, 0.1), (5, 0.3), (5, 0.5), (10, 0.1), (10, 0.3), (10, 0.5), (20, 0.3), (20, 0.5), (5, 1.0), (3, 0.5) })
        {
            LocalFederation f = new(Samples.Logistic(sites[0].Features, 1.0 / 456, Samples.FullBatch(steps, rate)), sites);
            f.Start();
            for (int r = 1; r <= 40; r++) { var m = f.Round(r).Metrics;
                if (r % 10 == 0) TestContext.Current.TestOutputHelper!.WriteLine($"steps {steps} rate {rate} round {r} " + string.Join(" ", m.Where(x => x.Key is "loss" or "trainLoss" or "accuracy" or "auc"))); }
        }
    }

    [Fact]
    public void Probe2()
    {
        ImmutableArray<SiteData> sites = Samples.Contraception();
        foreach (double l2 in new[] { 0, 0.001 }) {
        Baseline pooled = Baseline.Pooled(Samples.Logistic(sites[0].Features, l2, Samples.FullBatch(1, 0.1)), sites);
        TestContext.Current.TestOutputHelper!.WriteLine("pooled " + string.Join(" ", pooled.Metrics!));
        foreach ((int steps, double rate) in new[] { (5, 0.1), (5, 0.3), (10, 0.1), (10, 0.3), (3, 0.5), (2, 0.3), (1,1.0) })
        {
            LocalFederation f = new(Samples.Logistic(sites[0].Features, l2, Samples.FullBatch(steps, rate)), sites);
            f.Start();
            Random random = new(5);
            for (int r = 1; r <= 40; r++) { var m = f.Round(r, sites.OrderBy(_ => random.Next()).Take(30)).Metrics;
                if (r % 10 == 0) TestContext.Current.TestOutputHelper!.WriteLine($"l2 {l2} steps {steps} rate {rate} round {r} " + string.Join(" ", m.Where(x => x.Key is "loss" or "trainLoss" or "accuracy" or "auc"))); }
        } }
    }
}
