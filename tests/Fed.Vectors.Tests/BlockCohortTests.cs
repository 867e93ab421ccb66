namespace Fed.Vectors.Tests;

public sealed class BlockCohortTests
{
    [Theory]
    [InlineData(new long[] { 5, 4, 3 }, 3, new[] { true, true, true })]
    [InlineData(new long[] { 5, 2, 1 }, 3, new[] { true, false, false })]
    [InlineData(new long[] { 5, 0, 3 }, 3, new[] { true, false, true })]      // nobody has it: nothing is missing
    [InlineData(new long[] { 5, 1, 4, 6 }, 3, new[] { true, false, false, true })]   // one alone would show in the totals: the least shared goes with it
    [InlineData(new long[] { 4, 1, 4 }, 3, new[] { false, false, true })]
    [InlineData(new long[] { 1 }, 2, new[] { false })]
    public void A_block_is_summed_where_enough_share_it_and_never_is_one_alone_left_out(long[] holders, int minimum, bool[] shared) =>
        Assert.Equal(shared, BlockCohort.Shared(holders, minimum));

    [Fact]
    public void Entries_of_blocks_that_are_not_shared_are_zero_and_all_others_stay()
    {
        VectorSchema schema = VectorSchema.Create(
            new Segment("rows", [2], SegmentKind.Count, 24, 0, GridRounding.Nearest, Weighted: false),
            new Segment("cells", [3, 2], SegmentKind.Count, 24, 0, GridRounding.Nearest, Weighted: false) { Cohort = SegmentCohort.Block });
        double[] values = [1, 2, 3, 4, 5, 6, 7, 8];
        BlockCohort.Withhold(schema, values, [true, false, true]);
        Assert.Equal([1, 2, 3, 4, 0, 0, 7, 8], values);
        Assert.Throws<ArgumentException>(() => BlockCohort.Withhold(schema, values, [true]));
    }

    [Fact]
    public void Whose_entries_a_segment_holds_is_part_of_the_schemas_hash()
    {
        Segment cells = new("cells", [3], SegmentKind.Count, 24, 0, GridRounding.Nearest, Weighted: false);
        Assert.NotEqual(VectorSchema.Create(cells).Hash, VectorSchema.Create(cells with { Cohort = SegmentCohort.Block }).Hash);
        Assert.DoesNotContain("cohort", VectorSchema.Create(cells).ToString(), StringComparison.Ordinal);
    }
}
