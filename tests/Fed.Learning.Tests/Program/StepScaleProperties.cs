using System.Buffers;
using Fed.Learning.Algorithms;
using Fed.Learning.Models;
using Fed.Learning.Models.Networks;
using Fed.Learning.Program;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Program;

/// <summary>Steps that adapt: what a site contributes, what the server reads, and where the next range goes.</summary>
public sealed class StepScaleProperties
{
    private const double Cap = 256;

    private static readonly GridOptions Grid = GridOptions.For(RingWidth.Ring32, step: StepRule.Adaptive);
    private static readonly IModel Model = new NetworkOptions(new MlpOptions([4]), ModelTask.Classes).Create(3, 3, 0);
    private static readonly Segment[] Training = [Grid.Training("change", Model.Parameters), Grid.Training("steps", 1)];
    private static readonly StepScale Scale = new(Training, Model, Grid);
    private static readonly VectorSchema Schema = VectorSchema.Create([.. Training, Grid.Count(OpenedSum.WeightSegment, 1), Grid.Count(StepScale.ReachSegment, Scale.Count)]);

    [Fact]
    public void Segments_as_long_as_the_model_have_a_step_for_each_of_its_blocks_and_others_one()
    {
        Assert.Equal(
            ["step.change.dense1.weight", "step.change.dense1.bias", "step.change.head.weight", "step.change.head.bias", "step.steps"],
            Scale.Metrics(Scale.Initial).Select(static metric => metric.Key));
        Assert.Equal([0, 0, 0, 0, 8], Scale.Initial);
        Assert.All(Scale.Metrics([1, 1, 1, 1, 1]), static metric => Assert.Equal(Math.ScaleB(1, -14), metric.Value));
    }

    [Theory]
    [InlineData(0, 0)]             // Nothing was contributed, nothing is known.
    [InlineData(1, -2)]            // Narrows fourfold at most,
    [InlineData(256, -1)]
    [InlineData(257, 0)]
    [InlineData(512, 0)]           // stays where the reach is between a quarter and a half of the range,
    [InlineData(513, 1)]
    [InlineData(1024, 1)]
    [InlineData(5_000, 4)]         // and widens at once as far as is needed.
    [InlineData(131_071, 8)]
    [InlineData(1_310_710, 12)]
    public void Next_range_is_the_power_of_two_that_holds_twice_the_summed_reach(long reach, long shift) => Assert.Equal([3 + shift], StepScale.Next([3], [reach]));

    [Fact]
    public void Exponents_stay_where_float64_has_room() =>
        Assert.Equal([StepScale.ExponentMax, -StepScale.ExponentMax], StepScale.Next([StepScale.ExponentMax - 1, -StepScale.ExponentMax + 1], [100_000, 1]));

    /// <summary>K * r * step * n_cap / sum m with the round's step, block by block, as long as nothing was clipped.</summary>
    [Fact]
    public void Mean_is_within_the_stated_error_of_the_rounds_step() => Prop.ForAll<Draw>(static draw =>
    {
        Round round = new(draw, fill: 0.9);
        OpenedSum sum = round.Sum();
        return sum.Clipped == 0 && round.Check(sum, "change", static (error, bound) => error <= bound) && round.Check(sum, "steps", static (error, bound) => error <= bound);
    }).QuickCheckThrowOnFailure();

    /// <summary>What a silo keeps and what the server reads are of one sum: sum m_k contributed_k = sum m * mean.</summary>
    [Fact]
    public void Contributed_values_add_up_to_what_the_server_reads_also_where_entries_were_clipped() => Prop.ForAll<Draw>(static draw =>
    {
        Round round = new(draw, fill: 3);
        OpenedSum sum = round.Sum();
        double[] total = sum.Total("change");
        return Enumerable.Range(0, total.Length).All(i =>
        {
            double kept = round.Contributed.Select((values, k) => values[i] * round.Counted[k]).Sum();
            return Math.Abs(kept - total[i]) <= 1e-12 * (Math.Abs(total[i]) + round.RangeOf(i) * Cap);
        });
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Next_range_holds_twice_what_all_sites_reached_together_unless_a_count_was_full() => Prop.ForAll<Draw>(static draw =>
    {
        Round round = new(draw, fill: 10);
        OpenedSum sum = round.Sum();
        long[] next = StepScale.Next(draw.Exponents(), sum.Integers(StepScale.ReachSegment));
        return Enumerable.Range(0, Scale.Count).All(b =>
        {
            double reached = Enumerable.Range(0, round.Counted.Length).Sum(k => round.Largest(k, b));
            double range = Round.RangeAt(next[b]);
            return range >= 2 * reached && (range <= 4 * reached + 0.01 * range || next[b] == draw.Exponents()[b] - 2);
        });
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Division_by_powers_of_two_is_exact() => Prop.ForAll<Draw>(static draw =>
    {
        double[] values = draw.Values(0, 5), scaled = [.. values];
        Scale.Divide(draw.Exponents(), 0.3, scaled, new double[Scale.Count]);
        Scale.Multiply(draw.Exponents(), scaled);
        return values.AsSpan().SequenceEqual(scaled);
    }).QuickCheckThrowOnFailure();

    /// <summary>A round's sites, values and exponents from one number.</summary>
    public sealed record Draw(int Seed)
    {
        public int Sites => 1 + new Random(Seed).Next(20);

        public long[] Exponents()
        {
            Random random = new(Seed ^ 77);
            return [.. Enumerable.Range(0, Scale.Count).Select(_ => random.NextInt64(-20, 10))];
        }

        /// <summary>Entries of every magnitude up to a multiple of the round's range.</summary>
        internal double[] Values(int site, double fill)
        {
            Random random = new(HashCode.Combine(Seed, site));
            double[] values = new double[Schema.Length];
            for (int i = 0; i < Model.Parameters + 1; i++)
                values[i] = (random.Next(2) * 2 - 1) * fill * Math.Pow(random.NextDouble(), 4) * Math.ScaleB(1, (int)Exponents()[BlockOf(i)]);
            return values;
        }
    }

    // The segment of one entry behind the model's parameters is the last block.
    private static int BlockOf(int entry)
    {
        int block = 0, end = 0;
        while (block < Model.Blocks.Length && entry >= (end += Model.Blocks[block].Length)) block++;
        return block;
    }

    private sealed class Round
    {
        private readonly Draw _draw;
        private readonly double[][] _values;
        private readonly long[] _opened = new long[Schema.Length];

        public Round(Draw draw, double fill)
        {
            _draw = draw;
            Counted = [.. Enumerable.Range(0, draw.Sites).Select(k => Math.Min(Cap, 1 + new Random(draw.Seed + k).Next(400)))];
            _values = [.. Enumerable.Range(0, draw.Sites).Select(k => draw.Values(k, fill))];
            Contributed = [.. _values.Select((values, k) => Contribute(values, k))];
        }

        public double[] Counted { get; }

        public double[][] Contributed { get; }

        public OpenedSum Sum() => new(Schema, _opened, Cap, 1, Counted.Length) { Steps = Scale, Exponents = _draw.Exponents() };

        public bool Check(OpenedSum sum, string segment, Func<double, double, bool> holds)
        {
            double[] mean = sum.Mean(segment);
            int offset = Schema.Offsets[Schema.IndexOf(segment)];
            return Enumerable.Range(0, mean.Length).All(i =>
            {
                double exact = _values.Select((values, k) => values[offset + i] * Counted[k]).Sum() / Counted.Sum();
                double bound = GridError.Bound(Counted.Length, Training[0], Cap, Counted.Sum(), (int)_draw.Exponents()[BlockOf(offset + i)]);
                return holds(Math.Abs(mean[i] - exact), bound * (1 + 1e-9));
            });
        }

        public double RangeOf(int entry) => RangeAt(_draw.Exponents()[BlockOf(entry)]);

        public static double RangeAt(long exponent) => Training[0].Limit * Math.ScaleB(Training[0].Step, (int)exponent);

        public double Largest(int site, int block) =>
            Enumerable.Range(0, Model.Parameters + 1).Where(i => BlockOf(i) == block).Max(i => Math.Abs(_values[site][i])) * Counted[site] / Cap;

        private double[] Contribute(double[] values, int site)
        {
            double[] sent = [.. values], contributed = new double[Schema.Length];
            double weight = Counted[site] / Cap;
            LocalVector local = new(Schema, sent);
            local[OpenedSum.WeightSegment][0] = Counted[site];
            Scale.Divide(_draw.Exponents(), weight, sent, local[StepScale.ReachSegment]);
            ArrayBufferWriter<byte> words = new();
            GridEncoder.Encode(Schema, RingWidth.Ring32, sent, weight, new byte[32], words.Write, contributed);
            long[] integers = new long[Schema.Length];
            RingSum.Decode(RingWidth.Ring32, words.WrittenSpan, integers);
            for (int i = 0; i < integers.Length; i++) _opened[i] += integers[i];
            Scale.Multiply(_draw.Exponents(), contributed);
            return contributed;
        }
    }
}
