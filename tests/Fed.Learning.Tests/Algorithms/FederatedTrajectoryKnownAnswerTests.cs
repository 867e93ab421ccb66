using System.Globalization;
using System.Text.Json;
using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvgM;
using Fed.Learning.Algorithms.FedOpt;
using Fed.Learning.Algorithms.FedProx;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Data;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Algorithms;

/// <summary>Trajectories of an independent float64 program (tests/data/breast_cancer/fed_reference.json), reached through grid, ring and server steps.</summary>
public sealed class FederatedTrajectoryKnownAnswerTests
{
    private const double L2 = 1.0 / 455;
    private const double Rate = 0.1;

    // What two float64 programs may differ by for their order of additions: 1,000 local steps of a non-expansive map with inputs of order 1.
    private const double Float64Allowance = 1e-11;

    [Theory]
    [InlineData("iid", "iid", "fedavg_K1", 1, SiteWeights.Samples, GridRounding.Stochastic)]
    [InlineData("iid", "iid", "fedavg_K5", 5, SiteWeights.Samples, GridRounding.Nearest)]
    [InlineData("iid", "iid", "fedavg_K5_uniform_weights", 5, SiteWeights.Uniform, GridRounding.Stochastic)]
    [InlineData("iid", "iid", "fedavg_K20", 20, SiteWeights.Samples, GridRounding.Stochastic)]
    [InlineData("dirichlet_0.5", "dirichlet_05", "fedavg_K1", 1, SiteWeights.Samples, GridRounding.Nearest)]
    [InlineData("dirichlet_0.5", "dirichlet_05", "fedavg_K5", 5, SiteWeights.Samples, GridRounding.Stochastic)]
    [InlineData("dirichlet_0.5", "dirichlet_05", "fedavg_K5_uniform_weights", 5, SiteWeights.Uniform, GridRounding.Nearest)]
    [InlineData("dirichlet_0.5", "dirichlet_05", "fedavg_K20", 20, SiteWeights.Samples, GridRounding.Nearest)]
    public void Fedavg_stays_within_the_grid_error_of_the_reference(string partition, string section, string run, int steps, SiteWeights weights, GridRounding rounding)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer(partition);
        LearningPlan plan = Samples.Logistic(sites[0].Features, L2, Samples.FullBatch(steps, Rate), rounding) with { Weights = weights };
        Compare(new LocalFederation(plan, sites), sites, Reference(section, run));
    }

    [Theory]
    [InlineData("iid", "iid")]
    [InlineData("dirichlet_0.5", "dirichlet_05")]
    public void Fedsgd_is_fedavg_with_one_step(string partition, string section)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer(partition);
        LearningPlan plan = Samples.Logistic(sites[0].Features, L2, new Fed.Learning.Algorithms.FedSgd.FedSgdOptions(Rate));
        // The grid rounds gradients here, and the step multiplies their error by the rate, so FedAvg's bound holds with room.
        Compare(new LocalFederation(plan, sites), sites, Reference(section, "fedavg_K1"));
    }

    public static TheoryData<string, string> Optimisers()
    {
        TheoryData<string, string> rows = [];
        foreach (string run in new[]
        {
            "fedprox_K20_mu0.01", "fedprox_K20_mu0.1", "fedprox_K20_mu1", "scaffold_K20", "scaffold_K20_uniform_weights", "fedavgm_K5_b0.9_slr0.3",
            "fedadam_K5_slr0.1_tau1e-3_b1_0.9_b2_0.99", "fedyogi_K5_slr0.1_tau1e-3_b1_0.9_b2_0.99", "fedadagrad_K5_slr0.1_tau1e-3_b1_0.9_b2_0.99",
        })
        {
            rows.Add("iid", run);
            rows.Add("dirichlet_0.5", run);
        }
        return rows;
    }

    [Theory]
    [MemberData(nameof(Optimisers))]
    public void Every_optimiser_follows_its_reference(string partition, string run)
    {
        ImmutableArray<SiteData> sites = Samples.BreastCancer(partition);
        AlgorithmOptions algorithm = run.Split('_')[0] switch
        {
            "fedprox" => new FedProxOptions(20, null, 0, Rate, double.Parse(run.Split("_mu")[1], CultureInfo.InvariantCulture)),
            "scaffold" => new ScaffoldOptions(20, null, 0, Rate),
            "fedavgm" => new FedAvgMOptions(5, null, 0, Rate, 0.9, 0.3),
            "fedadam" => new FedAdamOptions(5, null, 0, Rate),
            "fedyogi" => new FedYogiOptions(5, null, 0, Rate),
            _ => new FedAdagradOptions(5, null, 0, Rate, Beta1: 0.9),
        };
        LearningPlan plan = Samples.Logistic(sites[0].Features, L2, algorithm, GridRounding.Nearest) with
        {
            Weights = run.EndsWith("uniform_weights", StringComparison.Ordinal) ? SiteWeights.Uniform : SiteWeights.Samples,
        };
        LocalFederation federation = algorithm is FedOptOptions ? new(plan, sites, new FromZero(algorithm.Create())) : new(plan, sites);
        federation.Start();
        int round = 0;
        foreach ((int at, double[] expected) in Reference(partition == "iid" ? "iid" : "dirichlet_05", run))
        {
            while (round < at) federation.Round(++round);
            // State at server and sites feeds the grid's errors of 1e-9 back, and dividing by sqrt(v) + 1e-3 makes them up to 1000 times larger; no sharp bound is claimed, but any slip in a rule is off by more than 1e-3.
            Assert.InRange(Distance(expected, federation.Model.Parameters), 0, 1e-6);
        }
        Assert.Equal(50, round);
    }

    // Bound: let e be the grid's bound on one entry of a round's mean (DESIGN 6). A local gradient step w -> w - rate * gradient of a convex function that is L-smooth does not
    // lengthen distances when rate <= 2 / L; neither do chains of such steps, nor their weighted mean. So errors of earlier rounds pass on with factor 1 at most, and after t
    // rounds the distance (Euclidean, d entries) is at most t * sqrt(d) * e. L_k <= a quarter of the largest eigenvalue of the mean of (x,1)(x,1)^T, plus l2, since the logistic curvature is at most 1/4.
    private static void Compare(LocalFederation federation, ImmutableArray<SiteData> sites, IEnumerable<(int Round, double[] Parameters)> reference)
    {
        federation.Start();
        ModelSnapshot start = federation.Model;
        Standardiser standardiser = new(start.Means, start.Deviations, IsScaling: true);
        foreach (SiteData site in sites) Assert.True(Rate <= 2 / Smoothness(standardiser.Apply(site.Train)), $"the bound's condition fails at {site.Site}");

        bool isUniform = federation.Plan.Weights == SiteWeights.Uniform;
        Segment segment = federation.Plan.Grid.Training("change", start.Parameters.Length);
        double e = GridError.Bound(sites.Length, segment, isUniform ? 1 : 512, isUniform ? sites.Length : sites.Sum(static s => s.Train.Rows));
        int round = 0;
        foreach ((int at, double[] expected) in reference)
        {
            while (round < at) federation.Round(++round);
            Assert.InRange(Distance(expected, federation.Model.Parameters), 0, at * Math.Sqrt(expected.Length) * e + Float64Allowance);
        }
        Assert.Equal(50, round);
        Assert.Equal(0, federation.Clipped);
    }

    private static double Smoothness(Matrix data)
    {
        // Largest eigenvalue of the mean of (x,1)(x,1)^T by the power method, ten per cent added for what the method may lack.
        double[] v = [.. Enumerable.Repeat(1.0, data.Columns + 1)];
        double eigenvalue = 0;
        for (int step = 0; step < 200; step++)
        {
            double[] next = new double[v.Length];
            for (int r = 0; r < data.Rows; r++)
            {
                double[] row = [.. data.Row(r), 1];
                double along = row.Zip(v, static (a, b) => a * b).Sum();
                for (int i = 0; i < next.Length; i++) next[i] += along * row[i] / data.Rows;
            }
            eigenvalue = Math.Sqrt(next.Sum(static x => x * x));
            v = [.. next.Select(x => x / eigenvalue)];
        }
        return 1.1 * eigenvalue / 4 + L2;
    }

    private static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, static (x, y) => (x - y) * (x - y)).Sum());

    private static List<(int Round, double[] Parameters)> Reference(string section, string run)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllBytes(RepositoryFiles.Find("tests", "data", "breast_cancer", "fed_reference.json")));
        return
        [
            .. json.RootElement.GetProperty(section).GetProperty(run).EnumerateArray()
                .Select(static entry => (entry.GetProperty("round").GetInt32(), entry.GetProperty("params").EnumerateArray().Select(static p => p.GetDouble()).ToArray())),
        ];
    }

    /// <summary>The reference starts second moments at 0 and not, as the paper and we, at tau^2 (which <see cref="ServerOptimiserGoldenTests"/> pins).</summary>
    private sealed class FromZero(IFederatedAlgorithm inner) : IFederatedAlgorithm
    {
        public ImmutableArray<Segment> Segments(int parameters, GridOptions grid) => inner.Segments(parameters, grid);

        public double[] InitialServerState(int parameters) => new double[inner.InitialServerState(parameters).Length];

        public void Compute(LocalTask task, LocalVector local) => inner.Compute(task, local);

        public ServerUpdate Next(ServerTask task) => inner.Next(task);
    }
}
