using System.Buffers;
using System.Security.Cryptography;

namespace Fed.Vectors.Tests;

/// <summary>Bytes that a plan stands for; the hash comes from a separate program of big integers. A change here breaks replay of every stored contribution: it needs a new schema version.</summary>
public sealed class GridGoldenTests
{
    [Fact]
    public void Encoded_bytes_stay_what_they_are()
    {
        VectorSchema schema = VectorSchema.Create(
            new Segment("change", [40], SegmentKind.Training, 48, 32, GridRounding.Stochastic, Weighted: true),
            new Segment("weight", [1], SegmentKind.Count, 48, 0, GridRounding.Nearest, Weighted: false));
        double[] values = [.. Enumerable.Range(0, 40).Select(static i => (i - 20) / 7.0), 82, 0];
        Assert.Equal("661f790c5bfc3447b0ee5835c052557b71503f2e14dc7df3ad292ab56e2b64ee", Sha256(schema, RingWidth.Ring64, values));
    }

    [Fact]
    public void Schema_hash_stays_what_it_is()
    {
        VectorSchema schema = VectorSchema.Create(new Segment("w", [3, 2], SegmentKind.Training, 48, 32, GridRounding.Stochastic, Weighted: true));
        Assert.Equal("fedactors/schema/1\nw [3,2] Training b=48 f=32 Stochastic weighted\nclipped [1] Count b=4 f=0 Nearest unweighted\n", schema.ToString());
    }

    private static string Sha256(VectorSchema schema, RingWidth ring, double[] values)
    {
        ArrayBufferWriter<byte> words = new();
        GridEncoder.Encode(schema, ring, values, 82 / 512.0, Encoding.Seed, words.Write, new double[schema.Length]);
        return Convert.ToHexStringLower(SHA256.HashData(words.WrittenSpan));
    }
}
