using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Fed.Crypto.SecAgg;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.Tests.Multiparty;
using Fed.Crypto.Tests.Sampling;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>
/// Attacks that get a site's update out of purpose-built weak variants, each then run against what is built here: the search of a small seed space (Hellman, IEEE Trans. IT 1980); one number as the pad of a whole vector;
/// a server that exchanges unsigned keys, and one that asks for both secrets of a site that is late (Bonawitz et al., CCS 2017, doi:10.1145/3133956.3133982, on what signatures and double masks are for); and the difference
/// of two sums that differ in one member (the tracker of Denning, Denning and Schwartz, ACM TODS 1979, doi:10.1145/320064.320069; over rounds of training Lam et al., ICML 2021, arXiv 2106.06089).
/// </summary>
public sealed class AttackTests
{
    private const int Words = 64, SeedBits = 16;

    private static readonly uint[] Update = [.. Enumerable.Range(0, Words).Select(static i => (uint)((i * 37 % 200) - 100))];

    /// <summary>A seed of 32 bits is tried out in full by one core in under an hour; the search is the same for the 16 bits that a test has time for.</summary>
    [Fact]
    public void Brute_force_finds_a_small_seed_and_no_mask_of_ours_comes_from_one()
    {
        uint[] weak = WeakMasks.Add(Update, WeakMasks.OfSmallSeed(0xBEEF, Words));
        Assert.Equal(Update, Search(weak));

        using Federation federation = new(3, words: Words);
        Assert.Null(Search(Masked(federation)));
        // And not because of another generator: the masks are AES-CTR words here as there, of keys with 32 bytes of which none repeats over pairs and attempts.
        Assert.Equal(32, MaskCipher.KeyBytes);

        static uint[]? Search(uint[] masked)
        {
            uint[] head = masked[..4];
            for (uint seed = 0; seed < 1u << SeedBits; seed++)
                if (WeakMasks.LooksPlain(WeakMasks.Subtract(head, WeakMasks.OfSmallSeed(seed, 4))) && WeakMasks.Subtract(masked, WeakMasks.OfSmallSeed(seed, Words)) is uint[] found && WeakMasks.LooksPlain(found)) return found;
            return null;
        }
    }

    [Fact]
    public void Under_a_scalar_mask_all_differences_are_plain_and_under_ours_none_is()
    {
        uint[] weak = WeakMasks.Add(Update, WeakMasks.Scalar(0x9E3779B9, Words));
        Assert.Equal(Differences(Update), Differences(weak));
        using Federation federation = new(3, words: Words);
        uint[] masked = Masked(federation);
        Assert.DoesNotContain(Differences(masked).Zip(Differences(Update)), static pair => pair.First == pair.Second);
        Assert.False(WeakMasks.LooksPlain(Differences(masked)));

        static uint[] Differences(uint[] words) => [.. words.Skip(1).Zip(words, static (next, word) => next - word)];
    }

    /// <summary>A server that passes its own keys off as the peers' knows every pair mask; without double masking that is the update.</summary>
    [Fact]
    public void Keys_exchanged_by_the_server_unmask_a_site_where_they_are_unsigned_and_are_refused_here()
    {
        using ECDiffieHellman site = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256), server = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        uint[] masked = WeakMasks.Add(Update, WeakMasks.Expand(site.DeriveKeyFromHash(server.PublicKey, HashAlgorithmName.SHA256), Words));   // the site takes what it is sent
        Assert.Equal(Update, WeakMasks.Subtract(masked, WeakMasks.Expand(server.DeriveKeyFromHash(site.PublicKey, HashAlgorithmName.SHA256), Words)));

        using Federation federation = new(4, signer: static _ => new TestSigner());
        TestSigner stranger = new();
        byte[] scalar = new byte[32];
        AgreementKey.Draw(new SeededEntropy(5), scalar);
        using AgreementKey own = new(scalar);
        ImmutableArray<SignedAdvert> adverts = [.. federation.Secrets.Select(static s => s.Advert)];
        foreach (SignedAdvert forged in new[]
        {
            adverts[1] with { MaskKey = [.. own.Public()] }, adverts[1] with { ShareKey = [.. own.Public()] },
            new SignedAdvert(1, [.. own.Public()], adverts[1].ShareKey, adverts[1].SeedCommitment, []).SignedBy(federation.Attempt, stranger),
        })
            Assert.Throws<RefusedException>(() => AdvertList.Verify(federation.Attempt, adverts.SetItem(1, forged), federation.Signers[0]));
        // Even if a site were brought to take them, its own mask stays: its seed is shared among holders whose share keys would have to be the server's too.
        using Federation deceived = new(4, words: Words);
        ImmutableArray<SignedAdvert> signed =
            [deceived.Secrets[0].Advert, .. Enumerable.Range(1, 3).Select(i => (deceived.Secrets[i].Advert with { MaskKey = [.. Point(i)] }).SignedBy(deceived.Attempt, deceived.Signers[i]))];
        AdvertList list = AdvertList.Verify(deceived.Attempt, signed, deceived.Signers[0]);
        deceived.Secrets[0].ShareKeys(list);
        Put(Update, deceived.Vectors[0]);
        byte[] vector = deceived.Masked(0, list, SiteSet.All(4));
        using MaskStream pairs = new(deceived.Ring);
        byte[] key = new byte[32];
        for (int i = 1; i < 4; i++)
        {
            using AgreementKey known = new(Scalar(i));
            MaskKeys.OfPair(deceived.Attempt, i, known, deceived.Secrets[0].Advert, key);
            pairs.Include(key, subtract: false);                                       // site 0 subtracts the masks of pairs with those after it
        }
        pairs.Apply(0, vector);
        Assert.False(WeakMasks.LooksPlain(WeakMasks.Words(vector)));
        using MaskStream self = new(deceived.Ring);
        MaskKeys.OfSite(deceived.Attempt, 0, deceived.Secrets[0].Memory.Slice(64, 32), key);
        self.Include(key, subtract: true);
        self.Apply(0, vector);
        Assert.Equal(Update, WeakMasks.Words(vector));                                 // the attack is right but for that mask

        static byte[] Point(int i)
        {
            using AgreementKey key = new(Scalar(i));
            return key.Public();
        }

        static byte[] Scalar(int i)
        {
            byte[] scalar = new byte[32];
            AgreementKey.Draw(new SeededEntropy(1000 + i), scalar);
            return scalar;
        }
    }

    /// <summary>Two sums that differ by one site, opened of the same vectors, are that site's update.</summary>
    [Fact]
    public void Sums_over_two_cohorts_give_a_site_away_where_silos_answer_twice_and_are_not_both_opened_here()
    {
        using Federation weak = new(5, words: Words);
        Put(Update, weak.Vectors[4]);
        byte[] five = weak.RunWithout();
        // The weak silo keeps nothing of what it answered: each list meets secrets as they were before.
        using Federation forgetful = new(5, words: Words);
        Put(Update, forgetful.Vectors[4]);
        byte[] four = forgetful.RunWithout(4);
        Assert.Equal(Update, WeakMasks.Subtract(WeakMasks.Words(five), WeakMasks.Words(four)));

        SiteSet all = SiteSet.All(5), less = weak.AllBut(4);
        for (int silo = 0; silo < 4; silo++)
        {
            Assert.Contains("other contributors", Assert.Throws<RefusedException>(() => weak.Secrets[silo].SignContributors(less, weak.Signers[silo])).Message, StringComparison.Ordinal);
            byte[] saved = weak.Secrets[silo].Save();
            using SiloSecrets restarted = SiloSecrets.Load(weak.Attempt, saved);
            Assert.Throws<RefusedException>(() => restarted.SignContributors(less, weak.Signers[silo]));
        }
        Assert.Equal(all, weak.Secrets[0].Contributors);
    }

    /// <summary>With 2t > n + c no way to show different lists to different silos yields both secrets of one, whatever c of them give away. With t = n / 2 it does.</summary>
    [Theory]
    [InlineData(4, 1)]
    [InlineData(5, 1)]
    [InlineData(6, 2)]
    [InlineData(7, 3)]
    public void Different_lists_to_different_silos_open_both_secrets_of_one_below_our_threshold_and_never_at_it(int sites, int colluding)
    {
        int threshold = SecAggParameters.Create(new SecAggDemand(sites, colluding, 0, Fed.Vectors.RingWidth.Ring32)).Threshold;
        Assert.False(BothOpen(threshold));
        Assert.True(BothOpen(threshold - 1));

        // The corrupt give out both shares; each honest silo gives the kind that the list it was shown asks for.
        bool BothOpen(int t)
        {
            for (int shownAsDropped = 0; shownAsDropped <= sites - colluding; shownAsDropped++)
                if (shownAsDropped + colluding >= t && sites - colluding - shownAsDropped + colluding >= t) return true;
            return false;
        }
    }

    /// <summary>A late vector of a site that was counted as gone: its key has been rebuilt, so single masking leaves nothing on it.</summary>
    [Fact]
    public void A_late_vector_of_a_site_that_was_counted_as_dropped_stays_masked()
    {
        using Federation federation = new(4, words: Words);
        Put(Update, federation.Vectors[3]);
        SiteSet all = SiteSet.All(4);
        AdvertList adverts = federation.Adverts(all);
        federation.Share(adverts, all);
        byte[] late = federation.Masked(3, adverts, all);
        // The server has rebuilt the mask key of site 3 and knows every pair mask of it.
        using AgreementKey rebuilt = new(federation.Secrets[3].Memory[..32]);
        using MaskStream pairs = new(federation.Ring);
        byte[] key = new byte[32];
        for (int i = 0; i < 3; i++)
        {
            MaskKeys.OfPair(federation.Attempt, 3, rebuilt, adverts[i], key);
            pairs.Include(key, subtract: true);                                        // site 3 adds the masks of pairs with those before it
        }
        pairs.Apply(0, late);
        Assert.False(WeakMasks.LooksPlain(WeakMasks.Words(late)));
        using MaskStream self = new(federation.Ring);
        MaskKeys.OfSite(federation.Attempt, 3, federation.Secrets[3].Memory.Slice(64, 32), key);
        self.Include(key, subtract: true);
        self.Apply(0, late);
        Assert.Equal(Update, WeakMasks.Words(late));
    }

    private static uint[] Masked(Federation federation)
    {
        Put(Update, federation.Vectors[0]);
        SiteSet all = SiteSet.All(federation.Sites);
        AdvertList adverts = federation.Adverts(all);
        federation.Share(adverts, all);
        return WeakMasks.Words(federation.Masked(0, adverts, all));
    }

    private static void Put(uint[] words, byte[] vector)
    {
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(vector.AsSpan(4 * i), words[i]);
    }
}
