using System.Buffers.Binary;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.Tests.Sampling;
using Fed.Vectors;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>What a masked vector tells: nothing that statistics could find, and nothing when silos were given different models.</summary>
public sealed class SecrecyTests
{
    private const int Words = 1 << 16;

    public static TheoryData<RingWidth, int> Rings => new() { { RingWidth.Ring32, 0 }, { RingWidth.Ring32, 1 }, { RingWidth.Ring64, 0 }, { RingWidth.Ring64, 2 } };

    /// <summary>Vectors of zeros, ones and small grid values, masked: bytes at each place of a word, and bits, as a uniform source gives them. False alarm per test 1e-9 (<see cref="Fit"/>), seeds fixed.</summary>
    [Theory]
    [MemberData(nameof(Rings))]
    public void Masked_vectors_are_uniform_whatever_is_in_them(RingWidth ring, int filling)
    {
        using Federation federation = new(3, ring: ring, words: Words, seed: 11);
        Fill(federation, filling);
        SiteSet all = SiteSet.All(3);
        AdvertList adverts = federation.Adverts(all);
        federation.Share(adverts, all);
        int wordBytes = RingSum.WordBytes(ring);
        byte[][] masked = [.. all.Select(i => federation.Masked(i, adverts, all))];
        foreach (byte[] vector in masked)
        {
            for (int place = 0; place < wordBytes; place++) Uniformity.Check(Uniformity.Bytes(vector.Where((_, i) => i % wordBytes == place).ToArray()));
            long ones = vector.Sum(static b => (long)System.Numerics.BitOperations.PopCount(b));
            Assert.True(Fit.Count(ones, 8L * vector.Length, 0.5) < Fit.Alarm);
            Assert.True(Fit.Count(vector.Zip(vector.Skip(wordBytes)).LongCount(static pair => (pair.First & 1) == (pair.Second & 1)), vector.Length - wordBytes, 0.5) < Fit.Alarm);
        }
        // The sum of all but one, and the difference of two, are uniform too: only all together give the sum, and that still has the silos' own masks.
        byte[] two = federation.Sum(masked[..2]), three = federation.Sum(masked);
        Uniformity.Check(Uniformity.Bytes(two));
        Uniformity.Check(Uniformity.Bytes(three));
        // The test can fail: the same vectors without masks.
        Assert.True(Uniformity.Deviations(Uniformity.Bytes(federation.Vectors[0])) > Fit.Alarm);
    }

    [Fact]
    public void Masked_vectors_do_not_correlate_with_what_is_in_them()
    {
        using Federation federation = new(3, words: Words, seed: 12);
        Fill(federation, 2);
        SiteSet all = SiteSet.All(3);
        AdvertList adverts = federation.Adverts(all);
        federation.Share(adverts, all);
        int[] plain = Integers(federation.Vectors[0]), masked = Integers(federation.Masked(0, adverts, all));
        Assert.InRange(Correlation(plain, masked), -6 / Math.Sqrt(Words), 6 / Math.Sqrt(Words));
        Assert.True(Correlation(plain, [.. plain.Select(static x => x + 3)]) > 0.99);
    }

    [Fact]
    public void Two_vectors_under_one_mask_would_show_their_difference_and_under_fresh_ones_do_not()
    {
        using Federation first = new(3, words: Words, seed: 13), second = new(3, words: Words, seed: 14);
        Fill(first, 1);
        Fill(second, 0);
        byte[] a = Mask(first), b = Mask(second), difference = [.. a];
        for (int i = 0; i < a.Length; i += 4) BinaryPrimitives.WriteUInt32LittleEndian(difference.AsSpan(i), BinaryPrimitives.ReadUInt32LittleEndian(a.AsSpan(i)) - BinaryPrimitives.ReadUInt32LittleEndian(b.AsSpan(i)));
        Uniformity.Check(Uniformity.Bytes(difference));

        byte[] Mask(Federation federation)
        {
            AdvertList adverts = federation.Adverts(SiteSet.All(3));
            federation.Share(adverts, SiteSet.All(3));
            return federation.Masked(0, adverts, SiteSet.All(3));
        }
    }

    /// <summary>The signature of an advert has the model in it, so such silos refuse each other; this asks what would happen if they did not.</summary>
    [Fact]
    public void Silos_that_were_given_different_models_get_garbage_from_each_other_and_no_leak()
    {
        using Federation honest = new(3, words: Words, seed: 15), deceived = new(3, words: Words, seed: 15, context: Federation.Context(model: Federation.OtherModel));
        Fill(honest, 1);
        Fill(deceived, 1);
        // The same keys and seeds on both sides: only the model differs.
        Assert.Equal(honest.Secrets[0].Advert.MaskKey, deceived.Secrets[0].Advert.MaskKey);
        Assert.Throws<RefusedException>(() => AdvertList.Verify(deceived.Attempt, honest.Secrets.Select(static s => s.Advert), honest.Signers[0]));

        SiteSet all = SiteSet.All(3);
        (AdvertList one, AdvertList two) = (honest.Adverts(all), deceived.Adverts(all));
        Dictionary<int, ShareBundle> bundles = honest.Share(one, all);
        deceived.Share(two, all);
        byte[] sum = honest.Sum([honest.Masked(0, one, all), honest.Masked(1, one, all), deceived.Masked(2, two, all)]);
        // Even with every secret of every site, as the server would rebuild them, what is left is masked.
        using MaskStream own = new(RingWidth.Ring32);
        Span<byte> key = stackalloc byte[32];
        foreach ((Federation f, int site) in new[] { (honest, 0), (honest, 1), (deceived, 2) })
        {
            MaskKeys.OfSite(f.Attempt, site, f.Secrets[site].Memory.Slice(64, 32), key);
            own.Include(key, subtract: true);
        }
        own.Apply(0, sum);
        Uniformity.Check(Uniformity.Bytes(sum));
        // Shares sealed for one model do not open for the other.
        using AgreementKey agreement = new(deceived.Secrets[2].Memory.Slice(32, 32));
        Assert.True(bundles[0].For(2)!.TryOpen(honest.Attempt, agreement, honest.Secrets[0].Advert, stackalloc byte[68]));
        Assert.False(bundles[0].For(2)!.TryOpen(deceived.Attempt, agreement, honest.Secrets[0].Advert, stackalloc byte[68]));
        // The same steps with one model open the sum: the test above can fail.
        Assert.Equal(honest.PlainSum(all), honest.RunWithout());
    }

    [Fact]
    public void Every_field_of_the_context_and_both_names_change_every_key()
    {
        using Federation federation = new(4);
        SecAggContext context = federation.Attempt.Context;
        Hash256 other = Hash256.Of("other"u8);
        SecAggContext[] contexts =
        [
            context, context with { Job = "other" }, context with { Round = 9 }, context with { Sum = "other" }, context with { Attempt = 9 }, context with { Plan = other }, context with { BaseModel = other }, context with { Roster = other },
        ];
        HashSet<string> keys = [];
        byte[] key = new byte[32];
        using AgreementKey agreement = new(federation.Secrets[0].Memory[..32]);
        foreach (SecAggContext c in contexts)
        {
            SecAggAttempt attempt = new(federation.Terms, c);
            foreach (int peer in new[] { 1, 2 })
            {
                // One point under two names: the name is in the key.
                MaskKeys.OfPair(attempt, 0, agreement, federation.Secrets[3].Advert with { Site = peer }, key);
                Assert.True(keys.Add(Convert.ToHexString(key)));
                MaskKeys.OfSite(attempt, peer, new byte[32], key);
                Assert.True(keys.Add(Convert.ToHexString(key)));
            }
        }
    }

    private static void Fill(Federation federation, int filling)
    {
        for (int site = 0; site < federation.Sites; site++)
        {
            byte[] vector = federation.Vectors[site];
            byte[] random = Federation.Random(vector.Length, site);
            int wordBytes = RingSum.WordBytes(federation.Ring);
            for (int i = 0; i < vector.Length; i += wordBytes)
            {
                vector.AsSpan(i, wordBytes).Clear();
                vector[i] = filling switch { 0 => 0, 1 => 1, _ => random[i] };
            }
        }
    }

    private static int[] Integers(byte[] vector) => [.. Enumerable.Range(0, vector.Length / 4).Select(i => BinaryPrimitives.ReadInt32LittleEndian(vector.AsSpan(4 * i)))];

    private static double Correlation(int[] x, int[] y)
    {
        double meanX = x.Average(), meanY = y.Average(), xy = 0, xx = 0, yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }
        return xy / Math.Sqrt(xx * yy);
    }
}
