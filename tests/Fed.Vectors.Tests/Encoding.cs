using System.Buffers;
using System.Security.Cryptography;

namespace Fed.Vectors.Tests;

/// <summary>Schemas and one-call encoding for the tests.</summary>
internal static class Encoding
{
    public static readonly byte[] Seed = SHA256.HashData("grid"u8);

    public static byte[] SeedOf(int number) => SHA256.HashData(BitConverter.GetBytes(number));

    public static VectorSchema Training(int length, int bits = 48, int fraction = 32, GridRounding rounding = GridRounding.Stochastic) =>
        VectorSchema.Create(new Segment("w", [length], SegmentKind.Training, bits, fraction, rounding, Weighted: true));

    public static VectorSchema Single(SegmentKind kind, int length, int bits, int fraction) =>
        VectorSchema.Create(new Segment("s", [length], kind, bits, fraction, GridRounding.Nearest, Weighted: false));

    public static (long[] Grid, double[] Contributed, GridOutcome Outcome) Encode(
        VectorSchema schema, double[] values, double weight = 1, byte[]? seed = null, RingWidth ring = RingWidth.Ring64)
    {
        ArrayBufferWriter<byte> words = new();
        double[] contributed = new double[schema.Length];
        GridOutcome outcome = GridEncoder.Encode(schema, ring, [.. values, .. new double[schema.Length - values.Length]], weight, seed ?? Seed, words.Write, contributed);
        long[] grid = new long[schema.Length];
        RingSum.Decode(ring, words.WrittenSpan, grid);
        return (grid, contributed, outcome);
    }
}
