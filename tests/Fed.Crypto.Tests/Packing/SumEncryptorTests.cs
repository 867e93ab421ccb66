using System.Collections.Immutable;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.Tests.Packing;

public sealed class SumEncryptorTests : IDisposable
{
    private readonly PackingLayout _layout = PackingLayout.Create(PackingProfile.FastSymmetric, PackedSum.Schema((10, 16), (5, 24)), new PackingJob(8));
    private readonly RlweSecretKey _key = RlweSecretKey.Generate(PackingProfile.FastSymmetric.Ring, SystemEntropy.Instance);

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(3, 32768, "entry 3 of segment 's0' is outside its field: a summand of 16 bits lies within +-32767")]
    [InlineData(9, -32768, "entry 9 of segment 's0' is outside its field: a summand of 16 bits lies within +-32767")]
    [InlineData(14, 1L << 23, "entry 4 of segment 's1' is outside its field: a summand of 24 bits lies within +-8388607")]
    [InlineData(10, long.MinValue, "entry 0 of segment 's1' is outside its field: a summand of 24 bits lies within +-8388607")]
    public void A_value_outside_its_grid_is_refused_by_place_and_nothing_comes_out(int at, long value, string message)
    {
        long[] vector = PackedSum.Vector(_layout.Schema, 1);
        vector[at] = value;
        int written = 0;
        using SumEncryptor encryptor = new(_layout, _key, SystemEntropy.Instance, RingWidth.Ring64, (_, _) => written++);
        byte[] words = PackedSum.Words(vector, RingWidth.Ring64);
        Assert.Equal(message, Assert.Throws<CapacityExceededException>(() => encryptor.Write(words)).Message);
        Assert.Throws<InvalidOperationException>(() => encryptor.Write(words));
        Assert.Throws<InvalidOperationException>(encryptor.Complete);
        Assert.Equal(0, written);
    }

    [Fact]
    public void Words_too_few_too_many_or_cut_are_refused()
    {
        byte[] words = PackedSum.Words(PackedSum.Vector(_layout.Schema, 1), RingWidth.Ring64);
        using SumEncryptor encryptor = new(_layout, _key, SystemEntropy.Instance, RingWidth.Ring64, static (_, _) => { });
        Assert.Throws<ArgumentException>(() => encryptor.Write(words.AsSpan(0, 9)));
        encryptor.Write(words.AsSpan(0, 64));
        Assert.Throws<InvalidOperationException>(encryptor.Complete);
        encryptor.Write(words.AsSpan(64));
        encryptor.Complete();
        Assert.Equal("the vector has 15 entries; 2 more came (Parameter 'words')", Assert.Throws<ArgumentException>(() => encryptor.Write(words.AsSpan(0, 16))).Message);
    }

    /// <summary>Under a public key with b = 0 the first polynomial of zeros is e0 alone, which a real key's b u hides from every other test: it is there, in used and unused coefficients alike.</summary>
    [Fact]
    public void The_first_polynomial_carries_an_error_of_its_own_in_every_coefficient()
    {
        PackingLayout layout = PackingLayout.Create(PackingProfile.SiloThreshold, PackedSum.Schema((30_000, 16)), new PackingJob(8, 8) { UnderPublicKey = true });
        RnsRing ring = layout.Profile.Ring;
        RlwePublicKey bare = new(ring, new byte[32], "test", new ulong[ring.Words]);
        byte[] ciphertext = PackedSum.Encrypt(layout, bare, new long[30_000], entropy: new SeededEntropy(3))[0];
        ulong[] first = new ulong[ring.Words];
        new PackedFormat(layout, bare.Id.AsSpan()).Unpack(ciphertext, 0, first);
        ring.Inverse(first);
        int used = layout.Coefficients;
        Assert.InRange(used, 1000, ring.N - 1000);
        double[] errors = [.. Enumerable.Range(0, ring.N).Select(i => (double)ring.ComposeCentredAt(first, i))];
        foreach (double[] part in (double[][])[errors[..used], errors[used..]])
        {
            Assert.All(part, static e => Assert.InRange(e, -Sampler.ErrorBits, Sampler.ErrorBits));
            Assert.InRange(Fit.Mean(part.Sum(), part.Length, 0, Sampler.ErrorDeviation), 0, Fit.Alarm);
            Assert.InRange(Fit.Mean(part.Sum(static e => e * e), part.Length, 10.5, 10.5 * Math.Sqrt(2)), 0, Fit.Alarm);   // 1e-9 over the seed, each
        }
    }

    [Fact]
    public void A_key_of_another_ring_or_kind_is_refused()
    {
        PackingLayout silo = PackingLayout.Create(PackingProfile.SiloThreshold, _layout.Schema, new PackingJob(8) { UnderPublicKey = true });
        using RlweSecretKey siloSecret = RlweSecretKey.Generate(silo.Profile.Ring, SystemEntropy.Instance);
        RlwePublicKey key = RlwePublicKey.Generate(_key, SystemEntropy.Instance);
        Assert.Equal("the key's ring, N = 4096 with 2 primes, is not that of profile silo-threshold", Refused(() => Encryptor(silo, _key)));
        Assert.Equal("profile silo-threshold is for a collective public key, not for a shared secret one", Refused(() => Encryptor(silo, siloSecret)));
        Assert.Equal("profile silo-threshold is for a collective public key, not for a shared secret one", Refused(() => new SumOpener(silo, siloSecret)));
        Assert.Equal(
            "profile fast-symmetric is for a shared secret key, not for a public one",
            Refused(() => new SumEncryptor(_layout, key, SystemEntropy.Instance, RingWidth.Ring64, static (_, _) => { })));

        static SumEncryptor Encryptor(PackingLayout layout, RlweSecretKey secret) => new(layout, secret, SystemEntropy.Instance, RingWidth.Ring64, static (_, _) => { });
        static string Refused(Func<IDisposable> make) => Assert.Throws<InvalidParametersException>(make).Message;
    }

    [Fact]
    public void A_receiver_that_fails_ends_the_vector()
    {
        using SumEncryptor encryptor = new(_layout, _key, SystemEntropy.Instance, RingWidth.Ring64, static (_, _) => throw new IOException("full"));
        Assert.Throws<IOException>(() => encryptor.Write(PackedSum.Words(PackedSum.Vector(_layout.Schema, 1), RingWidth.Ring64)));
        Assert.Throws<InvalidOperationException>(encryptor.Complete);
    }

    [Fact]
    public void Two_encryptions_of_one_vector_share_no_polynomial()
    {
        long[] vector = PackedSum.Vector(_layout.Schema, 1);
        PackingLayout silo = PackingLayout.Create(PackingProfile.SiloThreshold, _layout.Schema, new PackingJob(8) { UnderPublicKey = true });
        using RlweSecretKey secret = RlweSecretKey.Generate(silo.Profile.Ring, SystemEntropy.Instance);
        RlwePublicKey key = RlwePublicKey.Generate(secret, SystemEntropy.Instance);
        foreach (Func<byte[]> encrypt in (Func<byte[]>[])[() => PackedSum.Encrypt(_layout, _key, vector)[0], () => PackedSum.Encrypt(silo, key, vector)[0]])
        {
            byte[] one = encrypt(), other = encrypt();
            Assert.Equal(one[..PackedFormat.HeaderBytes], other[..PackedFormat.HeaderBytes]);
            Assert.True(Agreement(one, other) < 0.02);
        }

        // Independent bytes agree at one place in 256.
        static double Agreement(byte[] one, byte[] other) => Enumerable.Range(PackedFormat.HeaderBytes, one.Length - PackedFormat.HeaderBytes).Average(i => one[i] == other[i] ? 1.0 : 0.0);
    }

    [Fact]
    public void Seeds_of_seeded_ciphertexts_never_repeat_within_a_vector()
    {
        PackingLayout layout = PackingLayout.Create(PackingProfile.FastSymmetric, PackedSum.Schema((60_000, 16)), new PackingJob(8));
        ImmutableArray<byte[]> ciphertexts = PackedSum.Encrypt(layout, _key, PackedSum.Vector(layout.Schema, 1));
        Assert.Equal(4, ciphertexts.Length);
        Assert.Equal(4, ciphertexts.Select(static c => Convert.ToHexString(c[^AesCtrStream.SeedBytes..])).Distinct().Count());
    }

    [Fact]
    public void Encrypting_and_summing_costs_the_same_memory_for_any_length()
    {
        RlweSecretKey secret = RlweSecretKey.Generate(PackingProfile.SiloThreshold.Ring, SystemEntropy.Instance);
        RlwePublicKey key = RlwePublicKey.Generate(secret, SystemEntropy.Instance);
        Allocated(1_000);   // the first run fills caches
        long one = Allocated(49_152), ten = Allocated(10 * 49_152);
        Assert.InRange(one, 0, 8_000_000);
        Assert.InRange(ten - one, -100_000, 100_000);

        long Allocated(int length)
        {
            PackingLayout layout = PackingLayout.Create(PackingProfile.SiloThreshold, PackedSum.Schema((length, 16)), new PackingJob(64, 64) { UnderPublicKey = true });
            byte[] words = new byte[4 * length];
            long before = GC.GetAllocatedBytesForCurrentThread();
            SumAccumulator sum = new(layout, key.Id.AsSpan());
            byte[] closed = new byte[sum.SumBytes];
            using SumEncryptor encryptor = new(layout, key, SystemEntropy.Instance, RingWidth.Ring32, (_, ciphertext) =>
            {
                sum.Add(ciphertext);
                sum.Add(ciphertext);
                sum.Close(closed);
            });
            encryptor.Write(words);
            encryptor.Complete();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }
}
