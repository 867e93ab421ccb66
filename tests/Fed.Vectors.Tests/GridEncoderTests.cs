namespace Fed.Vectors.Tests;

public sealed class GridEncoderTests
{
    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(1.5, 2)]
    [InlineData(2.5, 2)]
    [InlineData(-0.5, 0)]
    [InlineData(-1.5, -2)]
    [InlineData(0.75, 1)]
    public void Nearest_rounding_takes_ties_to_even(double steps, long expected)
    {
        VectorSchema schema = Encoding.Training(1, 16, 4, GridRounding.Nearest);
        Assert.Equal(expected, Encoding.Encode(schema, [steps / 16]).Grid[0]);
    }

    [Fact]
    public void Clipped_entries_are_cut_to_the_symmetric_limit_and_counted()
    {
        VectorSchema schema = Encoding.Training(7, 8, 0, GridRounding.Nearest);
        (long[] grid, double[] contributed, GridOutcome outcome) = Encoding.Encode(schema, [127, -127, 128, -128, 1e300, -1e300, 3]);
        Assert.Equal([127, -127, 127, -127, 127, -127, 3, 4], grid);
        Assert.Equal([127, -127, 127, -127, 127, -127, 3, 4], contributed);
        Assert.Equal(4, outcome.Clipped);
    }

    [Fact]
    public void Widest_grid_clips_below_its_limit_although_the_limit_is_no_float64()
    {
        VectorSchema schema = Encoding.Training(5, 63, 0, GridRounding.Nearest);
        (long[] grid, _, GridOutcome outcome) = Encoding.Encode(schema, [1e30, -1e30, 4611686018427387904d, 4611686018427387392d, 12]);
        Assert.Equal(3, outcome.Clipped);
        Assert.All(grid[..2], static g => Assert.InRange(g, -((1L << 62) - 1), (1L << 62) - 1));
        Assert.Equal([4611686018427387392, 12], grid[3..5]);
    }

    [Fact]
    public void Weight_multiplies_weighted_segments_only_and_is_divided_out_again()
    {
        VectorSchema schema = VectorSchema.Create(
            new Segment("w", [2], SegmentKind.Training, 32, 8, GridRounding.Nearest, Weighted: true),
            new Segment("m", [1], SegmentKind.Count, 32, 0, GridRounding.Nearest, Weighted: false));
        (long[] grid, double[] contributed, _) = Encoding.Encode(schema, [4, -8, 100], weight: 0.25);
        Assert.Equal([256, -512, 100, 0], grid);
        Assert.Equal([4, -8, 100, 0], contributed);
    }

    [Theory]
    [InlineData(SegmentKind.Statistic, 32, 4, double.NaN, "is not a finite number")]
    [InlineData(SegmentKind.Statistic, 32, 4, double.PositiveInfinity, "is not a finite number")]
    [InlineData(SegmentKind.Training, 32, 4, double.NaN, "is not a finite number")]
    [InlineData(SegmentKind.Training, 32, 4, double.NegativeInfinity, "is not a finite number")]
    [InlineData(SegmentKind.Statistic, 8, 0, 128, "does not fit 8 bits of step 2^-0")]
    [InlineData(SegmentKind.Count, 8, 0, -128, "does not fit 8 bits of step 2^-0")]
    [InlineData(SegmentKind.Count, 32, 0, 2.5, "is not a whole number")]
    public void Entry_that_cannot_be_contributed_is_named_without_its_value(SegmentKind kind, int bits, int fraction, double value, string reason)
    {
        VectorSchema schema = Encoding.Single(kind, 11, bits, fraction);
        double[] values = new double[11];
        values[9] = value;
        GridRangeException error = Assert.Throws<GridRangeException>(() => Encoding.Encode(schema, values));
        Assert.Equal(("s", 9), (error.Segment, error.Index));
        Assert.StartsWith($"entry 9 of segment 's' {reason};", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ring_narrower_than_a_segment_is_refused() =>
        Assert.Throws<ArgumentException>(() => Encoding.Encode(Encoding.Training(2, 33, 4), [1, 2], ring: RingWidth.Ring32));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(1.5)]
    [InlineData(double.NaN)]
    public void Weight_outside_0_to_1_is_refused(double weight) => Assert.Throws<ArgumentException>(() => Encoding.Encode(Encoding.Training(1), [1], weight));

    [Fact]
    public void A_million_entries_go_out_in_pieces_without_allocation_per_entry()
    {
        const int Length = 1_000_003;
        VectorSchema schema = Encoding.Training(Length);
        double[] values = new double[schema.Length];
        for (int i = 0; i < Length; i++) values[i] = i * 1e-7;
        long bytes = 0, longest = 0;
        PieceWriter count = piece =>
        {
            bytes += piece.Length;
            longest = Math.Max(longest, piece.Length);
        };
        GridEncoder.Encode(schema, RingWidth.Ring64, values, 1, Encoding.Seed, count, values);   // fills the array pools
        long before = GC.GetAllocatedBytesForCurrentThread();
        bytes = 0;
        GridEncoder.Encode(schema, RingWidth.Ring64, values, 1, Encoding.Seed, count, values);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.Equal(8L * schema.Length, bytes);
        Assert.InRange(longest, 1, GridEncoder.PieceBytesMax);
        Assert.InRange(allocated, 0, 10_000);
    }
}
