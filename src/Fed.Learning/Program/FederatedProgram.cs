using Fed.Learning.Algorithms;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Numerics;

namespace Fed.Learning.Program;

/// <summary>
/// The server's half of a learning job: which sums it needs, what it publishes for each, and how the next state follows from an opened sum. Pure: the same arguments give the
/// same bytes on every machine. The silos' half is <see cref="SiloProgram"/>.
/// </summary>
/// <remarks>
/// Start-up: <c>counts</c> (rows, classes, present values, sums), then <c>moments</c> (squares around the global mean: two passes, since the naive formula cancels); where figures are reported by class
/// <c>sharing</c> (which sites have test rows of which class). Every round:
/// <c>training</c>, then <c>evaluation</c> of the new model on the sites' rows.
/// </remarks>
public sealed class FederatedProgram
{
    private readonly IFederatedAlgorithm _algorithm;

    /// <summary>Makes the program of a plan.</summary>
    /// <exception cref="ArgumentException">The plan is wrong; the message is <see cref="LearningPlan.Check"/>'s.</exception>
    public FederatedProgram(LearningPlan plan)
        : this(plan, CheckedAlgorithm(plan))
    {
    }

    /// <summary>Makes the program of a plan with an algorithm of one's own in the place of the plan's.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="algorithm">The algorithm.</param>
    public FederatedProgram(LearningPlan plan, IFederatedAlgorithm algorithm)
    {
        Plan = plan;
        Model = plan.CreateShape();
        _algorithm = algorithm;
        Layout = new SumLayout(plan, Model, algorithm);
    }

    /// <summary>The plan.</summary>
    public LearningPlan Plan { get; }

    /// <summary>Sums before the first round, in order.</summary>
    public ImmutableArray<ProgramSum> StartSums => Layout.Start;

    /// <summary>Sums of every round, in order.</summary>
    public ImmutableArray<ProgramSum> RoundSums => Layout.Round;

    /// <summary>True when silos keep state of their own from round to round.</summary>
    public bool KeepsSiloState => _algorithm.KeepsSiloState;

    internal IModelShape Model { get; }

    internal SumLayout Layout { get; }

    internal IFederatedAlgorithm Algorithm => _algorithm;

    /// <summary>Says which sums do not fit the plan's ring for the largest cohort; empty when all do.</summary>
    /// <param name="cohortMax">The largest number of silos in a sum.</param>
    public ImmutableArray<string> CheckCapacity(int cohortMax) => [.. StartSums.Concat(RoundSums).SelectMany(sum => Capacity.Check(sum.Schema, Plan.Grid.Ring, cohortMax))];

    /// <summary>The parameters that all sites start from, where the plan states their hash only: those of an external model. Shape <c>[parameters]</c>.</summary>
    /// <exception cref="ArgumentException">They are not those of the plan.</exception>
    public ReadOnlyMemory<double> Initial
    {
        get;
        init => field = VectorBytes.Sha256(value.Span) == Plan.External?.InitialSha256 ? value : throw new ArgumentException("the initial parameters are not those whose hash the plan states");
    }

    /// <summary>The state before the first start-up sum: the model that all sites start from.</summary>
    /// <exception cref="InvalidOperationException">The plan states the hash of the initial parameters only, and <see cref="Initial"/> is not set.</exception>
    public byte[] InitialState() => new ServerState
    {
        Parameters = InitialParameters(),
        AlgorithmState = _algorithm.InitialServerState(Model.Parameters),
        Exponents = Layout.Steps?.Initial ?? [],
    }.ToBytes();

    /// <summary>What the silos get for one sum.</summary>
    /// <param name="round">0 is start-up.</param>
    /// <param name="sum">Name of the sum.</param>
    /// <param name="state">The state.</param>
    /// <exception cref="ProgramException">The state is of another version or damaged.</exception>
    public byte[] Broadcast(int round, string sum, ReadOnlyMemory<byte> state)
    {
        ServerState server = ServerState.FromBytes(state.Span);
        Broadcast broadcast = Layout.Find(sum).Name switch
        {
            SumLayout.Counts or SumLayout.Sharing => new(0, [], [], [], [], []),
            SumLayout.Moments => new(0, server.Means, [], [], [], []),
            _ => new(server.WeightCap, server.Means, server.Deviations, server.Parameters, _algorithm.Broadcast(server.AlgorithmState).ToArray(), server.Exponents) { ClassSites = server.ClassSites, IsNarrow = Plan.BroadcastPrecision == NetworkPrecision.Float32 },   // the same bytes for a round's evaluation and the next one's training: sites fetch them once
        };
        return broadcast.ToBytes();
    }

    /// <summary>From an opened sum to the next state.</summary>
    /// <param name="round">0 is start-up.</param>
    /// <param name="sum">Name of the sum.</param>
    /// <param name="state">The state that it was computed against.</param>
    /// <param name="opened">Its integers.</param>
    /// <param name="contributors">Silos in it.</param>
    /// <exception cref="ProgramException">The sum cannot be used; the job stops with the message.</exception>
    public StepOutcome Step(int round, string sum, ReadOnlyMemory<byte> state, ReadOnlyMemory<long> opened, int contributors)
    {
        ProgramSum declared = Layout.Find(sum);
        if (opened.Length != declared.Schema.Length) throw new ArgumentException($"the opened sum has {opened.Length} entries, '{sum}' has {declared.Schema.Length}", nameof(opened));
        ServerState server = ServerState.FromBytes(state.Span);
        return Step(declared, server, new OpenedSum(declared.Schema, opened, server.WeightCap, server.TotalWeight, contributors)
        {
            Steps = declared.Name == SumLayout.Training ? Layout.Steps : null,
            Exponents = server.Exponents,
        });
    }

    /// <summary>The training step of the float64 reference: from reals, each multiplied by its site's weight and summed in the order of the sites' names.</summary>
    internal StepOutcome StepReals(ReadOnlyMemory<byte> state, ReadOnlyMemory<double> sum, int contributors)
    {
        ServerState server = ServerState.FromBytes(state.Span);
        ProgramSum declared = Layout.Find(SumLayout.Training);
        return Step(declared, server, new OpenedSum(declared.Schema, default, server.WeightCap, server.TotalWeight, contributors) { Reals = sum });
    }

    private StepOutcome Step(ProgramSum declared, ServerState server, OpenedSum read) =>
        declared.Name switch
        {
            SumLayout.Counts => StartUp.Counts(Plan, Layout, server, read),
            SumLayout.Moments => StartUp.Moments(Plan, Layout, server, read),
            SumLayout.Sharing => StartUp.Sharing(server, read),
            SumLayout.Training => Train(server, read),
            _ => Evaluate(server, read),
        };

    /// <summary>The model of a state.</summary>
    /// <exception cref="ProgramException">The state is of another version or damaged, or start-up is not over.</exception>
    public ModelSnapshot ReadModel(ReadOnlyMemory<byte> state)
    {
        ServerState server = ServerState.FromBytes(state.Span);
        if (server.Deviations.Length == 0) throw new ProgramException("there is no model yet: the start-up sums are not opened.");
        return new ModelSnapshot(Plan.Features, server.Means, server.Deviations, Plan.Standardise, server.Parameters, Model.Blocks);
    }

    private double[] InitialParameters()
    {
        if (Plan.External is null) return Plan.InitialParameters();
        return Initial.IsEmpty ? throw new InvalidOperationException("the initial parameters of an external model are not set") : Initial.ToArray();
    }

    private StepOutcome Train(ServerState server, OpenedSum sum)
    {
        ServerUpdate update = _algorithm.Next(new ServerTask(server.Parameters, server.AlgorithmState, sum));
        double[] change = [.. update.Parameters];
        FixedOrder.AddScaled(-1, server.Parameters, change);
        double changeNorm = FixedOrder.Norm(change);
        if (!double.IsFinite(changeNorm)) throw new ProgramException("the model has left the finite numbers: training diverged; choose a smaller learning-rate.");

        (int calmRounds, string fired) = StoppingRules.AfterTraining(Plan.Stopping, server, changeNorm, FixedOrder.Norm(server.Parameters), update.GradientNorm);
        ServerState next = server with { Parameters = update.Parameters, AlgorithmState = update.State, CalmRounds = calmRounds, Fired = fired };
        if (Layout.Steps is not null) next = next with { Exponents = StepScale.Next(server.Exponents, sum.Integers(StepScale.ReachSegment)) };
        ImmutableSortedDictionary<string, double> metrics = update.Metrics.Add(MetricNames.Clipped, sum.Clipped).Add(MetricNames.UpdateNorm, changeNorm);
        if (Plan.ClipNorm is not null) metrics = metrics.Add(MetricNames.Cut, sum.Integers(UpdateClip.CutSegment)[0]);
        if (Layout.Steps is { } steps) metrics = metrics.AddRange(steps.Metrics(server.Exponents));
        if (update.GradientNorm is { } norm) metrics = metrics.Add(MetricNames.GradientNorm, norm);
        return new StepOutcome(next.ToBytes(), VectorBytes.Sha256(next.Parameters), metrics, null);
    }

    private StepOutcome Evaluate(ServerState server, OpenedSum sum)
    {
        (Tally test, Tally train, double? auc) = Layout.ReadEvaluation(sum, Model.Task == ModelTask.TwoClasses);
        ImmutableSortedDictionary<string, double> metrics = Tally.Metrics(test, train, Model.Task, auc)
            .AddRange(Layout.ReadRecall(sum).Select(static known => KeyValuePair.Create($"{MetricNames.RecallPrefix}{known.Class}", known.Recall)));
        (double[] losses, string? fired) = StoppingRules.AfterEvaluation(Plan.Stopping, server, metrics);
        ServerState next = server with { Losses = losses, Fired = "" };
        return new StepOutcome(next.ToBytes(), VectorBytes.Sha256(next.Parameters), metrics, fired);
    }

    private static IFederatedAlgorithm CheckedAlgorithm(LearningPlan plan) =>
        plan.Check() is { } problem ? throw new ArgumentException(problem, nameof(plan)) : plan.Algorithm.Create();
}
