using Fed.Learning.Program;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Learning.Tests.Program;

public sealed class StatisticCodecProperties
{
    [Theory]
    [InlineData(RingWidth.Ring64, 56)]
    [InlineData(RingWidth.Ring32, 51)]
    public void Sums_of_digits_are_the_sums_of_values(RingWidth ring, int fractionBits) => Prop.ForAll<NonEmptyArray<NormalFloat>>(values =>
    {
        GridOptions grid = GridOptions.For(ring);
        double[] kept = [.. values.Get.Select(static v => v.Get).Where(static v => Math.Abs(v) < 1e9)];
        long[] sums = new long[grid.StatisticDigits];
        decimal exact = 0;
        foreach (double value in kept)
        {
            double[] digits = new double[grid.StatisticDigits];
            StatisticCodec.Split([value], grid, digits);
            Assert.All(digits, d => Assert.InRange(Math.Abs(d), 0, (1L << (grid.StatisticBits - 1)) - 1));
            for (int j = 0; j < digits.Length; j++) sums[j] += checked((long)digits[j]);
            exact += (decimal)value;
        }
        double joined = StatisticCodec.Join(sums, grid)[0];
        double bound = kept.Length * Math.ScaleB(1, -fractionBits - 1) + 1e-14 * kept.Sum(Math.Abs);   // the second term is float64's own
        return Math.Abs(joined - (double)exact) <= bound;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Value_beyond_the_digits_is_refused_by_the_grid()
    {
        GridOptions grid = GridOptions.For(RingWidth.Ring64);
        VectorSchema schema = VectorSchema.Create(StatisticCodec.Segment("figures", 1, grid));
        double[] digits = new double[2];
        StatisticCodec.Split([Math.ScaleB(1, 39)], grid, digits);
        Assert.Throws<GridRangeException>(() => GridEncoder.Encode(schema, RingWidth.Ring64, digits, 1, new byte[32], static _ => { }, new double[2]));
    }
}
