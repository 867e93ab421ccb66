using System.Buffers;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Vectors.Tests;

public sealed class GridEncoderProperties
{
    [Fact]
    public void Vector_and_scalar_paths_give_the_same_bits() => Prop.ForAll<double[], int, byte>(static (values, seed, variant) =>
    {
        SegmentKind[] kinds = [SegmentKind.Training, SegmentKind.Statistic, SegmentKind.Count];
        SegmentKind chosen = kinds[variant % 3];
        Segment segment = new("s", [Math.Max(1, values.Length)], chosen, 20, chosen == SegmentKind.Count ? 0 : 7, GridRounding.Nearest, Weighted: true);
        double[] aligned = [.. values.Take(values.Length / 4 * 4)];
        ulong[] draws = new ulong[aligned.Length];
        new CounterRandom(Encoding.SeedOf(seed)).Fill(seed & 0xFFFF, draws);
        GridBlock block = new(segment, 0.37);
        long[] vector = new long[aligned.Length], scalar = new long[aligned.Length];
        GridTally a = block.QuantiseVector(aligned, variant > 127 ? draws : [], vector), b = block.QuantiseScalar(aligned, variant > 127 ? draws : [], scalar);
        return a == b && vector.AsSpan().SequenceEqual(scalar);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_of_contributions_does_not_change_the_sum() => Prop.ForAll<NonEmptyArray<int>, int>(static (contributions, seed) =>
    {
        VectorSchema schema = Encoding.Training(37);
        byte[][] encoded = [.. contributions.Get.Select(number => Words(schema, number))];
        byte[] inOrder = Sum(encoded);
        new Random(seed).Shuffle(encoded);
        return inOrder.AsSpan().SequenceEqual(Sum(encoded));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Weighted_mean_is_within_the_stated_error() => Prop.ForAll<NonEmptyArray<byte>, bool>(static (samples, isStochastic) =>
    {
        const int Length = 21;
        const double Cap = 64;
        int[] rows = [.. samples.Get.Select(static n => 1 + n)];
        VectorSchema schema = Encoding.Training(Length, 48, 12, isStochastic ? GridRounding.Stochastic : GridRounding.Nearest);
        byte[] accumulator = new byte[8 * schema.Length];
        double[] exact = new double[Length];
        double weights = 0;
        for (int k = 0; k < rows.Length; k++)
        {
            double m = Math.Min(rows[k], Cap);
            double[] values = Values(k, Length);
            RingSum.Add(RingWidth.Ring64, accumulator, Words(schema, values, m / Cap, k));
            for (int i = 0; i < Length; i++) exact[i] += m * values[i];
            weights += m;
        }
        long[] opened = new long[schema.Length];
        RingSum.Decode(RingWidth.Ring64, accumulator, opened);
        double bound = GridError.Bound(rows.Length, schema.Segments[0], Cap, weights) + 1e-12;
        return opened[Length] == 0 && Enumerable.Range(0, Length).All(i => Math.Abs(opened[i] * schema.Segments[0].Step * Cap / weights - exact[i] / weights) <= bound);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Contributed_values_are_the_encoded_ones() => Prop.ForAll<int, bool>(static (number, is32) =>
    {
        VectorSchema schema = Encoding.Training(19, 24, 10);
        double[] values = Values(number, 19);
        (long[] grid, double[] contributed, _) = Encoding.Encode(schema, values, 0.75, Encoding.SeedOf(number), is32 ? RingWidth.Ring32 : RingWidth.Ring64);
        return Enumerable.Range(0, 19).All(i => contributed[i] == grid[i] * schema.Segments[0].Step / 0.75 && Math.Abs(contributed[i] - values[i]) <= schema.Segments[0].Step / 0.75 + 1e-12);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Both_rings_carry_the_same_integers() => Prop.ForAll<int>(static number =>
    {
        VectorSchema schema = Encoding.Training(29, 20, 9);
        double[] values = Values(number, 29);
        return Encoding.Encode(schema, values, 1, Encoding.SeedOf(number), RingWidth.Ring32).Grid.AsSpan()
            .SequenceEqual(Encoding.Encode(schema, values, 1, Encoding.SeedOf(number)).Grid);
    }).QuickCheckThrowOnFailure();

    private static double[] Values(int seed, int length)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, length).Select(_ => 200 * random.NextDouble() - 100)];
    }

    private static byte[] Words(VectorSchema schema, int number) => Words(schema, Values(number, schema.Length - 1), 0.5, number);

    private static byte[] Words(VectorSchema schema, double[] values, double weight, int seed)
    {
        ArrayBufferWriter<byte> words = new();
        GridEncoder.Encode(schema, RingWidth.Ring64, [.. values, 0], weight, Encoding.SeedOf(seed), words.Write, new double[schema.Length]);
        return words.WrittenSpan.ToArray();
    }

    private static byte[] Sum(byte[][] contributions)
    {
        byte[] accumulator = new byte[contributions[0].Length];
        foreach (byte[] contribution in contributions) RingSum.Add(RingWidth.Ring64, accumulator, contribution);
        return accumulator;
    }
}
