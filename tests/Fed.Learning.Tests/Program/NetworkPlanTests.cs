using System.Text;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Baselines;
using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using Fed.Learning.Tests.Models.Networks;
using Fed.Learning.Tests.Support;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.Program;

/// <summary>Networks in plans and in whole federations.</summary>
public sealed class NetworkPlanTests
{
    private const string PlanJson =
        """{"model":"network","classes":3,"features":["x0","x1"],"algorithm":{"name":"fedavg","localSteps":null,"localEpochs":2,"batchSize":8,"learningRate":0.01,"serverLearningRate":1},"weights":"samples","l2":0,"standardise":true,"weightCap":null,"stopping":{"parameterChange":null,"gradientNorm":null,"metric":null,"lossChange":null},"evaluationBins":1024,"grid":{"ring":"Ring64","trainingBits":48,"trainingFractionBits":32,"rounding":"Stochastic","countBits":48,"statisticBits":48,"statisticDigits":2,"statisticFractionBits":56},"network":{"architecture":{"kind":"mlp","hidden":[4],"activation":"gelu","dropout":0.1,"isResidual":false},"task":"Classes","precision":"float32","inputScale":1,"seed":5,"cuts":[],"local":[]},"optimizer":{"kind":"adam","momentum":0.9,"beta1":0.9,"beta2":0.999,"epsilon":1E-08,"weightDecay":0,"clipNorm":null,"schedule":"constant","warmUp":0}}""";

    private static readonly LearningPlan Plan = Samples.Logistic(["x0", "x1"], 0, new FedAvgOptions(null, 2, 8, 0.01)) with
    {
        Model = ModelKind.Network,
        Classes = 3,
        Network = new NetworkOptions(new MlpOptions([4], Activation.Gelu, 0.1), ModelTask.Classes, Seed: 5),
        Optimizer = new OptimizerOptions(OptimizerKind.Adam),
    };

    public static TheoryData<string> Names() => NetworkCases.Names();

    [Fact]
    public void Plan_json_is_canonical_and_comes_back()
    {
        Assert.Equal(PlanJson, Encoding.UTF8.GetString(Plan.ToJson()));
        Assert.Equal(Plan.ToJson(), LearningPlan.FromJson(Plan.ToJson()).ToJson());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_architecture_comes_back_from_json(string name)
    {
        LearningPlan plan = Plan with { Network = NetworkCases.Options(name) };
        LearningPlan read = LearningPlan.FromJson(plan.ToJson());
        Assert.Equal(plan.ToJson(), read.ToJson());
        Assert.Equal(NetworkCases.Create(name).Blocks.Select(static b => (b.Name, b.Length)), Create(read, name).Blocks.Select(static b => (b.Name, b.Length)));
    }

    [Fact]
    public void Linear_plans_name_no_network_and_no_optimiser()
    {
        string json = Encoding.UTF8.GetString(Samples.Logistic(["a"], 0, Samples.FullBatch(1, 0.1)).ToJson());
        Assert.DoesNotContain("network", json, StringComparison.Ordinal);
        Assert.DoesNotContain("optimizer", json, StringComparison.Ordinal);
        Assert.DoesNotContain("earlyStopping", json, StringComparison.Ordinal);
    }

    public static TheoryData<LearningPlan, string> WrongPlans() => new()
    {
        { Plan with { Network = null }, "exactly when its layers are stated" },
        { Plan with { Model = ModelKind.Softmax }, "exactly when its layers are stated" },
        { Plan with { Network = Plan.Network! with { Architecture = new MlpOptions([0]) } }, "hidden is 0" },
        { Plan with { BroadcastPrecision = NetworkPrecision.Float32, Network = Plan.Network! with { Precision = NetworkPrecision.Float64 } }, "do not train it in float32" },
        { Plan with { Optimizer = new(Beta1: 2) }, "beta1 is 2" },
        { Plan with { EarlyStopping = new(Share: 1) }, "held-out rows is 1" },
        { Plan with { Algorithm = new ScaffoldOptions(2, null, 0, 0.1) }, "scaffold relies on plain gradient steps" },
        { Plan with { Algorithm = new FedSgdOptions(0.1), Optimizer = null, EarlyStopping = new() }, "fedsgd relies on plain gradient steps" },
    };

    [Theory]
    [MemberData(nameof(WrongPlans))]
    public void Wrong_plan_is_refused_with_a_sentence(LearningPlan plan, string expected) => Assert.Contains(expected, plan.Check(), StringComparison.Ordinal);

    [Fact]
    public void Federation_starts_from_the_seed_and_trains_the_same_network_whatever_the_order_of_sites()
    {
        ImmutableArray<SiteData> sites = Sites();
        LocalFederation first = new(Plan, sites), again = new(Plan, [.. sites.Reverse()]);
        Assert.Equal(Plan.InitialParameters(), new NetworkOptions(new MlpOptions([4]), ModelTask.Classes, Seed: 5).Create(2, 3, 0).Init(Plan.Network!.InitialSeed()));
        Assert.Equal(first.Run(4), again.Run(4));
        Assert.Equal((first.ModelSha256, first.SumsSha256), (again.ModelSha256, again.SumsSha256));
    }

    [Fact]
    public void Federated_network_learns_what_no_linear_model_can()
    {
        // The class is the ring around the origin in which a point lies.
        ImmutableArray<SiteData> sites = Sites();
        LearningPlan plan = Plan with { Network = Plan.Network! with { Architecture = new MlpOptions([16], Activation.Tanh) }, Algorithm = new FedAvgOptions(null, 5, 8, 0.02) };
        ImmutableSortedDictionary<string, double> trained = new LocalFederation(plan, sites).Run(25);
        Baseline pooled = Baseline.Pooled(plan, sites, 25), linear = Baseline.Pooled(plan with { Model = ModelKind.Softmax, Network = null, Optimizer = null }, sites);
        Assert.InRange(trained[MetricNames.Accuracy], 0.9, 1);
        Assert.InRange(pooled.Metrics![MetricNames.Accuracy], 0.9, 1);
        Assert.InRange(linear.Metrics![MetricNames.Accuracy], 0, 0.6);
    }

    [Fact]
    public void What_sites_train_in_float32_they_get_in_float32_and_neither_figures_nor_changes_notice()
    {
        ImmutableArray<SiteData> sites = Sites();
        LearningPlan plan = Plan with { BroadcastPrecision = NetworkPrecision.Float32 };
        LocalFederation federation = new(plan, sites);
        federation.Run(2);
        Assert.Contains(federation.Model.Parameters, static value => value != (float)value);   // the server's model is not rounded
        FederatedProgram narrow = new(plan), wide = new(Plan);
        foreach (ProgramSum sum in narrow.RoundSums)
        {
            byte[] less = narrow.Broadcast(3, sum.Name, federation.State), more = wide.Broadcast(3, sum.Name, federation.State);
            Assert.Equal(more.Length - (4 * federation.Model.Parameters.Length) + 16, less.Length);
            double[] expected = Work(wide, more), got = Work(narrow, less);
            if (sum.Name == "evaluation") Assert.Equal(expected, got);
            else Assert.All(expected.Zip(got), static pair => Assert.Equal(pair.First, pair.Second, 1e-14));
            double[] Work(FederatedProgram program, byte[] broadcast) => new SiloProgram(program, sites[0]).Compute(3, sum.Name, broadcast, null, new byte[32], static _ => { }, default).Values;
        }
    }

    [Fact]
    public void Broadcast_in_float32_that_is_cut_short_is_refused()
    {
        LearningPlan plan = Plan with { BroadcastPrecision = NetworkPrecision.Float32 };
        LocalFederation federation = new(plan, Sites());
        federation.Start();
        FederatedProgram program = new(plan);
        byte[] broadcast = program.Broadcast(1, "training", federation.State);
        SiloProgram silo = new(program, Sites()[0]);
        foreach (int length in (int[])[7, 8, 40, broadcast.Length / 2, broadcast.Length - 1])
            Assert.Contains("damaged", Assert.Throws<ProgramException>(() => silo.Compute(1, "training", broadcast.AsMemory(0, length), null, new byte[32], static _ => { }, default)).Message, StringComparison.Ordinal);
    }

    /// <summary>One full-batch gradient a round is the same for any division of the rows, in networks too.</summary>
    [Fact]
    public void Fedsgd_of_a_network_is_one_centralised_step()
    {
        ImmutableArray<SiteData> sites = Sites();
        LearningPlan plan = Plan with { Network = Plan.Network! with { Precision = NetworkPrecision.Float64 }, Algorithm = new FedSgdOptions(0.5), Optimizer = null, Standardise = false };
        LocalFederation federation = new(plan, sites);
        federation.Run(3);
        double[] expected = plan.InitialParameters(), gradient = new double[expected.Length];
        for (int round = 0; round < 3; round++)
        {
            plan.CreateModel().Objective(Matrix.Stack([.. sites.Select(static s => s.Train)]), expected, gradient);
            for (int i = 0; i < gradient.Length; i++) expected[i] -= 0.5 * gradient[i];
        }
        Assert.All(expected.Zip(federation.Model.Parameters), static pair => Assert.Equal(pair.First, pair.Second, 1e-8));
    }

    [Fact]
    public void Exploding_loss_names_site_and_batch_and_is_not_contributed()
    {
        LearningPlan plan = Plan with { Optimizer = null, Algorithm = new FedAvgOptions(null, 20, 8, 1e9), Classes = 0, Network = Plan.Network! with { Task = ModelTask.Regression } };
        LocalFederation federation = new(plan, Sites());
        federation.Start();
        string message = Assert.Throws<ProgramException>(() => federation.Round(1)).Message;
        Assert.Matches(@"^site s\d: local training diverged: the loss of batch \d+ of local epoch \d+ is not finite; choose a smaller learning-rate, or check the data\.$", message);
    }

    [Theory]
    [InlineData("deepsurv")]
    [InlineData("discrete survival")]
    public void Survival_is_federated_over_times_and_events(string name)
    {
        ImmutableArray<SiteData> sites = [.. Enumerable.Range(0, 3).Select(s => Samples.Site($"s{s}", NetworkCases.Data(name, 40, s), NetworkCases.Data(name, 10, 10 + s)))];
        LearningPlan plan = Plan with { Classes = 0, Features = sites[0].Features, Network = NetworkCases.Options(name) };
        LocalFederation federation = new(plan, sites);
        federation.Start();
        double first = federation.Round(1).Metrics[MetricNames.TrainLoss], last = 0;
        for (int round = 2; round <= 10; round++) last = federation.Round(round).Metrics[MetricNames.TrainLoss];
        Assert.InRange(last, 0, 0.99 * first);
        Assert.Contains("survival needs a time and an event", Assert.Throws<DataException>(() => new LocalFederation(plan, [Samples.Site("a", Samples.Random(9, 5, 0, 1))])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constant_columns_are_fine_where_nothing_is_divided_by_their_deviation()
    {
        ImmutableArray<SiteData> sites = [.. Enumerable.Range(0, 2).Select(static s => Samples.Site($"s{s}", new Matrix(2, [1, 0, 2, 0, 3, 0], [0, 1, 2])))];
        new LocalFederation(Plan with { Standardise = false }, sites).Run(1);
        Assert.Contains("is constant", Assert.Throws<ProgramException>(() => new LocalFederation(Plan, sites).Run(1)).Message, StringComparison.Ordinal);
    }

    private static ImmutableArray<SiteData> Sites() => [.. Enumerable.Range(0, 3).Select(static s => Samples.Site($"s{s}", Rings(60, s), Rings(30, 10 + s)))];

    private static Matrix Rings(int rows, int seed)
    {
        Random random = new(seed);
        double[] values = new double[2 * rows], targets = new double[rows];
        for (int r = 0; r < rows; r++)
        {
            double angle = 2 * Math.PI * random.NextDouble(), radius = r % 3 + 0.6 * random.NextDouble();
            (values[2 * r], values[2 * r + 1], targets[r]) = (radius * Math.Cos(angle), radius * Math.Sin(angle), r % 3);
        }
        return new Matrix(2, values, targets);
    }

    private static IModel Create(LearningPlan plan, string name)
    {
        IModel like = NetworkCases.Create(name);
        int classes = like.Task switch { ModelTask.TwoClasses => 2, ModelTask.Classes => like.Outputs, _ => 0 };
        return plan.Network!.Create(like.Columns, classes, 0);
    }
}
