using System.Numerics;

namespace Fed.Vectors.Tests;

public sealed class CapacityTests
{
    [Theory]
    [InlineData(RingWidth.Ring64, 63, 2, true)]
    [InlineData(RingWidth.Ring64, 63, 3, false)]
    [InlineData(RingWidth.Ring64, 48, 65536, true)]
    [InlineData(RingWidth.Ring64, 48, 65537, false)]
    [InlineData(RingWidth.Ring32, 16, 65538, true)]
    [InlineData(RingWidth.Ring32, 16, 65539, false)]
    public void Capacity_is_decided_in_exact_integers(RingWidth ring, int bits, int cohort, bool fits)
    {
        VectorSchema schema = Encoding.Single(SegmentKind.Statistic, 3, bits, 0);
        bool expected = ((BigInteger.One << (bits - 1)) - 1) * cohort <= (BigInteger.One << ((int)ring - 1)) - 1;
        Assert.Equal(fits, expected);
        Assert.Equal(fits, Capacity.Check(schema, ring, cohort).IsEmpty);
    }

    [Fact]
    public void Refusal_names_the_segment_and_the_widest_grid_that_fits()
    {
        VectorSchema schema = Encoding.Single(SegmentKind.Statistic, 3, 60, 0);
        CapacityException error = Assert.Throws<CapacityException>(() => Capacity.Demand(schema, RingWidth.Ring64, 100));
        Assert.Equal("segment 's' has 60 bits, but sums over 100 sites fit a ring of 64 bits only up to 57 bits; choose 57 bits or fewer, or a wider ring.", error.Message);
        Assert.Empty(Capacity.Check(Encoding.Single(SegmentKind.Statistic, 3, 57, 0), RingWidth.Ring64, 100));
        Assert.Single(Capacity.Check(Encoding.Single(SegmentKind.Statistic, 3, 58, 0), RingWidth.Ring64, 100));
    }

    [Fact]
    public void Noise_takes_its_part_of_the_ring()
    {
        VectorSchema schema = Encoding.Single(SegmentKind.Statistic, 1, 31, 0);
        Assert.Empty(Capacity.Check(schema, RingWidth.Ring32, 2, noiseMax: 1));
        Assert.Single(Capacity.Check(schema, RingWidth.Ring32, 2, noiseMax: 2));
    }

    [Fact]
    public void Clip_count_of_a_large_model_fits_a_32_bit_ring() => Assert.Empty(Capacity.Check(Encoding.Training(10_000_000, 16, 12), RingWidth.Ring32, 100));

    [Theory]
    [InlineData(SegmentKind.Statistic, -254, null)]
    [InlineData(SegmentKind.Statistic, -255, "entry 1 of segment 's' is -255, outside [-254, 254] that 2 contributors can reach.")]
    [InlineData(SegmentKind.Statistic, 255, "entry 1 of segment 's' is 255, outside [-254, 254] that 2 contributors can reach.")]
    [InlineData(SegmentKind.Count, -1, "entry 1 of segment 's' is -1, outside [0, 254] that 2 contributors can reach.")]
    [InlineData(SegmentKind.Count, 254, null)]
    public void Opened_sum_beyond_what_contributors_can_reach_is_named(SegmentKind kind, long value, string? expected) =>
        Assert.Equal(expected, SumBounds.Check(Encoding.Single(kind, 2, 8, 0), [0, value], 2));
}
