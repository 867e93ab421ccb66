using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Crypto.Ckks;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.SelfTest;

/// <summary>Known answers, computed on the processor that the product runs on, in about a second: what a build, a runtime or a processor that computes wrongly would fail.</summary>
/// <remarks>Answers marked SEAL are SHA-256 of bytes that Microsoft SEAL 4.4.3 wrote (tests/data/seal); the others come from the standards that are named, or pin our own formats.</remarks>
public static class CryptoSelfTest
{
    private const int StreamBytes = 16384;

    /// <summary>Runs every check; a check that throws has failed.</summary>
    public static ImmutableArray<SelfTestResult> Run() =>
    [
        Check("AES-256 in counter mode: FIPS 197", AesCtr),
        Check("BLAKE2b: RFC 7693", Blake2),
        Check("BLAKE2Xb stream: SEAL", static () => Stream(new Blake2xbStream(Seed64), "a0928f316ca78dc3d4fbe93c7ad63a8fd0dfc45ca63c954ca7bdf96f8a584477")),
        Check("SHAKE256 stream: SEAL", static () => Stream(new Shake256Stream(Seed64), "bfcf79081f41c8ccce7ebf30cc351dc3e0f7e14356bb5b65e6d5b7bf32c9a67e")),
        Check("expansion of a public seed: own format", ExpandSeed),
        Check("transform, integer path: SEAL", static () => Transform(static (tables, row) => tables.ForwardScalar(row))),
        Check("transform, fastest path here: SEAL", static () => Transform(static (tables, row) => tables.Forward(row))),
        Check("transform, 49-bit prime, both paths and back", BothPaths),
        Check("key pair from a fixed seed: SEAL", SealKeys),
        Check("packed sum from fixed randomness: own format", PackedSumCheck.Deterministic),
        Check("packed sum under a public key: exact", PackedSumCheck.Exact),
        Check("altered packed sum: noticed", PackedSumCheck.Altered),
        Check("collective key, opened by two of three holders: exact", ThresholdCheck.Opens),
        Check("masks in counter mode: NIST SP 800-38A", MaskedSumCheck.Masks),
        Check("masked sum of four sites, one dropped out: exact", MaskedSumCheck.Opens),
    ];

    /// <summary>The bytes 0 to 63, with which SEAL's answers were made.</summary>
    private static byte[] Seed64 => [.. Enumerable.Range(0, SealBlockStream.SeedBytes).Select(static i => (byte)i)];

    /// <summary>Compares bytes with an answer by hash.</summary>
    internal static string? Compare(ReadOnlySpan<byte> bytes, string sha256)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        return hash == sha256 ? null : $"SHA-256 {hash}, expected {sha256}";
    }

    private static SelfTestResult Check(string name, Func<string?> check)
    {
        try
        {
            return new SelfTestResult(name, check());
        }
        catch (Exception e)
        {
            return new SelfTestResult(name, $"{e.GetType().Name}: {e.Message}");
        }
    }

    // The key of zeros on the blocks 0 and 1.
    private static string? AesCtr()
    {
        Span<byte> keystream = stackalloc byte[32];
        using AesCtrStream stream = new(stackalloc byte[AesCtrStream.SeedBytes]);
        stream.Fill(keystream);
        return Equal(Convert.ToHexStringLower(keystream), "dc95c078a2408989ad48a21492842087530f8afbc74536b9a963b4f1c4cb738b");
    }

    private static string? Blake2()
    {
        Span<byte> digest = stackalloc byte[64];
        Blake2b.HashData("abc"u8, digest);
        return Equal(
            Convert.ToHexStringLower(digest),
            "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    }

    private static string? Stream(SealBlockStream stream, string sha256)
    {
        using (stream)
        {
            byte[] bytes = new byte[StreamBytes];
            stream.Fill(bytes);
            return Compare(bytes, sha256);
        }
    }

    private static string? ExpandSeed()
    {
        RnsRing ring = Packing.PackingProfile.FastSymmetric.Ring;
        ulong[] poly = new ulong[ring.Words];
        Expansion.Uniform(Seed64.AsSpan(0, AesCtrStream.SeedBytes), "self-test", ring, poly);
        return Compare(LittleEndian(poly), "da3a960f803f8323c47d0d5f88ad3de24e62e9533e1b9e5ec387d0f9b6a134a2");
    }

    private static string? Transform(Action<NttTables, ulong[]> forward)
    {
        NttTables tables = NttTables.Get(4096, PrimeSearch.Create(4096, 36, 36, 37)[0]);
        ulong[] row = [.. Enumerable.Range(1, 4096).Select(static i => (ulong)i)];
        forward(tables, row);
        return Compare(LittleEndian(row), "353e1d9ce275f32375acb3d62ed4d2fa14c9b4016ea3e3e55bd923b2b490b8e0");
    }

    private static string? BothPaths()
    {
        foreach (Packing.PackingProfile profile in Packing.PackingProfile.All)
        {
            NttTables tables = profile.Ring.Tables(0);
            ulong[] residues = new ulong[profile.N], fast = new ulong[profile.N], scalar = new ulong[profile.N];
            using AesCtrStream stream = new(Seed64.AsSpan(0, AesCtrStream.SeedBytes));
            Sampler.Uniform(stream, tables.Modulus.Value, residues);
            residues.CopyTo(fast, 0);
            residues.CopyTo(scalar, 0);
            tables.Forward(fast);
            tables.ForwardScalar(scalar);
            if (!fast.AsSpan().SequenceEqual(scalar)) return $"the paths differ at N = {profile.N}";
            tables.Inverse(fast);
            if (!fast.AsSpan().SequenceEqual(residues)) return $"the way back differs at N = {profile.N}";
        }
        return null;
    }

    private static string? SealKeys()
    {
        CkksContext context = new(new EncryptionParameters(4096, CoeffModulus.Create(4096, 54, 55)));
        using KeyGenerator generator = new(context, static () => new SealSampleSource(Seed64));
        return Compare(generator.CreatePublicKey().Save(), "083b5fd32bd97732b0031b63e77c6da05a80edd4b644a9a42274a32ee28cf374");
    }

    private static byte[] LittleEndian(ReadOnlySpan<ulong> words)
    {
        byte[] bytes = new byte[sizeof(ulong) * words.Length];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(sizeof(ulong) * i), words[i]);
        return bytes;
    }

    private static string? Equal(string found, string expected) => found == expected ? null : $"{found}, expected {expected}";
}
