using System.Buffers.Binary;
using System.Collections.Immutable;
using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.Tests.Packing;

/// <summary>Vectors, their encryption and their opened sums, as short as a test wants to say them.</summary>
internal static class PackedSum
{
    /// <summary>A schema of named lengths and bits, and the clip count that comes with training segments.</summary>
    public static VectorSchema Schema(params (int Length, int Bits)[] segments) => VectorSchema.Create(
        [.. segments.Select(static (s, i) => new Segment($"s{i}", [s.Length], SegmentKind.Statistic, s.Bits, 0, GridRounding.Nearest, Weighted: false))]);

    /// <summary>Grid integers within each segment's limits; every fourth vector is extreme everywhere.</summary>
    public static long[] Vector(VectorSchema schema, int seed)
    {
        Random random = new(seed);
        int extreme = seed % 4 == 0 ? random.Next(1, 3) : 0;
        return [.. schema.Segments.SelectMany(s => Enumerable.Range(0, s.Length).Select(_ => extreme switch { 1 => s.Limit, 2 => -s.Limit, _ => random.NextInt64(-s.Limit, s.Limit) }))];
    }

    /// <summary>Ring words, little-endian.</summary>
    public static byte[] Words(ReadOnlySpan<long> vector, RingWidth ring)
    {
        int size = RingSum.WordBytes(ring);
        byte[] bytes = new byte[size * vector.Length];
        for (int i = 0; i < vector.Length; i++)
        {
            if (ring == RingWidth.Ring64) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(size * i), vector[i]);
            else BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(size * i), checked((int)vector[i]));
        }
        return bytes;
    }

    public static ImmutableArray<byte[]> Encrypt(PackingLayout layout, RlweSecretKey key, ReadOnlySpan<long> vector, RingWidth ring = RingWidth.Ring64, IEntropy? entropy = null, int piece = 4096)
    {
        List<byte[]> ciphertexts = [];
        using SumEncryptor encryptor = new(layout, key, entropy ?? SystemEntropy.Instance, ring, Collect(ciphertexts));
        return Run(encryptor, ciphertexts, Words(vector, ring), piece);
    }

    public static ImmutableArray<byte[]> Encrypt(PackingLayout layout, RlwePublicKey key, ReadOnlySpan<long> vector, RingWidth ring = RingWidth.Ring64, IEntropy? entropy = null, int piece = 4096)
    {
        List<byte[]> ciphertexts = [];
        using SumEncryptor encryptor = new(layout, key, entropy ?? SystemEntropy.Instance, ring, Collect(ciphertexts));
        return Run(encryptor, ciphertexts, Words(vector, ring), piece);
    }

    /// <summary>With a site's own part of a secret, under public polynomials that belong to an attempt.</summary>
    public static ImmutableArray<byte[]> Encrypt(PackingLayout layout, ReadOnlySpan<byte> keyId, RlweSecretKey own, int attempt, ReadOnlySpan<long> vector, RingWidth ring = RingWidth.Ring64, IEntropy? entropy = null, int piece = 4096)
    {
        List<byte[]> ciphertexts = [];
        MaskedEncryption encryption = new(own, (index, a) => Mask(layout, attempt, index, a), AesCtrStream.Fresh(entropy ?? SystemEntropy.Instance));
        using SumEncryptor encryptor = new(layout, keyId, encryption, ring, Collect(ciphertexts));
        return Run(encryptor, ciphertexts, Words(vector, ring), piece);
    }

    /// <summary>The public polynomial of an attempt and a ciphertext.</summary>
    public static void Mask(PackingLayout layout, int attempt, int index, Span<ulong> a) => Expansion.Uniform(new byte[32], $"test-mask/{attempt}/{index}", layout.Profile.Ring, a);

    /// <summary>Opens with the parts of all who contributed, which outside tests nobody has together.</summary>
    public static long[] Open(PackingLayout layout, ReadOnlySpan<byte> keyId, IEnumerable<RlweSecretKey> owns, int attempt, ImmutableArray<byte[]> sums)
    {
        long[] values = new long[layout.Schema.Length];
        PackedFormat format = new(layout, keyId);
        ulong[] opened = new ulong[layout.Profile.Ring.Words], a = new ulong[opened.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            PackedHeader header = format.Read(sums[i]);
            format.Unpack(sums[i], 0, opened);
            Mask(layout, attempt, i, a);
            foreach (RlweSecretKey own in owns) layout.Profile.Ring.MultiplyAdd(a, own.Evaluations, opened);
            (int first, int count) = layout.ValuesOf(i);
            using SumDecoder decoder = new(layout, header.Summands);
            decoder.Decode(i, opened, values.AsSpan(first, count));
        }
        return values;
    }

    /// <summary>The sum of all vectors' ciphertexts, index by index.</summary>
    public static ImmutableArray<byte[]> Add(PackingLayout layout, ReadOnlySpan<byte> keyId, IReadOnlyList<ImmutableArray<byte[]>> vectors, int summands = 1)
    {
        SumAccumulator accumulator = new(layout, keyId);
        ImmutableArray<byte[]>.Builder sums = ImmutableArray.CreateBuilder<byte[]>();
        for (int i = 0; i < layout.Ciphertexts; i++)
        {
            foreach (ImmutableArray<byte[]> vector in vectors) accumulator.Add(vector[i], summands);
            byte[] sum = new byte[accumulator.SumBytes];
            accumulator.Close(sum);
            sums.Add(sum);
        }
        return sums.ToImmutable();
    }

    public static long[] Open(PackingLayout layout, RlweSecretKey key, ImmutableArray<byte[]> sums)
    {
        long[] values = new long[layout.Schema.Length];
        using SumOpener opener = new(layout, key);
        for (int i = 0; i < sums.Length; i++)
        {
            (int first, int count) = layout.ValuesOf(i);
            opener.Open(sums[i], values.AsSpan(first, count));
        }
        return values;
    }

    /// <summary>Opens with the whole secret of a public key, which outside tests nobody holds.</summary>
    public static long[] OpenWithSecret(PackingLayout layout, RlweSecretKey secret, RlwePublicKey key, ImmutableArray<byte[]> sums)
    {
        long[] values = new long[layout.Schema.Length];
        PackedFormat format = new(layout, key.Id.AsSpan());
        ulong[] opened = new ulong[secret.Ring.Words], second = new ulong[secret.Ring.Words];
        for (int i = 0; i < sums.Length; i++)
        {
            PackedHeader header = format.Read(sums[i]);
            format.Unpack(sums[i], 0, opened);
            format.Unpack(sums[i], 1, second);
            secret.Ring.MultiplyAdd(second, secret.Evaluations, opened);
            (int first, int count) = layout.ValuesOf(i);
            using SumDecoder decoder = new(layout, header.Summands);
            decoder.Decode(i, opened, values.AsSpan(first, count));
        }
        return values;
    }

    public static long[] Plain(IEnumerable<long[]> vectors) => vectors.Aggregate(static (a, b) => [.. a.Zip(b, static (x, y) => checked(x + y))]);

    private static CiphertextWriter Collect(List<byte[]> ciphertexts) => (index, bytes) =>
    {
        Assert.Equal(ciphertexts.Count, index);
        ciphertexts.Add(bytes.ToArray());
    };

    private static ImmutableArray<byte[]> Run(SumEncryptor encryptor, List<byte[]> ciphertexts, byte[] words, int piece)
    {
        for (int at = 0; at < words.Length; at += piece) encryptor.Write(words.AsSpan(at, Math.Min(piece, words.Length - at)));
        encryptor.Complete();
        return [.. ciphertexts];
    }
}
