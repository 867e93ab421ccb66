using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Data;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Algorithms;

/// <summary>Blocks that stay at their site: what model, plan and algorithm owe each other. The algorithm here shares all layers but the last (as FedPer of Arivazhagan et al. 2019, arXiv 1912.00818).</summary>
public sealed class LocalBlockTests
{
    private static readonly LearningPlan Plan = Samples.Logistic(["x0", "x1"], 0, new FedAvgOptions(null, 4, 8, 0.1)) with
    {
        Model = ModelKind.Network,
        Classes = 2,
        Network = new NetworkOptions(new MlpOptions([6], Activation.Tanh), ModelTask.TwoClasses, NetworkPrecision.Float64, Seed: 5) { Local = ["head"] },
    };

    [Fact]
    public void Plan_whose_algorithm_would_sum_a_local_block_is_refused()
    {
        Assert.Contains("fedavg sums all parameters, so block 'head.weight' would not stay at its site", Plan.Check(), StringComparison.Ordinal);
        Assert.Null((Plan with { Network = Plan.Network! with { Local = [] } }).Check());
    }

    [Fact]
    public void Local_blocks_leave_no_site_and_each_site_goes_on_from_its_own()
    {
        // Sites agree on where the boundary lies and disagree on which side is which: one shared head cannot serve both.
        ImmutableArray<SiteData> sites = [Site("a", 1, false), Site("b", 2, true)];
        LocalFederation personal = new(Plan, sites, new SharedBody(Plan.CreateModel())), common = new(Plan with { Network = Plan.Network! with { Local = [] } }, sites);
        double[] start = Plan.InitialParameters();
        personal.Run(15);
        common.Run(15);

        bool[] shared = Plan.CreateModel().SharedMask();
        Assert.Equal(2 * 6 + 6, shared.Count(static isShared => isShared));
        Assert.All(personal.LastVectors, vector => Assert.Equal(shared.Count(static isShared => isShared) + 2, vector.Values.Length));   // beside them the weight and the clip count
        double[] model = personal.Model.Parameters;
        for (int i = 0; i < model.Length; i++)
            if (!shared[i]) Assert.Equal(start[i], model[i]);
        Assert.Contains(Enumerable.Range(0, model.Length), i => shared[i] && start[i] != model[i]);

        foreach (SiteData site in sites)
        {
            double[] own = SharedBody.Joined(Plan.CreateModel(), model, VectorBytes.FromBytes(personal.SiloStates[site.Site]!));
            Standardiser standardiser = new(personal.Model.Means, personal.Model.Deviations, Plan.Standardise);
            Matrix rows = standardiser.Apply(site.Train);
            Assert.InRange(Plan.CreateModel().Objective(rows, own, []), 0, 0.6 * Plan.CreateModel().Objective(rows, common.Model.Parameters, []));
        }
    }

    private static SiteData Site(string name, int seed, bool isSwapped)
    {
        Matrix rows = Samples.Random(60, 2, 2, seed);
        double[] targets = [.. Enumerable.Range(0, rows.Rows).Select(r => (rows.Row(r)[0] + rows.Row(r)[1] > 0) == isSwapped ? 0.0 : 1.0)];
        return Samples.Site(name, new Matrix(2, rows.Values, targets));
    }

    /// <summary>FedAvg over the shared entries; a site keeps the others as its state.</summary>
    private sealed class SharedBody(IModel model) : IFederatedAlgorithm
    {
        private readonly int[] _shared = Where(model, isShared: true), _local = Where(model, isShared: false);

        public bool KeepsSiloState => true;

        public ImmutableArray<Segment> Segments(int parameters, GridOptions grid) => [grid.Training("change", _shared.Length)];

        public void Compute(LocalTask task, LocalVector local)
        {
            double[] trained = Trained(task);
            for (int i = 0; i < _shared.Length; i++) local["change"][i] = trained[_shared[i]] - task.Parameters.Span[_shared[i]];
        }

        // Local work depends on the task alone, so what stays is found again where it is to be kept.
        public double[] NextSiloState(LocalTask task, LocalVector contributed)
        {
            double[] trained = Trained(task);
            return [.. _local.Select(i => trained[i])];
        }

        public ServerUpdate Next(ServerTask task)
        {
            double[] next = [.. task.Parameters], mean = task.Sum.Mean("change");
            for (int i = 0; i < _shared.Length; i++) next[_shared[i]] += mean[i];
            return new ServerUpdate(next, [], null);
        }

        public static double[] Joined(IModel model, ReadOnlySpan<double> global, ReadOnlySpan<double> kept)
        {
            double[] joined = global.ToArray();
            int[] local = Where(model, isShared: false);
            for (int i = 0; i < local.Length && !kept.IsEmpty; i++) joined[local[i]] = kept[i];
            return joined;
        }

        private double[] Trained(LocalTask task)
        {
            double[] parameters = Joined(model, task.Parameters.Span, task.SiloState is { } kept ? kept.Span : []);
            LocalDescent.Run(task.Work(30, 8, 0.2), parameters);
            return parameters;
        }

        private static int[] Where(IModel model, bool isShared)
        {
            bool[] mask = model.SharedMask();
            return [.. Enumerable.Range(0, mask.Length).Where(i => mask[i] == isShared)];
        }
    }
}
