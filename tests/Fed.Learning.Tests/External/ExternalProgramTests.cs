using Fed.Learning.Algorithms;
using Fed.Learning.Algorithms.FedAvg;
using Fed.Learning.Algorithms.FedDyn;
using Fed.Learning.Algorithms.FedNova;
using Fed.Learning.Algorithms.FedProx;
using Fed.Learning.Algorithms.FedSgd;
using Fed.Learning.Algorithms.Scaffold;
using Fed.Learning.Data;
using Fed.Learning.External;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Training;

namespace Fed.Learning.Tests.External;

/// <summary>Programs whose model is trained outside: the plan's rules, and what is checked of a trainer's answers. The trainer here is our own logistic regression behind the interface.</summary>
public sealed class ExternalProgramTests
{
    private static readonly GeneralisedLinearModel Inside = new(ModelKind.Logistic, 2, 2, 0);
    private static readonly Matrix Train = new(2, [0.5, 1, -1, 2, 1.5, -0.5, -2, -1], [1, 0, 1, 0]), Test = new(2, [1, 1, -1, -1], [1, 0]);

    public static TheoryData<AlgorithmOptions> Algorithms => new()
    {
        new FedAvgOptions(5, null, 0, 0.3), new FedProxOptions(5, null, 0, 0.3, 0.5), new ScaffoldOptions(5, null, 0, 0.3), new FedNovaOptions(5, null, 0, 0.3, 0.1), new FedDynOptions(5, null, 0, 0.3),
    };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Every_algorithm_that_needs_trained_parameters_only_gives_what_it_gives_with_the_model_inside(AlgorithmOptions algorithm)
    {
        (double[] outside, byte[]? keptOutside) = Round(Plan(algorithm), new Trainer());
        (double[] inside, byte[]? keptInside) = Round(Plan(algorithm) with { Model = ModelKind.Logistic, External = null }, null);
        Assert.Equal(inside, outside);
        Assert.Equal(keptInside, keptOutside);
    }

    [Fact]
    public void Evaluation_comes_from_the_trainer()
    {
        double[] outside = Evaluation(Plan(), new Trainer()), inside = Evaluation(Plan() with { Model = ModelKind.Logistic, External = null }, null);
        Assert.Equal(inside, outside);
    }

    [Theory]
    [InlineData(double.NaN, "site here: trainer 't' gave NaN in entry 1 of tensor 'w' after round 3; choose a smaller learning-rate, or check the data.")]
    [InlineData(double.PositiveInfinity, "gave Infinity in entry 1 of tensor 'w'")]
    public void Parameters_that_are_not_finite_are_declined_with_tensor_and_round(double odd, string expected) =>
        Assert.Contains(expected, Assert.Throws<ProgramException>(() => Round(Plan(), new Trainer { Spoil = parameters => parameters[1] = odd })).Message, StringComparison.Ordinal);

    [Fact]
    public void Trainer_that_fails_or_takes_no_step_is_declined()
    {
        Assert.Equal("site here: trainer 't' could not train round 3: it was tired.", Assert.Throws<ProgramException>(() => Round(Plan(), new Trainer { Spoil = static _ => throw new TrainerException("it was tired") })).Message);
        Assert.Contains("took 0 steps", Assert.Throws<ProgramException>(() => Round(Plan(), new Trainer { Steps = 0 })).Message, StringComparison.Ordinal);
        Assert.Contains("site here has no trainer 't'", Assert.Throws<ProgramException>(() => Round(Plan(), null)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rows", "evaluated 1 test rows of 2")]
    [InlineData("correct", "predicted 3 of 2 test rows correctly")]
    [InlineData("loss", "gave NaN as the loss of the test rows")]
    [InlineData("errors", "gave errors of -1 and ")]
    [InlineData("histogram", "gave a histogram of 128 bins over 3 rows; it has 128 bins over 2 test rows")]
    [InlineData("bins", "gave a histogram of 3 bins over 2 rows")]
    public void Figures_that_cannot_be_are_declined(string part, string expected)
    {
        Trainer trainer = new()
        {
            Change = sums => part switch
            {
                "rows" => sums with { Test = sums.Test with { Rows = 1 } },
                "correct" => sums with { Test = sums.Test with { Correct = 3 } },
                "loss" => sums with { Test = sums.Test with { Loss = double.NaN } },
                "errors" => sums with { Test = sums.Test with { SquaredError = -1 } },
                "histogram" => sums with { Scores = sums.Scores.SetItem(5, sums.Scores[5] + 1) },
                _ => sums with { Scores = [1, 1, 0] },
            },
        };
        Assert.Contains(expected, Assert.Throws<ProgramException>(() => Evaluation(Plan(), trainer)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Plans_that_no_trainer_can_follow_are_refused()
    {
        Assert.Null(Plan().Check());
        foreach (AlgorithmOptions algorithm in new AlgorithmOptions[] { new FedSgdOptions(), new FedProxOptions(1, null, 0, 0.1, IsAdaptive: true), new FedProxOptions(1, null, 0, 0.1, Inexactness: 0.5), new ScaffoldOptions(1, null, 0, 0.1, ControlVariate: ControlVariate.Gradient) })
            Assert.Contains("needs gradients or losses of its own choice, which trainer 't' does not give", Plan(algorithm).Check(), StringComparison.Ordinal);
        Assert.Contains("early-stopping is for models of ours", (Plan() with { EarlyStopping = new EarlyStoppingOptions() }).Check(), StringComparison.Ordinal);
        Assert.Contains("exactly when its trainer is stated", (Plan() with { External = null }).Check(), StringComparison.Ordinal);
        Assert.Equal(TrainerAbilities.Correction | TrainerAbilities.Penalty, (Plan(new ScaffoldOptions(1, null, 0, 0.1)) with { L2 = 0.1 }).Needs);
        Assert.Equal(TrainerAbilities.Proximal | TrainerAbilities.Optimizer, (Plan(new FedProxOptions(1, null, 0, 0.1)) with { Optimizer = new OptimizerOptions(OptimizerKind.Adam) }).Needs);
    }

    [Theory]
    [InlineData("", 1, "is no name of a tensor")]
    [InlineData("a/b", 1, "is no name of a tensor")]
    [InlineData("w", 0, "has a dimension of 0")]
    [InlineData("w", 1_000_000_000, "has more than 100000000 entries")]
    [InlineData("w w", 1, "is no name of a tensor")]
    public void Tensors_that_cannot_be_are_refused(string name, int dimension, string expected) =>
        Assert.Contains(expected, (Plan() with { External = Plan().External! with { Tensors = [new ExternalTensor(name, [dimension])] } }).Check(), StringComparison.Ordinal);

    [Fact]
    public void Plan_travels_as_json_and_names_the_initial_parameters_by_hash_only()
    {
        LearningPlan plan = Plan(), back = LearningPlan.FromJson(plan.ToJson());
        Assert.Equal(plan.ToJson(), back.ToJson());
        Assert.Equal(plan.External!.Parameters, back.External!.Parameters);
        Assert.Throws<ArgumentException>(() => new FederatedProgram(plan) { Initial = new double[] { 1, 2, 3 } });
        Assert.Throws<InvalidOperationException>(() => new FederatedProgram(plan).InitialState());
        Assert.NotEmpty(new FederatedProgram(plan) { Initial = new double[3] }.InitialState());
    }

    private static LearningPlan Plan(AlgorithmOptions? algorithm = null) => new(
        ModelKind.External, 2, ["a", "b"], algorithm ?? new FedAvgOptions(5, null, 0, 0.3), SiteWeights.Samples, 0, false, 4, new StoppingOptions(), 64, GridOptions.For(RingWidth.Ring64),
        External: new ExternalModel("t", new string('0', 64), ModelTask.TwoClasses, [new ExternalTensor("w", [2]), new ExternalTensor("b", [1])], VectorBytes.Sha256(new double[3]), ImmutableSortedDictionary<string, string>.Empty));

    private static (double[] Values, byte[]? Kept) Round(LearningPlan plan, Trainer? trainer)
    {
        (SiloProgram silo, ReadOnlyMemory<byte> broadcast) = Site(plan, trainer, "training");
        double[] values = silo.Compute(3, "training", broadcast, null, new byte[32], static _ => { }, CancellationToken.None).Values;
        return (values, silo.KeepsSiloState ? silo.NextSiloState("training", broadcast, null, new byte[32], values) : null);
    }

    private static double[] Evaluation(LearningPlan plan, Trainer? trainer)
    {
        (SiloProgram silo, ReadOnlyMemory<byte> broadcast) = Site(plan, trainer, "evaluation");
        return silo.Compute(3, "evaluation", broadcast, null, new byte[32], static _ => { }, CancellationToken.None).Values;
    }

    private static (SiloProgram Silo, ReadOnlyMemory<byte> Broadcast) Site(LearningPlan plan, Trainer? trainer, string sum)
    {
        FederatedProgram program = plan.External is null ? new FederatedProgram(plan) : new FederatedProgram(plan) { Initial = new double[3] };
        ServerState state = new()
        {
            WeightCap = 4, TotalWeight = 4, Present = [4, 4], Means = [0, 0], Deviations = [1, 1], Parameters = [0.1, -0.2, 0.05], AlgorithmState = program.Algorithm.InitialServerState(3),
        };
        return (new SiloProgram(program, new SiteData("here", ["a", "b"], Train, Test)) { Trainer = trainer }, program.Broadcast(3, sum, state.ToBytes()));
    }

    private sealed class Trainer : IExternalTrainer
    {
        public Action<double[]>? Spoil { get; init; }

        public int? Steps { get; init; }

        public Func<TrainerSums, TrainerSums>? Change { get; init; }

        public LocalReport Train(TrainerRows rows, int round, LocalWork work, Span<double> parameters)
        {
            LocalReport report = LocalDescent.Run(work with { Model = Inside, Data = rows.Train }, parameters);
            double[] trained = parameters.ToArray();
            Spoil?.Invoke(trained);
            trained.CopyTo(parameters);
            return Steps is { } steps ? report with { Steps = steps } : report;
        }

        public TrainerSums Evaluate(TrainerRows rows, ReadOnlyMemory<double> parameters, Action<int> progressPercent, CancellationToken cancel)
        {
            long[] scores = new long[128];
            Fed.Learning.Metrics.Tally tally(Matrix part, Action<double, double>? each) => Fed.Learning.Metrics.Tally.Of(Inside, part, parameters.Span, each);
            static TrainerTally shown(Fed.Learning.Metrics.Tally t) => new(t.Rows, t.Loss, t.Correct, t.SquaredError, t.AbsoluteError);
            TrainerSums sums = new(shown(tally(rows.Test, (logit, target) => scores[(target == 0 ? 0 : 64) + Fed.Learning.Metrics.Auc.Bin(logit, 64)]++)), shown(tally(rows.Train, null)), [.. scores]);
            return Change?.Invoke(sums) ?? sums;
        }
    }
}
