using System.Collections.Immutable;
using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Vectors;
using FsCheck;
using FsCheck.Fluent;

namespace Fed.Crypto.Tests.Packing;

/// <summary>The opened sum is exactly the integer sum, whatever the widths, lengths, pieces and numbers of summands.</summary>
public sealed class PackedSumProperties
{
    private static readonly Lazy<(RlweSecretKey Secret, RlwePublicKey Public)> Threshold = new(static () => Keys(PackingProfile.SiloThreshold));
    private static readonly Lazy<(RlweSecretKey Secret, RlwePublicKey Public)> Symmetric = new(static () => Keys(PackingProfile.FastSymmetric));

    private static (RlweSecretKey, RlwePublicKey) Keys(PackingProfile profile)
    {
        RlweSecretKey secret = RlweSecretKey.Generate(profile.Ring, SystemEntropy.Instance);
        return (secret, RlwePublicKey.Generate(secret, SystemEntropy.Instance));
    }

    [Fact]
    public void Sums_under_a_shared_key_are_exact() => Prop.ForAll<NonEmptyArray<(ushort Length, byte Bits)>, byte, int>(static (shape, summands, seed) =>
    {
        (PackingLayout layout, long[][] vectors) = Draw(PackingProfile.FastSymmetric, shape.Get, 2 + summands % 9, seed);
        RlweSecretKey key = Symmetric.Value.Secret;
        ImmutableArray<byte[]>[] encrypted = [.. vectors.Select(v => PackedSum.Encrypt(layout, key, v, piece: 8 * (1 + (seed & 0xFFF))))];
        return PackedSum.Open(layout, key, PackedSum.Add(layout, key.Id.AsSpan(), encrypted)).AsSpan().SequenceEqual(PackedSum.Plain(vectors));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));

    [Fact]
    public void Sums_under_a_public_key_are_exact() => Prop.ForAll<NonEmptyArray<(ushort Length, byte Bits)>, byte, int>(static (shape, summands, seed) =>
    {
        (PackingLayout layout, long[][] vectors) = Draw(PackingProfile.SiloThreshold, shape.Get, 2 + summands % 5, seed);
        (RlweSecretKey secret, RlwePublicKey key) = Threshold.Value;
        ImmutableArray<byte[]>[] encrypted = [.. vectors.Select(v => PackedSum.Encrypt(layout, key, v))];
        ImmutableArray<byte[]> sum = PackedSum.Add(layout, key.Id.AsSpan(), encrypted);
        return PackedSum.OpenWithSecret(layout, secret, key, sum).AsSpan().SequenceEqual(PackedSum.Plain(vectors));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(15));

    [Theory]
    [InlineData(1000, 16, 26, 6)]
    [InlineData(64, 16, 22, 4)]
    [InlineData(2, 2, 3, 28)]
    public void The_widest_sums_of_extreme_values_are_exact(int summands, int bits, int width, int fields)
    {
        PackingProfile profile = summands == 1000 ? PackingProfile.Create("shared-8192", 8192, [49, 49, 49, 49], isThreshold: false) : PackingProfile.FastSymmetric;
        PackingLayout layout = PackingLayout.Create(profile, PackedSum.Schema((500, bits)), new PackingJob(summands));
        Assert.Equal(width, layout.Runs[0].Width);
        Assert.True(layout.Runs[0].Fields >= fields);
        using RlweSecretKey key = RlweSecretKey.Generate(profile.Ring, SystemEntropy.Instance);
        long limit = layout.Schema.Segments[0].Limit;
        long[] vector = [.. Enumerable.Range(0, 500).Select(i => i % 3 == 0 ? -limit : limit)];
        SumAccumulator accumulator = new(layout, key.Id.AsSpan());
        for (int i = 0; i < summands; i++) accumulator.Add(PackedSum.Encrypt(layout, key, vector, RingWidth.Ring32)[0]);
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        Assert.Equal(vector.Select(v => v * summands), PackedSum.Open(layout, key, [sum]));
    }

    [Fact]
    public void Sums_of_sums_are_sums() => Prop.ForAll<int>(static seed =>
    {
        (PackingLayout layout, long[][] vectors) = Draw(PackingProfile.FastSymmetric, [(700, 20), (3, 40)], 6, seed);
        RlweSecretKey key = Symmetric.Value.Secret;
        ImmutableArray<byte[]>[] encrypted = [.. vectors.Select(v => PackedSum.Encrypt(layout, key, v))];
        ImmutableArray<byte[]> first = PackedSum.Add(layout, key.Id.AsSpan(), encrypted[..3]), second = PackedSum.Add(layout, key.Id.AsSpan(), encrypted[3..]);
        return PackedSum.Open(layout, key, PackedSum.Add(layout, key.Id.AsSpan(), [second, first], summands: 3)).AsSpan().SequenceEqual(PackedSum.Plain(vectors));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(10));

    [Fact]
    public void Grid_encoder_ring_and_opened_sum_agree_word_for_word()
    {
        VectorSchema schema = VectorSchema.Create(
            new Segment("w", [9000], SegmentKind.Training, 16, 8, GridRounding.Stochastic, Weighted: true),
            new Segment("n", [1], SegmentKind.Count, 24, 0, GridRounding.Nearest, Weighted: false));
        PackingLayout layout = PackingLayout.Create(PackingProfile.SiloThreshold, schema, new PackingJob(64, 64, 100, 3) { UnderPublicKey = true });
        (RlweSecretKey secret, RlwePublicKey key) = Threshold.Value;
        byte[] plain = new byte[4 * schema.Length];
        List<ImmutableArray<byte[]>> encrypted = [];
        for (int silo = 0; silo < 3; silo++)
        {
            double[] values = [.. new Random(silo).GetItems<double>([-200, -1.25, 0, 3.5, 127.9], 9000), 1 + silo, 0];
            List<byte[]> ciphertexts = [];
            byte[] words = new byte[plain.Length];
            int at = 0;
            using SumEncryptor encryptor = new(layout, key, SystemEntropy.Instance, RingWidth.Ring32, (_, bytes) => ciphertexts.Add(bytes.ToArray()));
            GridEncoder.Encode(schema, RingWidth.Ring32, values, 0.5, new byte[32], piece => { piece.CopyTo(words.AsSpan(at)); at += piece.Length; encryptor.Write(piece); }, []);
            encryptor.Complete();
            encrypted.Add([.. ciphertexts]);
            RingSum.Add(RingWidth.Ring32, plain, words);
        }
        long[] expected = new long[schema.Length];
        RingSum.Decode(RingWidth.Ring32, plain, expected);
        Assert.Equal(expected, PackedSum.OpenWithSecret(layout, secret, key, PackedSum.Add(layout, key.Id.AsSpan(), encrypted)));
    }

    /// <summary>Random segments of 2 to 60 bits whose sums still fit 63 bits.</summary>
    private static (PackingLayout Layout, long[][] Vectors) Draw(PackingProfile profile, (ushort Length, byte Bits)[] shape, int summands, int seed)
    {
        VectorSchema schema = PackedSum.Schema([.. shape.Take(6).Select(static s => (1 + s.Length % 3000, 2 + s.Bits % 57))]);
        PackingLayout layout = PackingLayout.Create(profile, schema, new PackingJob(summands, KeyHolders: 3) { UnderPublicKey = true });
        return (layout, [.. Enumerable.Range(0, summands).Select(i => PackedSum.Vector(schema, unchecked(31 * seed + i)))]);
    }
}
