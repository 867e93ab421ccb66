using System.Collections.Immutable;
using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Packing;
using Fed.Crypto.Tests.SecAgg;
using Fed.Vectors;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Protection;

/// <summary>One set of grid vectors, summed in plain, under masks and encrypted: the same integers, whatever the sizes, the sites, the weights, the ring, the values and the randomness.</summary>
public sealed class ThreeWaysProperties
{
    private static readonly PackingProfile Profile = PackingProfile.Create("three-ways-4096", 4096, [49, 49], isThreshold: true);
    private static readonly Lazy<ImmutableArray<RlweSecretKey>> Parts = new(static () => [.. Enumerable.Range(0, 64).Select(static _ => RlweSecretKey.Generate(Profile.Ring, SystemEntropy.Instance))]);

    /// <summary>3 to 64 sites; lengths about the edges of coefficients and ciphertexts; values at the limits of the grid.</summary>
    [Fact]
    public void Plain_masked_and_encrypted_sums_are_the_same_integers() => Prop.ForAll<byte, (byte Bits, ushort Length), int>(static (sites, shape, seed) =>
    {
        Check(Draw(sites, shape.Bits, shape.Length, seed));
        return true;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(6));

    /// <summary>The whole ceremony of masks among 64, and as many ciphertexts, at the widest grid of ring 32: every entry at its limit.</summary>
    [Theory]
    [InlineData(3, 16, RingWidth.Ring32)]
    [InlineData(64, 16, RingWidth.Ring32)]
    [InlineData(64, 26, RingWidth.Ring32)]
    [InlineData(64, 32, RingWidth.Ring64)]
    public void Sums_of_extremes_are_the_same_integers(int sites, int bits, RingWidth ring)
    {
        VectorSchema schema = PackedSum.Schema((97, bits));
        long limit = schema.Segments[0].Limit;
        Check(new Case(schema, ring, [.. Enumerable.Range(0, sites).Select(_ => Enumerable.Range(0, 97).Select(i => i % 2 == 0 ? limit : -limit).ToArray())], 3));
    }

    /// <summary>A site with a share of the rows puts q = round(min(n, cap) / cap x) on the grid before anything is protected, so weights are in the integers and in no protection.</summary>
    [Fact]
    public void Weighted_vectors_are_weighted_before_they_are_protected() => Prop.ForAll<NonEmptyArray<byte>, int>(static (rows, seed) =>
    {
        int[] n = [.. rows.Get.Take(12).Select(static r => r + 1), 1, 7, 200];
        const double Cap = 64;
        Random random = new(seed);
        VectorSchema schema = VectorSchema.Create(
            new Segment("w", [50], SegmentKind.Training, 16, 8, GridRounding.Nearest, Weighted: true), new Segment("m", [1], SegmentKind.Count, 16, 0, GridRounding.Nearest, Weighted: false));
        long[][] vectors = [.. n.Select(rowsOfSite =>
        {
            double weight = Math.Min(rowsOfSite, Cap);
            double[] values = [.. Enumerable.Range(0, 50).Select(_ => (random.NextDouble() * 200) - 100), weight, 0];
            byte[] words = new byte[8 * schema.Length];
            int at = 0;
            GridEncoder.Encode(schema, RingWidth.Ring64, values, weight / Cap, new byte[32], piece => { piece.CopyTo(words.AsSpan(at)); at += piece.Length; }, []);
            long[] vector = new long[schema.Length];
            RingSum.Decode(RingWidth.Ring64, words, vector);
            return vector;
        })];
        Check(new Case(schema, RingWidth.Ring64, vectors, seed & 0xFFF));
        return true;
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(4));

    private static void Check(Case drawn)
    {
        long[] plain = Plain(drawn);
        Assert.Equal(PackedSum.Plain(drawn.Vectors), plain);
        Assert.Equal(plain, Masked(drawn, drawn.Seed));
        if (drawn.Vectors.Length < 20) Assert.Equal(plain, Masked(drawn, drawn.Seed + 1));   // other keys, seeds and shares; a ceremony among 64 takes a second
        Assert.Equal(plain, Encrypted(drawn));                     // the operating system's randomness
        Assert.Equal(plain, Encrypted(drawn));
    }

    private static long[] Plain(Case drawn)
    {
        byte[] sum = new byte[drawn.Schema.Length * RingSum.WordBytes(drawn.Ring)];
        foreach (long[] vector in drawn.Vectors) RingSum.Add(drawn.Ring, sum, PackedSum.Words(vector, drawn.Ring));
        return Decoded(drawn, sum);
    }

    // The sites put their masks on, the server adds, takes off what the shares give it, and has the sum.
    private static long[] Masked(Case drawn, int seed)
    {
        using Federation federation = new(drawn.Vectors.Length, ring: drawn.Ring, words: drawn.Schema.Length, seed: seed);
        for (int site = 0; site < drawn.Vectors.Length; site++) PackedSum.Words(drawn.Vectors[site], drawn.Ring).CopyTo(federation.Vectors[site], 0);
        return Decoded(drawn, federation.RunWithout());
    }

    private static long[] Encrypted(Case drawn)
    {
        PackingLayout layout = PackingLayout.Create(Profile, drawn.Schema, new PackingJob(drawn.Vectors.Length, KeyHolders: 3));
        RlweSecretKey[] parts = [.. Parts.Value.Take(drawn.Vectors.Length)];
        byte[] key = new byte[32];
        ImmutableArray<byte[]> sums = PackedSum.Add(layout, key, [.. drawn.Vectors.Zip(parts, (v, own) => PackedSum.Encrypt(layout, key, own, drawn.Seed, v, drawn.Ring))]);
        return PackedSum.Open(layout, key, parts, drawn.Seed, sums);
    }

    private static long[] Decoded(Case drawn, byte[] sum)
    {
        long[] values = new long[drawn.Schema.Length];
        RingSum.Decode(drawn.Ring, sum, values);
        return values;
    }

    private static Case Draw(byte sites, byte bits, ushort length, int seed)
    {
        int n = sites % 16 == 0 ? 64 : 3 + (sites % 16), b = 2 + (bits % 25);
        RingWidth ring = b + 7 <= 31 && bits % 2 == 0 ? RingWidth.Ring32 : RingWidth.Ring64;
        int fields = PackingLayout.Create(Profile, PackedSum.Schema((1, b)), new PackingJob(n, KeyHolders: 3)).Runs[0].Fields;
        int edge = (length % 3) switch { 0 => 4096 * fields, 1 => fields, _ => 300 };
        int size = Math.Max(1, edge + (length / 3 % 3) - 1);                  // one less, the edge, one more
        if (n == 64) size = Math.Min(size, 400);                              // the ceremony among 64 is long enough
        VectorSchema schema = PackedSum.Schema((size, b), (3, 24));
        return new Case(schema, ring, [.. Enumerable.Range(0, n).Select(i => PackedSum.Vector(schema, unchecked((31 * seed) + i)))], seed & 0xFFFF);
    }

    private sealed record Case(VectorSchema Schema, RingWidth Ring, long[][] Vectors, int Seed);
}
