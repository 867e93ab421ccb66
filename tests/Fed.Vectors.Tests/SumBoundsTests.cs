using System.Buffers.Binary;

namespace Fed.Vectors.Tests;

public sealed class SumBoundsTests
{
    private const int Sites = 3;

    private static readonly VectorSchema Mixed = VectorSchema.Create(
        new Segment("model", [4], SegmentKind.Training, 16, 8, GridRounding.Stochastic, Weighted: true),
        new Segment("squares", [2], SegmentKind.Statistic, 20, 4, GridRounding.Nearest, Weighted: false),
        new Segment("rows", [1], SegmentKind.Count, 12, 0, GridRounding.Nearest, Weighted: false));

    [Theory]
    [InlineData("model", 3 * 32767, -3 * 32767)]
    [InlineData("squares", 3 * 524287, -3 * 524287)]
    [InlineData("rows", 3 * 2047, 0)]
    [InlineData(VectorSchema.ClippedSegment, 3 * 4, 0)]
    public void What_contributors_can_reach_passes_and_one_step_beyond_is_a_violation(string segment, long high, long low)
    {
        foreach (long reached in new[] { high, low })
        {
            long beyond = reached == high ? high + 1 : low - 1;
            Assert.Null(SumBounds.Check(Mixed, With(segment, reached), Sites));
            string violation = Assert.IsType<string>(SumBounds.Check(Mixed, With(segment, beyond), Sites));
            Assert.Contains($"segment '{segment}' is {beyond}, outside [{low}, {high}] that 3 contributors can reach", violation, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_last_entry_of_a_segment_is_looked_at_as_the_first_is()
    {
        long[] opened = new long[Mixed.Length];
        opened[3] = (3 * 32767) + 1;
        Assert.StartsWith("entry 3 of segment 'model'", SumBounds.Check(Mixed, opened, Sites), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RingWidth.Ring32, 31)]
    [InlineData(RingWidth.Ring64, 63)]
    public void A_segment_as_wide_as_its_ring_is_bounded_at_its_last_step(RingWidth ring, int bits)
    {
        VectorSchema wide = VectorSchema.Create(new Segment("wide", [1], SegmentKind.Statistic, bits, 0, GridRounding.Nearest, Weighted: false));
        Assert.Empty(Capacity.Check(wide, ring, cohortMax: 2));
        long reach = 2 * ((1L << (bits - 1)) - 1);
        foreach (long sign in new[] { 1L, -1L })
        {
            Assert.Null(SumBounds.Check(wide, Opened(ring, sign * reach), 2));
            Assert.NotNull(SumBounds.Check(wide, Opened(ring, sign * (reach + 1)), 2));
        }
    }

    [Fact]
    public void A_reach_beyond_64_bits_overflows_nowhere()
    {
        VectorSchema wide = VectorSchema.Create(new Segment("wide", [2], SegmentKind.Statistic, 63, 0, GridRounding.Nearest, Weighted: false));
        Assert.Null(SumBounds.Check(wide, [long.MaxValue, long.MinValue], int.MaxValue));
        VectorSchema counts = VectorSchema.Create(new Segment("rows", [1], SegmentKind.Count, 63, 0, GridRounding.Nearest, Weighted: false));
        Assert.Null(SumBounds.Check(counts, [long.MaxValue], int.MaxValue));
        Assert.NotNull(SumBounds.Check(counts, [-1], int.MaxValue));
    }

    [Fact]
    public void A_sum_of_another_length_is_a_misuse() =>
        Assert.Throws<ArgumentException>(() => SumBounds.Check(Mixed, new long[Mixed.Length - 1], Sites));

    private static long[] With(string segment, long value)
    {
        long[] opened = new long[Mixed.Length];
        opened[Mixed.Offsets[Mixed.IndexOf(segment)]] = value;
        return opened;
    }

    /// <summary>As the coordinator reads it: one word of the ring.</summary>
    private static long[] Opened(RingWidth ring, long value)
    {
        long[] integers = new long[1];
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(word, value);
        RingSum.Decode(ring, word[..RingSum.WordBytes(ring)], integers);
        return integers;
    }
}
