using System.Buffers;

namespace Fed.Vectors.Tests;

public sealed class GridStageTests
{
    private static readonly VectorSchema Schema = VectorSchema.Create(
        new Segment("model", [20_000], SegmentKind.Training, 24, 8, GridRounding.Stochastic, Weighted: true),
        new Segment("rows", [3], SegmentKind.Count, 24, 0, GridRounding.Nearest, Weighted: false));

    [Theory]
    [InlineData(RingWidth.Ring32)]
    [InlineData(RingWidth.Ring64)]
    public void A_stage_sees_every_integer_once_in_order_and_what_it_leaves_is_contributed(RingWidth ring)
    {
        double[] values = [.. Enumerable.Range(0, Schema.Length).Select(static i => i % 400.0)];
        (long[] plain, _) = Encoded(values, ring, GridStage.Identity);
        Shift stage = new();
        (long[] shifted, double[] contributed) = Encoded(values, ring, stage);
        Assert.Equal(plain, stage.Seen);
        Assert.Equal(plain.Select(static q => q + 5), shifted);
        Assert.Equal(shifted[0] / 256.0 / 0.5, contributed[0]);
        Assert.Equal(shifted[20_001], contributed[20_001]);
        Assert.Equal(shifted[^1], contributed[^1]);   // the clip count, too
    }

    [Fact]
    public void Without_a_stage_the_grid_is_that_of_the_identity()
    {
        double[] values = [.. Enumerable.Range(0, Schema.Length).Select(static i => i % 7.0)];
        Assert.Equal(Encoded(values, RingWidth.Ring64, GridStage.Identity).Grid, Encoded(values, RingWidth.Ring64, null).Grid);
    }

    private static (long[] Grid, double[] Contributed) Encoded(double[] values, RingWidth ring, IGridStage? stage)
    {
        ArrayBufferWriter<byte> words = new();
        double[] contributed = new double[Schema.Length];
        GridEncoder.Encode(Schema, ring, values, 0.5, Encoding.Seed, words.Write, contributed, stage);
        long[] grid = new long[Schema.Length];
        RingSum.Decode(ring, words.WrittenSpan, grid);
        return (grid, contributed);
    }

    private sealed class Shift : IGridStage
    {
        public List<long> Seen { get; } = [];

        public void Apply(Segment segment, int start, Span<long> grid)
        {
            foreach (ref long entry in grid)
            {
                Seen.Add(entry);
                entry += 5;
            }
        }
    }
}
