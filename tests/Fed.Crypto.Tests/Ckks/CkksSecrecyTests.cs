using Fed.Crypto.Ckks;

namespace Fed.Crypto.Tests.Ckks;

/// <summary>Keys, randomness and precision.</summary>
public sealed class CkksSecrecyTests
{
    public static TheoryData<string> Sets => SealSet.Names;

    [Fact]
    public void Every_key_and_every_encryption_is_new()
    {
        CkksSetup setup = CkksSetup.Get((4096, [54, 55]));
        Plaintext plaintext = setup.Encoder.Encode(1.0, setup.Scale);
        using KeyGenerator first = new(setup.Context), second = new(setup.Context);
        Assert.NotEqual(first.SecretKey.Save(), second.SecretKey.Save());
        Assert.NotEqual(first.CreatePublicKey().Data(1).ToArray(), first.CreatePublicKey().Data(1).ToArray());
        Assert.NotEqual(setup.Encryptor.Encrypt(plaintext).Data(1).ToArray(), setup.Encryptor.Encrypt(plaintext).Data(1).ToArray());
        Assert.NotEqual(setup.Encryptor.EncryptSymmetric(plaintext).Data(1).ToArray(), setup.Encryptor.EncryptSymmetric(plaintext).Data(1).ToArray());
        Assert.NotEqual(setup.Encryptor.EncryptSymmetricSeeded(plaintext).Seed.Seed.ToArray(), setup.Encryptor.EncryptSymmetricSeeded(plaintext).Seed.Seed.ToArray());
    }

    [Fact]
    public void A_disposed_key_is_zero_and_of_no_use()
    {
        CkksSetup setup = CkksSetup.Get((4096, [54, 55]));
        KeyGenerator keys = new(setup.Context);
        SecretKey key = keys.SecretKey;
        Span<ulong> words = key.Words;
        Assert.Equal("<redacted>", key.ToString());
        keys.Dispose();
        Assert.False(words.ContainsAnyExcept(0UL));
        Assert.Throws<ObjectDisposedException>(() => new Decryptor(setup.Context, key).Decrypt(setup.Encrypt([1.0])));
        Assert.Throws<ObjectDisposedException>(() => key.Save());
        Assert.DoesNotContain("77", setup.Encoder.Encode(77.0, 4).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void Errors_of_own_keys_and_ciphertexts_are_within_twice_those_of_SEAL(string name)
    {
        SealSet set = SealSet.Get(name);
        Func<ISampleSource> samples = SeededSampleSource.Sequence(100);
        using KeyGenerator keys = new(set.Context, samples);
        Encryptor encryptor = new(set.Context, keys.CreatePublicKey(), keys.SecretKey, samples);
        Decryptor decryptor = new(set.Context, keys.SecretKey);
        CkksEncoder encoder = new(set.Context);
        double Seal(string kind) => set.Inputs.Max(k => set.Meta.GetProperty($"v{k}_{kind}_max_err").GetDouble());
        foreach (int k in set.Inputs)
        {
            double[] input = set.Numbers($"v{k}_input.json");
            Plaintext plaintext = encoder.Encode(input, set.Scale);
            Assert.InRange(set.Error(decryptor, encryptor.Encrypt(plaintext), input), 0, 2 * Seal("pk"));
            Assert.InRange(set.Error(decryptor, encryptor.EncryptSymmetric(plaintext), input), 0, 2 * Seal("sym"));
            Assert.InRange(set.Error(decryptor, encryptor.EncryptSymmetricSeeded(plaintext).Expand(), input), 0, 2 * Seal("sym"));
            // Under SEAL's own keys as well.
            Assert.InRange(set.Error(new Encryptor(set.Context, set.PublicKey, null, samples).Encrypt(plaintext), input), 0, 2 * Seal("pk"));
        }
    }

    [Theory]
    [MemberData(nameof(Sets))]
    public void SEALs_ciphertexts_open_with_the_errors_that_SEAL_measured(string name)
    {
        SealSet set = SealSet.Get(name);
        foreach (int k in set.Inputs)
        {
            double[] input = set.Numbers($"v{k}_input.json");
            foreach ((string file, string kind) in new[] { ($"v{k}_ct_pk.bin", "pk"), ($"v{k}_ct_sym_seeded.bin", "sym") })
            {
                double seal = set.Meta.GetProperty($"v{k}_{kind}_max_err").GetDouble();
                Assert.InRange(set.Error(set.Ciphertext(file), input), 0.99 * seal, 1.01 * seal);
            }
        }
    }

    // Under the system's own randomness. A sample variance of N = 4096 errors of variance 10.5 deviates by 0.23, a count of one value in three by 30: the
    // intervals are more than 8 and 7 deviations wide, so a false alarm is rarer than 1e-10.
    [Fact]
    public void Secrets_and_errors_of_the_product_have_their_distributions()
    {
        CkksSetup setup = CkksSetup.Get((4096, [36, 36, 37]));
        using KeyGenerator keys = new(setup.Context);
        long[] secret = Coefficients(setup.Context.KeyContextData, keys.SecretKey.Words);
        for (int value = -1; value <= 1; value++) Assert.InRange(secret.Count(c => c == value), 1365 - 215, 1365 + 215);

        Plaintext plaintext = setup.Encoder.Encode(setup.Numbers(1), setup.Scale);
        Encryptor encryptor = new(setup.Context, keys.CreatePublicKey(), keys.SecretKey);
        Decryptor decryptor = new(setup.Context, keys.SecretKey);
        Assert.InRange(Variance(encryptor.EncryptSymmetric(plaintext)), 8.5, 12.5);
        Assert.InRange(Variance(encryptor.EncryptSymmetricSeeded(plaintext).Expand()), 8.5, 12.5);
        // Rounding by the special prime leaves (1 + 2N/3) / 12 = 228 and next to nothing of e and u.
        Assert.InRange(Variance(encryptor.Encrypt(plaintext)), 160, 320);

        double Variance(Ciphertext ciphertext)
        {
            ulong[] error = decryptor.Decrypt(ciphertext).Data.ToArray();
            plaintext.Level.Ring.Subtract(error, plaintext.Data);
            return Coefficients(plaintext.Level, error).Average(static c => (double)c * c);
        }
    }

    private static long[] Coefficients(ContextData level, ReadOnlySpan<ulong> words)
    {
        ulong[] row = words[..level.Ring.N].ToArray();
        long q = (long)level.Ring.Moduli[0].Value;
        level.Ring.Tables(0).Inverse(row);
        return Array.ConvertAll(row, r => (long)r > q / 2 ? (long)r - q : (long)r);
    }

    [Fact]
    public void Numbers_beyond_64_bits_are_encoded_and_decoded_exactly()
    {
        CkksContext context = new(new EncryptionParameters(8192, CoeffModulus.Create(8192, 60, 60, 60, 38)));
        CkksEncoder encoder = new(context);
        double[] numbers = [1e12, -3.25e11, 0.125, -7];
        double[] decoded = encoder.Decode(encoder.Encode(numbers, Math.ScaleB(1, 120)));
        for (int i = 0; i < numbers.Length; i++) Assert.InRange(decoded[i], numbers[i] - 0.01, numbers[i] + 0.01);   // 53 bits of the largest
        Assert.Equal(-3.5e20, encoder.Decode(encoder.Encode(-3.5e20, Math.ScaleB(1, 90)))[100], 1e6);
    }
}
