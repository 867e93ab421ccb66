using Fed.Learning.Data;
using Fed.Learning.Metrics;
using Fed.Learning.Models;
using Fed.Learning.Program;
using Fed.Learning.Tests.Support;

namespace Fed.Learning.Tests.Program;

public sealed class ClassFiguresTests
{
    private const int Classes = 4;
    private static readonly CancellationToken Cancel = CancellationToken.None;

    private static readonly LearningPlan Plan = Samples.Logistic(["x0", "x1"], 0.01, Samples.FullBatch(2, 0.1)) with
    {
        Model = ModelKind.Softmax,
        Classes = Classes,
        ClassFiguresMinimum = 3,
    };

    /// <summary>Four sites. All have classes 0 and 1, three have class 2, and class 3 is one site's alone.</summary>
    private static readonly ImmutableArray<SiteData> Sites = [.. new[] { "a", "b", "c", "d" }.Select(static (name, k) => Samples.Site(name, Rows(k), Rows(k)))];

    [Fact]
    public void What_a_single_site_has_of_a_class_is_in_no_opened_sum_and_cannot_be_subtracted_from_one()
    {
        FederatedProgram program = new(Plan);
        SiloProgram[] silos = [.. Sites.Select(site => new SiloProgram(program, site))];
        byte[] state = program.InitialState();
        foreach (ProgramSum sum in program.StartSums) state = program.Step(0, sum.Name, state, Sum(program, silos, 0, sum, state), silos.Length).State;
        ProgramSum evaluation = program.RoundSums[1];

        long[] opened = Sum(program, silos, 1, evaluation, state);
        long[] byClass = evaluation.Schema.Slice<long>(opened, "class-tallies").ToArray();
        Assert.Equal([0, 0], byClass[6..]);   // class 3: site d's alone
        Assert.Equal([0, 0], byClass[4..6]);   // class 2 goes with it: what is missing from the total is then of three sites and d
        long rows = evaluation.Schema.Slice<long>(opened, "tallies")[0], missing = rows - byClass[0] - byClass[2];
        Assert.Equal(Held(2) + Held(3), missing);
        Assert.NotEqual(Held(3), missing);
        Assert.Equal([Held(0), Held(1)], [byClass[0], byClass[2]]);

        ImmutableSortedDictionary<string, double> figures = program.Step(1, evaluation.Name, state, opened, silos.Length).Metrics;
        Assert.Equal(["recall.0", "recall.1"], figures.Keys.Where(static name => name.StartsWith(MetricNames.RecallPrefix, StringComparison.Ordinal)));
    }

    [Fact]
    public void A_site_leaves_the_block_out_itself_whatever_else_it_is_asked()
    {
        FederatedProgram program = new(Plan);
        SiloProgram holder = new(program, Sites[3]);
        byte[] state = program.InitialState();
        foreach (ProgramSum sum in program.StartSums) state = program.Step(0, sum.Name, state, Sum(program, [.. Sites.Select(site => new SiloProgram(program, site))], 0, sum, state), Sites.Length).State;
        ProgramSum evaluation = program.RoundSums[1];
        double[] vector = Vector(holder, program, 1, evaluation, state);
        Assert.All(vector.Skip(evaluation.Schema.Offsets[evaluation.Schema.IndexOf("class-tallies")] + 4).Take(4), static entry => Assert.Equal(0, entry));
    }

    [Fact]
    public void Indicators_are_zero_or_one_and_their_bounds_say_so()
    {
        ProgramSum sharing = Assert.Single(new FederatedProgram(Plan).StartSums, static sum => sum.Name == "sharing");
        long[] opened = [4, 4, 3, 1];
        Assert.Null(SumBounds.Check(sharing.Schema, opened, 4));
        opened[3] = 5;
        Assert.NotNull(SumBounds.Check(sharing.Schema, opened, 4));
    }

    [Fact]
    public void Figures_by_class_change_no_bit_of_the_model()
    {
        LocalFederation with = new(Plan, Sites), without = new(Plan with { ClassFiguresMinimum = null }, Sites);
        with.Run(3);
        without.Run(3);
        Assert.Equal(without.ModelSha256, with.ModelSha256);
    }

    private static long[] Sum(FederatedProgram program, SiloProgram[] silos, int round, ProgramSum sum, byte[] state)
    {
        long[] total = new long[sum.Schema.Length];
        foreach (SiloProgram silo in silos)
        {
            double[] vector = Vector(silo, program, round, sum, state);
            GridEncoder.Encode(sum.Schema, RingWidth.Ring64, vector, 1, new byte[32], Add(total), []);
        }

        return total;
    }

    private static PieceWriter Add(long[] total)
    {
        int done = 0;
        return piece =>
        {
            long[] words = new long[piece.Length / sizeof(long)];
            RingSum.Decode(RingWidth.Ring64, piece, words);
            foreach (long word in words) total[done++] += word;
        };
    }

    private static double[] Vector(SiloProgram silo, FederatedProgram program, int round, ProgramSum sum, byte[] state) =>
        silo.Compute(round, sum.Name, program.Broadcast(round, sum.Name, state), null, new byte[32], static _ => { }, Cancel).Values;

    private static Matrix Rows(int site)
    {
        double[] targets = [.. Enumerable.Range(0, Classes).SelectMany(c => Enumerable.Repeat((double)c, Count(site, c)))];
        Random random = new(site);
        return new Matrix(2, [.. targets.SelectMany(target => new[] { target + random.NextDouble(), random.NextDouble() - target })], targets);
    }

    private static int Count(int site, int target) => target switch { 2 when site == 3 => 0, 3 when site != 3 => 0, _ => 5 + site + target };

    private static long Held(int target) => Enumerable.Range(0, Sites.Length).Sum(site => Count(site, target));
}
