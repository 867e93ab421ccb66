using System.Numerics;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Packing;
using Fed.Crypto.Tests.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.Tests.Statistics;

/// <summary>A single ciphertext looks like uniform residues, whatever is in it: as polynomials, as packed bytes, beside its plaintext, and beside another ciphertext of the same plaintext. False alarms: <see cref="FalseAlarm"/>.</summary>
public sealed class CiphertextUniformityTests
{
    private const int Cells = 256;

    public static TheoryData<string, int> Contents => new() { { "masked", 0 }, { "masked", 1 }, { "masked", 2 }, { "seeded", 0 }, { "seeded", 1 }, { "seeded", 2 } };

    /// <summary>Zeros, the largest value everywhere, and small random values.</summary>
    [Theory]
    [MemberData(nameof(Contents))]
    public void Residues_and_packed_bytes_of_a_ciphertext_are_uniform(string form, int filling)
    {
        (PackingLayout layout, PackedFormat format, Func<long[], int, byte[]> encrypt) = Make(form, seed: 31 + filling);
        long[] vector = Filled(layout, filling);
        byte[] one = encrypt(vector, 1), other = encrypt(vector, 2);
        RnsRing ring = layout.Profile.Ring;
        ulong[] difference = new ulong[ring.Words], words = new ulong[ring.Words];
        for (int poly = 0; poly < (form == "masked" ? 1 : 2); poly++)
        {
            format.Unpack(one, poly, words);
            CheckResidues($"{form} {filling}, polynomial {poly}", ring, words);
            format.Unpack(other, poly, difference);
            ring.Subtract(difference.AsSpan(), words);
            CheckResidues($"{form} {filling}, polynomial {poly} of two encryptions, difference", ring, difference);   // fresh randomness, or polynomials of another attempt: nothing cancels
            ring.Inverse(words);
            CheckResidues($"{form} {filling}, coefficients of polynomial {poly}", ring, words);
        }
        CheckBytes($"{form} {filling}", ring, format.Polynomial(one.AsSpan(), 0));
        CheckPlaintext($"{form} {filling}", layout, format, one, vector);
    }

    /// <summary>The tests can fail: a ciphertext with the mask left out, and one whose mask is a constant.</summary>
    [Fact]
    public void A_ciphertext_without_its_mask_alarms()
    {
        (PackingLayout layout, _, _) = Make("seeded", seed: 41);
        RnsRing ring = layout.Profile.Ring;
        ulong[] words = new ulong[ring.Words];
        Assert.True(new RunEncoder(layout, layout.Runs[0]).Encode(Filled(layout, 2), new sbyte[ring.N], words, 0));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => CheckResidues("no mask", ring, words));
        ulong[] constant = [.. Enumerable.Repeat(12345UL, ring.Words)];
        ring.Add(words, constant);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => CheckResidues("constant mask", ring, words));
    }

    /// <summary>Seeds of seeded ciphertexts are the generator's bytes.</summary>
    [Fact]
    public void Seeds_of_ciphertexts_are_uniform()
    {
        (PackingLayout layout, _, Func<long[], int, byte[]> encrypt) = Make("seeded", seed: 42);
        long[] counts = new long[8 * AesCtrStream.SeedBytes];
        const int Ciphertexts = 128;
        long[] vector = Filled(layout, 0);
        for (int i = 0; i < Ciphertexts; i++)
        {
            byte[] seed = encrypt(vector, i)[^AesCtrStream.SeedBytes..];
            for (int bit = 0; bit < counts.Length; bit++) counts[bit] += (seed[bit / 8] >> (bit % 8)) & 1;
        }
        for (int bit = 0; bit < counts.Length; bit++) FalseAlarm.Check($"bit {bit} of seeds", counts[bit], Ciphertexts, 0.5);
    }

    private static (PackingLayout Layout, PackedFormat Format, Func<long[], int, byte[]> Encrypt) Make(string form, int seed)
    {
        SeededEntropy entropy = new(FalseAlarm.Seed(seed));
        PackingProfile profile = form == "seeded" ? PackingProfile.FastSymmetric : PackingProfile.SiloThreshold;
        PackingJob job = new(10, 10);
        PackingLayout layout = PackingLayout.Create(profile, PackedSum.Schema((profile.N * PackingLayout.Create(profile, PackedSum.Schema((1, 16)), job).Runs[0].Fields, 16)), job);
        RlweSecretKey secret = RlweSecretKey.Generate(profile.Ring, entropy);
        if (form == "seeded") return (layout, new PackedFormat(layout, secret.Id.AsSpan()), (vector, _) => PackedSum.Encrypt(layout, secret, vector, RingWidth.Ring32, entropy)[0]);
        byte[] key = new byte[32];
        return (layout, new PackedFormat(layout, key), (vector, attempt) => PackedSum.Encrypt(layout, key, secret, attempt, vector, RingWidth.Ring32, entropy)[0]);
    }

    private static long[] Filled(PackingLayout layout, int filling)
    {
        Random random = new(filling);
        return [.. Enumerable.Range(0, layout.Schema.Length).Select(_ => filling switch { 0 => 0L, 1 => 32767L, _ => random.NextInt64(-100, 101) })];
    }

    // Where in [0, q) residues lie, in 256 parts; their low bytes; and whether neighbours rise.
    private static void CheckResidues(string what, RnsRing ring, ReadOnlySpan<ulong> words)
    {
        for (int p = 0; p < ring.Moduli.Length; p++)
        {
            ulong q = ring.Moduli[p].Value;
            ReadOnlySpan<ulong> row = words.Slice(p * ring.N, ring.N);
            long[] parts = new long[Cells], low = new long[Cells];
            long rises = 0;
            for (int i = 0; i < row.Length; i++)
            {
                parts[(int)((UInt128)row[i] * Cells / q)]++;
                low[row[i] % Cells]++;
                if (i % 2 == 1 && row[i] > row[i - 1]) rises++;
            }
            FalseAlarm.Check($"{what}, prime {p}, parts", parts, cell => (double)(Ceiling((UInt128)(cell + 1) * q) - Ceiling((UInt128)cell * q)) / q);
            FalseAlarm.Check($"{what}, prime {p}, low bytes", low, cell => (double)((q / Cells) + (ulong)(q % Cells > (ulong)cell ? 1 : 0)) / q);
            FalseAlarm.Check($"{what}, prime {p}, rises", rises, row.Length / 2, 0.5 - (0.5 / q));
        }

        static UInt128 Ceiling(UInt128 a) => (a + Cells - 1) / Cells;
    }

    // A residue's bits are all but the highest uniform up to 2^-30: the primes lie just below 2^49.
    private static void CheckBytes(string what, RnsRing ring, ReadOnlySpan<byte> packed)
    {
        long[] counts = new long[256];
        foreach (byte b in packed) counts[b]++;
        FalseAlarm.Check($"{what}, bytes", counts, static _ => 1.0 / 256);
        Assert.All(ring.Moduli, static q => Assert.True(q.Value > (1UL << 49) - (1UL << 30)));
        long ones = 0;
        foreach (byte b in packed) ones += BitOperations.PopCount(b);
        FalseAlarm.Check($"{what}, ones", ones, 8L * packed.Length, 0.5);
    }

    // Whether the sign of a coefficient goes with the sign of the value that lies in it.
    private static void CheckPlaintext(string what, PackingLayout layout, PackedFormat format, byte[] ciphertext, long[] vector)
    {
        RnsRing ring = layout.Profile.Ring;
        ulong[] words = new ulong[ring.Words];
        format.Unpack(ciphertext, 0, words);
        ring.Inverse(words);
        int fields = layout.Runs[0].Fields;
        long agree = 0, counted = 0;
        for (int i = 0; i < ring.N; i++)
        {
            if (vector[(i * fields) + fields - 1] is 0) continue;             // the highest field decides the sign of the packed integer
            counted++;
            if (ring.ComposeCentredAt(words, i).Sign == Math.Sign(vector[(i * fields) + fields - 1])) agree++;
        }
        if (counted > 0) FalseAlarm.Check($"{what}, signs", agree, counted, 0.5);
    }
}
