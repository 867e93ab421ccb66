using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Fed.Learning.Algorithms;
using Fed.Learning.Metrics;
using Fed.Learning.Models;

namespace Fed.Learning.Program;

/// <summary>Which sums a program has, and how figures lie in their vectors. Both halves of the program read and write through it.</summary>
internal sealed class SumLayout
{
    public const string Counts = "counts";
    public const string Moments = "moments";
    public const string Sharing = "sharing";
    public const string Training = "training";
    public const string Evaluation = "evaluation";

    private const string Samples = "samples";
    private const string Weights = "weights";
    private const string Classes = "classes";
    private const string Present = "present";
    private const string Sums = "sums";
    private const string Squares = "squares";
    private const string Figures = "figures";
    private const string Tallies = "tallies";
    private const string Scores = "scores";
    private const string Pairs = "pairs";
    private const string ClassSites = "class-sites";
    private const string ClassTallies = "class-tallies";

    private readonly GridOptions _grid;
    private readonly int _bins;
    private readonly double? _cap;
    private readonly bool _hasPairs;
    private readonly int? _classMinimum;

    public SumLayout(LearningPlan plan, IModelShape model, IFederatedAlgorithm algorithm)
    {
        _grid = plan.Grid;
        _bins = plan.EvaluationBins;
        int features = plan.Features.Length;
        List<Segment> counts = [_grid.Count(Samples, 1), _grid.Count(Present, features), StatisticCodec.Segment(Sums, features, _grid)];
        _cap = plan.Weights == SiteWeights.Samples ? plan.WeightCap : null;
        if (_cap is not null) counts.Add(_grid.Count(Weights, 1));   // with a cap, rows do not tell the weights
        if (plan.Classes > 0) counts.Add(_grid.Count(Classes, plan.Classes));
        List<Segment> evaluation = [_grid.Count(Tallies, 3), StatisticCodec.Segment(Figures, 4, _grid)];
        if (model.Task == ModelTask.TwoClasses) evaluation.Add(_grid.Count(Scores, 2, _bins));
        // Digits, since a site's pairs are more than a count on ring 32 can hold; whole numbers stay exact.
        _hasPairs = model.Task.IsSurvival;
        if (_hasPairs) evaluation.Add(StatisticCodec.Segment(Pairs, 6, _grid));
        Start = [Sum(Counts, [.. counts]), Sum(Moments, [StatisticCodec.Segment(Squares, features, _grid)])];
        _classMinimum = plan.ClassFiguresMinimum;
        if (_classMinimum is not null)
        {
            // An indicator is 0 or 1: two bits, so that the bounds of the opened sum hold it to that.
            Start = Start.Add(Sum(Sharing, [_grid.Count(ClassSites, plan.Classes) with { Bits = 2 }]));
            evaluation.Add(_grid.Count(ClassTallies, plan.Classes, 2) with { Cohort = SegmentCohort.Block });
        }

        List<Segment> training = [.. algorithm.Segments(model.Parameters, _grid)];
        Group = [.. training.Where(segment => segment.Length == model.Parameters).Select(static segment => segment.Name)];
        Steps = _grid.Step == StepRule.Adaptive ? new StepScale(CollectionsMarshal.AsSpan(training), model, _grid) : null;
        training.Add(_grid.Count(OpenedSum.WeightSegment, 1));
        if (plan.ClipNorm is not null) training.Add(_grid.Count(UpdateClip.CutSegment, 1));
        if (Steps is not null) training.Add(_grid.Count(StepScale.ReachSegment, Steps.Count));
        Round = [Sum(Training, [.. training]), Sum(Evaluation, [.. evaluation])];
    }

    /// <summary>The blocks whose steps adapt; null where the plan's steps are fixed.</summary>
    public StepScale? Steps { get; }

    /// <summary>The segments of the training sum that <see cref="UpdateClip"/> cuts together: the model's change and what is as long, as SCAFFOLD's variates; not single figures beside them.</summary>
    public ImmutableArray<string> Group { get; }

    /// <summary>Start-up sums, in order.</summary>
    public ImmutableArray<ProgramSum> Start { get; }

    /// <summary>Sums of every round, in order.</summary>
    public ImmutableArray<ProgramSum> Round { get; }

    /// <summary>The declared sum of a name.</summary>
    /// <exception cref="ArgumentException">None has it.</exception>
    public ProgramSum Find(string name) =>
        Start.Concat(Round).FirstOrDefault(sum => sum.Name == name) ?? throw new ArgumentException($"the program declares no sum '{name}'", nameof(name));

    public void WriteCounts(LocalVector vector, long samples, ReadOnlySpan<double> present, ReadOnlySpan<double> sums, ReadOnlySpan<double> classes)
    {
        vector[Samples][0] = samples;
        if (_cap is { } cap) vector[Weights][0] = Math.Min(samples, cap);
        present.CopyTo(vector[Present]);
        StatisticCodec.Split(sums, _grid, vector[Sums]);
        if (!classes.IsEmpty) classes.CopyTo(vector[Classes]);
    }

    public (long Samples, long[] Present, double[] Sums, long[] Classes) ReadCounts(OpenedSum sum, bool hasClasses) =>
        (sum.Integers(Samples)[0], sum.Integers(Present).ToArray(), StatisticCodec.Join(sum.Integers(Sums), _grid), hasClasses ? sum.Integers(Classes).ToArray() : []);

    /// <summary>Sum of min(rows, cap) over the sites; null where the plan sets no cap.</summary>
    public long? ReadWeights(OpenedSum sum) => _cap is null ? null : sum.Integers(Weights)[0];

    public void WriteMoments(LocalVector vector, ReadOnlySpan<double> squares) => StatisticCodec.Split(squares, _grid, vector[Squares]);

    public double[] ReadMoments(OpenedSum sum) => StatisticCodec.Join(sum.Integers(Squares), _grid);

    /// <summary>Writes what an evaluation came to.</summary>
    /// <exception cref="ProgramException">A loss is beyond what the plan's digits hold: training diverged.</exception>
    public void WriteEvaluation(LocalVector vector, Tally test, Tally train)
    {
        Span<double> tallies = vector[Tallies];
        tallies[0] = test.Rows;
        tallies[1] = train.Rows;
        tallies[2] = test.Correct;
        ReadOnlySpan<double> figures = [test.Loss, train.Loss, test.SquaredError, test.AbsoluteError];
        if (!(Math.Abs(TensorPrimitives.MaxMagnitude(figures)) <= StatisticCodec.Limit(_grid)))   // also where it is not a number
            throw new ProgramException("the model's loss on the site's rows is beyond what a sum can hold: training diverged; choose a smaller learning-rate, or check the data.");
        StatisticCodec.Split(figures, _grid, vector[Figures]);
        if (!_hasPairs) return;
        (Concordance tested, Concordance trained) = (test.Pairs, train.Pairs);
        StatisticCodec.Split([tested.Concordant, tested.Discordant, tested.Tied, trained.Concordant, trained.Discordant, trained.Tied], _grid, vector[Pairs]);
    }

    /// <summary>Marks the classes of which there are test rows.</summary>
    public static void WriteSharing(LocalVector vector, ReadOnlySpan<double> targets)
    {
        Span<double> sites = vector[ClassSites];
        foreach (double target in targets) sites[(int)target] = 1;
    }

    public static long[] ReadSharing(OpenedSum sum) => sum.Integers(ClassSites).ToArray();

    /// <summary>Where rows and right predictions are counted by class, shape <c>[classes, 2]</c>; empty where they are not.</summary>
    public Span<double> ClassCounts(LocalVector vector) => _classMinimum is null ? [] : vector[ClassTallies];

    /// <summary>Leaves out the classes that too few sites have rows of.</summary>
    /// <param name="schema">Of the evaluation.</param>
    /// <param name="values">The site's vector.</param>
    /// <param name="holders">How many sites have rows of each class.</param>
    public void Withhold(VectorSchema schema, Span<double> values, ReadOnlySpan<long> holders)
    {
        if (_classMinimum is { } minimum) BlockCohort.Withhold(schema, values, BlockCohort.Shared(holders, minimum));
    }

    /// <summary>Share of its test rows that each class's model predicts, of the classes that are summed.</summary>
    public IEnumerable<(int Class, double Recall)> ReadRecall(OpenedSum sum)
    {
        if (_classMinimum is null) yield break;
        long[] counts = sum.Integers(ClassTallies).ToArray();
        for (int c = 0; c < counts.Length / 2; c++)
            if (counts[2 * c] > 0) yield return (c, (double)counts[(2 * c) + 1] / counts[2 * c]);
    }

    public void CountScore(LocalVector vector, double logit, double target) => vector[Scores][(target == 0 ? 0 : _bins) + Auc.Bin(logit, _bins)]++;

    /// <summary>Histograms of scores that were counted elsewhere.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="scores">Shape <c>[2, bins]</c>.</param>
    public static void CountScores(LocalVector vector, ReadOnlySpan<long> scores)
    {
        Span<double> counts = vector[Scores];
        for (int i = 0; i < counts.Length; i++) counts[i] = scores[i];
    }

    public (Tally Test, Tally Train, double? Auc) ReadEvaluation(OpenedSum sum, bool hasScores)
    {
        ReadOnlySpan<long> tallies = sum.Integers(Tallies);
        double[] figures = StatisticCodec.Join(sum.Integers(Figures), _grid);
        double? auc = hasScores ? Auc.Histogram(sum.Integers(Scores)[.._bins], sum.Integers(Scores)[_bins..]) : null;
        double[] pairs = _hasPairs ? StatisticCodec.Join(sum.Integers(Pairs), _grid) : new double[6];
        Tally test = new(tallies[0], figures[0], tallies[2], figures[2], figures[3]) { Pairs = PairsFrom(0) }, train = new(tallies[1], figures[1], 0, 0, 0) { Pairs = PairsFrom(3) };
        return (test, train, auc);

        Concordance PairsFrom(int first) => new((long)pairs[first], (long)pairs[first + 1], (long)pairs[first + 2]);
    }

    private static ProgramSum Sum(string name, Segment[] segments) => new(name, VectorSchema.Create(segments));
}
