using System.Buffers.Binary;
using Fed.Crypto.Packing;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.SelfTest;

/// <summary>Small packed sums through the whole path: encode, encrypt, add, open, decode.</summary>
internal static class PackedSumCheck
{
    private const int Values = 100, Summands = 3;

    private static readonly VectorSchema Schema = VectorSchema.Create(
        new Segment("self-test", [Values], SegmentKind.Statistic, 16, 0, GridRounding.Nearest, Weighted: false),
        new Segment("count", [1], SegmentKind.Count, 32, 0, GridRounding.Nearest, Weighted: false));

    /// <summary>The bytes of a ciphertext are what they were when this was written.</summary>
    public static string? Deterministic()
    {
        using FixedEntropy entropy = new();
        PackingLayout layout = Layout(PackingProfile.FastSymmetric);
        using RlweSecretKey key = RlweSecretKey.Generate(layout.Profile.Ring, entropy);
        byte[] ciphertext = [];
        using (SumEncryptor encryptor = new(layout, key, entropy, RingWidth.Ring64, (_, bytes) => ciphertext = bytes.ToArray())) encryptor.Write(Words(1));
        return CryptoSelfTest.Compare(ciphertext, "d1ec7c23f835200ca11c95c919a862904d980fc38f3543bd1751c6dc921d58bb") ?? Opened(layout, key, ciphertext, summands: 1);
    }

    /// <summary>Three vectors under a public key add up to the integer sum.</summary>
    public static string? Exact()
    {
        PackingLayout layout = Layout(PackingProfile.SiloThreshold);
        using RlweSecretKey secret = RlweSecretKey.Generate(layout.Profile.Ring, SystemEntropy.Instance);
        RlwePublicKey key = RlwePublicKey.Generate(secret, SystemEntropy.Instance);
        SumAccumulator accumulator = new(layout, key.Id.AsSpan());
        for (int i = 1; i <= Summands; i++)
        {
            using SumEncryptor encryptor = new(layout, key, SystemEntropy.Instance, RingWidth.Ring64, (_, bytes) => accumulator.Add(bytes));
            encryptor.Write(Words(i));
        }
        byte[] sum = new byte[accumulator.SumBytes];
        accumulator.Close(sum);
        PackedFormat format = new(layout, key.Id.AsSpan());
        ulong[] opened = new ulong[secret.Ring.Words], second = new ulong[secret.Ring.Words];
        format.Unpack(sum, 0, opened);
        format.Unpack(sum, 1, second);
        secret.Ring.MultiplyAdd(second, secret.Evaluations, opened);
        long[] values = new long[layout.Schema.Length];
        using SumDecoder decoder = new(layout, Summands);
        decoder.Decode(0, opened, values);
        return Difference(values, scale: 1 + 2 + 3);
    }

    /// <summary>A flipped bit of a ciphertext does not open.</summary>
    public static string? Altered()
    {
        PackingLayout layout = Layout(PackingProfile.FastSymmetric);
        using RlweSecretKey key = RlweSecretKey.Generate(layout.Profile.Ring, SystemEntropy.Instance);
        byte[] ciphertext = [];
        using (SumEncryptor encryptor = new(layout, key, SystemEntropy.Instance, RingWidth.Ring64, (_, bytes) => ciphertext = bytes.ToArray())) encryptor.Write(Words(1));
        ciphertext[PackedFormat.HeaderBytes] ^= 1;
        try
        {
            return Opened(layout, key, ciphertext, summands: 1) ?? "opened as if nothing had happened";
        }
        catch (OpeningInconsistentException)
        {
            return null;
        }
    }

    private static PackingLayout Layout(PackingProfile profile) => PackingLayout.Create(profile, Schema, new PackingJob(Summands, KeyHolders: 3) { UnderPublicKey = profile.IsThreshold });

    // Vector i is i times (-32, 97, 226, ...), and 1000 i at the end.
    private static byte[] Words(int factor)
    {
        byte[] words = new byte[sizeof(long) * Schema.Length];
        for (int i = 0; i < Schema.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(words.AsSpan(sizeof(long) * i), factor * Base(i));
        return words;
    }

    private static long Base(int i) => i < Values ? (129 * i % 10_001) - 32 : 1000;

    private static string? Opened(PackingLayout layout, RlweSecretKey key, ReadOnlySpan<byte> ciphertext, int summands)
    {
        long[] values = new long[layout.Schema.Length];
        using SumOpener opener = new(layout, key);
        return opener.Open(ciphertext, values).Summands == summands ? Difference(values, scale: 1) : "another number of summands";
    }

    private static string? Difference(ReadOnlySpan<long> values, long scale)
    {
        for (int i = 0; i < values.Length; i++)
            if (values[i] != scale * Base(i)) return $"entry {i} opened as {values[i]}, not {scale * Base(i)}";
        return null;
    }
}
