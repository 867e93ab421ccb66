using Fed.Crypto.Ckks;
using Fed.Crypto.Ring;
using Fed.Crypto.Tests.Seal;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>Bit-exact operations on SEAL 4.4.3's own objects, and what our decryptor and encoder make of them (tests/data/seal).</summary>
public sealed class SealOperationKnownAnswerTests
{
    public static TheoryData<string> Sets => SealSet.Names;

    [Theory]
    [MemberData(nameof(Sets))]
    public void The_secret_key_is_the_transform_of_its_coefficients(string name)
    {
        SealSet set = SealSet.Get(name);
        RnsRing ring = set.Context.KeyContextData.Ring;
        ulong[] words = new ulong[ring.Words];
        ring.FromSigned(Array.ConvertAll(set.Read("secret_coeffs.i8"), static b => (sbyte)b), words);
        ring.Forward(words);
        Assert.Equal(words, set.SecretKey.Words.ToArray());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Seeded_ciphertexts_expand_to_what_SEAL_expands(string name)
    {
        SealSet set = SealSet.Get(name);
        byte[] expected = set.Read("v0_ct_sym_expanded.bin");
        Assert.Equal(expected, set.Ciphertext("v0_ct_sym_seeded.bin").Save());
        Assert.Equal(expected, SeededCiphertext.Load(set.Context, set.Read("v0_ct_sym_seeded.bin")).Expand().Save());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Decryption_is_bit_exact(string name)
    {
        SealSet set = SealSet.Get(name);
        if (!set.Has("v0_pk_decrypted_plain.bin")) { Assert.Equal("n8192_60_40_60", name); return; }   // this set has no such file
        Assert.Equal(set.Read("v0_pk_decrypted_plain.bin"), new Decryptor(set.Context, set.SecretKey).Decrypt(set.Ciphertext("v0_ct_pk.bin")).Save());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Addition_is_bit_exact(string name)
    {
        SealSet set = SealSet.Get(name);
        Ciphertext[] summands = [.. set.Inputs.Select(k => set.Ciphertext($"v{k}_ct_pk.bin"))];
        Assert.Equal(set.Read("sum_ct.bin"), new Evaluator(set.Context).AddMany(summands).Save());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Products_with_plaintexts_and_rescaling_are_bit_exact(string name)
    {
        SealSet set = SealSet.Get(name);
        Evaluator evaluator = new(set.Context);
        Plaintext weight = new CkksEncoder(set.Context).Encode(0.25, set.Meta.GetProperty("weight_scale").GetDouble());
        Assert.Equal(set.Read("w0_scalar_plain.bin"), weight.Save());
        Ciphertext product = evaluator.MultiplyPlain(set.Ciphertext("v0_ct_pk.bin"), weight);
        Assert.Equal(set.Read("v0_mulplain_ct.bin"), product.Save());
        if (set.Has("v0_mulplain_rescaled_ct.bin")) Assert.Equal(set.Read("v0_mulplain_rescaled_ct.bin"), evaluator.RescaleToNext(product).Save());
        else Assert.Throws<CkksMismatchException>(() => evaluator.RescaleToNext(product));   // one data prime: nothing to divide by
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Weighted_sums_are_bit_exact(string name)
    {
        SealSet set = SealSet.Get(name);
        Evaluator evaluator = new(set.Context);
        Ciphertext[] summands = [.. set.Inputs.Select(k => set.Ciphertext($"v{k}_ct_pk.bin"))];
        double[] weights = [.. set.Meta.GetProperty("wsum_weights").EnumerateArray().Take(summands.Length).Select(static w => w.GetDouble())];
        Ciphertext sum = evaluator.WeightedSum(summands, weights, set.Meta.GetProperty("weight_scale").GetDouble());
        bool rescaled = set.Has("wsum_rescaled_ct.bin");
        Assert.Equal(set.Read(rescaled ? "wsum_rescaled_ct.bin" : "wsum_ct.bin"), (rescaled ? evaluator.RescaleToNext(sum) : sum).Save());
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Decoding_SEALs_ciphertexts_gives_what_SEAL_decodes(string name)
    {
        SealSet set = SealSet.Get(name);
        CkksEncoder encoder = new(set.Context);
        Decryptor decryptor = new(set.Context, set.SecretKey);
        foreach (int k in set.Inputs)
        {
            foreach ((string file, string decoded) in new[] { ($"v{k}_ct_pk.bin", $"v{k}_pk_decoded.json"), ($"v{k}_ct_sym_seeded.bin", $"v{k}_sym_decoded.json") })
            {
                double[] seal = set.Numbers(decoded), own = encoder.Decode(decryptor.Decrypt(set.Ciphertext(file)));
                double largest = seal.Max(Math.Abs);
                Assert.Equal(seal.Length, own.Length);
                Assert.InRange(seal.Zip(own, (a, b) => Math.Abs(a - b)).Aggregate(0.0, Math.Max), 0, 1e-12 * largest);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Encoding_differs_from_SEALs_by_at_most_one_per_coefficient(string name)
    {
        SealSet set = SealSet.Get(name);
        CkksEncoder encoder = new(set.Context);
        Dictionary<string, Plaintext> encoded = new(StringComparer.Ordinal)
        {
            ["short_plain.bin"] = encoder.Encode(set.Numbers("short_input.json"), set.Scale),
            ["slot1_plain.bin"] = encoder.Encode([0.0, 1.0], set.Scale),
            ["scalar_pi_plain.bin"] = encoder.Encode(Math.PI, set.Scale),
        };
        foreach (int k in set.Inputs.Where(k => set.Has($"v{k}_plain.bin"))) encoded[$"v{k}_plain.bin"] = encoder.Encode(set.Numbers($"v{k}_input.json"), set.Scale);
        Assert.True(encoded.Count >= 4);
        foreach ((string file, Plaintext own) in encoded)
        {
            Plaintext seal = set.Plaintext(file);
            Assert.Equal(seal.ParmsId, own.ParmsId);
            Assert.Equal(seal.Scale, own.Scale);
            Assert.InRange(LargestDifference(seal, own), 0, file.StartsWith("scalar", StringComparison.Ordinal) ? 0 : 1);
        }
    }

    [Fact]
    public void The_whole_chain_from_a_fixed_seed_is_SEALs_bit_for_bit()
    {
        byte[] seed = [.. Enumerable.Range(0, 64).Select(static i => (byte)i)];
        CkksContext context = new(EncryptionParameters.Load(Det("det_parms.bin")));
        using KeyGenerator generator = new(context, () => new SealSampleSource(seed));
        Assert.Equal(Det("det_sk.bin"), generator.SecretKey.Save());
        PublicKey publicKey = generator.CreatePublicKey();
        Assert.Equal(Det("det_pk.bin"), publicKey.Save());

        double[] input = System.Text.Json.JsonSerializer.Deserialize<double[]>(Det("det_input.json"))!;
        Plaintext plaintext = new CkksEncoder(context).Encode(input, Math.Pow(2, 40));
        Encryptor encryptor = new(context, publicKey, generator.SecretKey, () => new SealSampleSource(seed));
        Assert.Equal(Det("det_ct_pk.bin"), encryptor.Encrypt(plaintext).Save());
        SeededCiphertext seeded = encryptor.EncryptSymmetricSeeded(plaintext);
        Assert.Equal(Det("det_ct_sym_seeded.bin"), seeded.Save());
        Assert.Equal(encryptor.EncryptSymmetric(plaintext).Save(), seeded.Expand().Save());

        static byte[] Det(string file) => SealVectors.Read("primitives", file);
    }

    private static long LargestDifference(Plaintext a, Plaintext b)
    {
        RnsRing ring = a.Level.Ring;
        ulong[] x = a.Data.ToArray(), y = b.Data.ToArray();
        ring.Inverse(x);
        ring.Inverse(y);
        long largest = 0;
        for (int i = 0; i < x.Length; i++)
        {
            ulong q = ring.Moduli[i / ring.N].Value, difference = ring.Moduli[i / ring.N].Subtract(x[i], y[i]);
            largest = Math.Max(largest, (long)Math.Min(difference, q - difference));
        }
        return largest;
    }
}
