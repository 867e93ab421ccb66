using Fed.Crypto.SecAgg;
using Fed.Crypto.Tests.Multiparty;
using Fed.Vectors;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>The ceremony as a whole: what comes out is the sum of the contributors' vectors, to the bit, or nothing.</summary>
public sealed class ProtocolTests
{
    [Theory]
    [InlineData(3, 0, RingWidth.Ring32, 1)]
    [InlineData(3, 1, RingWidth.Ring64, 5)]
    [InlineData(10, 3, RingWidth.Ring32, 4099)]
    [InlineData(10, 0, RingWidth.Ring64, 2051)]
    [InlineData(25, 7, RingWidth.Ring32, 40)]
    [InlineData(101, 1, RingWidth.Ring64, 33)]
    public void With_everybody_there_the_opened_sum_is_the_plain_one(int sites, int colluding, RingWidth ring, int words)
    {
        using Federation federation = new(sites, colluding, ring: ring, words: words);
        Assert.Equal(federation.PlainSum(SiteSet.All(sites)), federation.RunWithout());
    }

    [Fact]
    public void With_real_signatures_and_drop_outs_in_every_phase_the_opened_sum_is_that_of_the_contributors()
    {
        using Federation federation = new(10, 1, 4, signer: static _ => new TestSigner());
        SiteSet contributors = federation.AllBut(0, 3, 8);
        byte[] sum = federation.Run(
            advertised: federation.AllBut(0), sharers: federation.AllBut(0, 3), contributors,
            signers: contributors, helpers: federation.AllBut(0, 3, 8, 9));
        Assert.Equal(federation.PlainSum(contributors), sum);
    }

    [Fact]
    public void On_a_sparse_graph_drop_outs_of_every_phase_leave_the_sum_of_the_contributors()
    {
        using Federation federation = new(101, 1, 4, words: 20);
        Assert.False(federation.Terms.Parameters.IsComplete);
        SiteSet contributors = federation.AllBut(0, 17, 60, 61);
        byte[] sum = federation.Run(federation.AllBut(0), federation.AllBut(0, 17), contributors, contributors, contributors.Except(federation.Set(1)));
        Assert.Equal(federation.PlainSum(contributors), sum);
    }

    /// <summary>Each site leaves before it advertises, shares, contributes, helps, or not at all: 5^4 patterns of four sites, 5^3 of three.</summary>
    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    public void Every_pattern_of_drop_outs_up_to_the_threshold_opens_and_every_other_one_fails_cleanly(int sites, int colluding)
    {
        int opened = 0, failed = 0, patterns = (int)Math.Pow(5, sites);
        using Federation federation = new(sites, colluding, words: 6);
        byte[][] saved = [.. federation.Secrets.Select(static s => s.Save())];
        for (int pattern = 0; pattern < patterns; pattern++)
        {
            int[] phase = [.. Enumerable.Range(0, sites).Select(i => pattern / (int)Math.Pow(5, i) % 5)];
            SiteSet Reached(int least) => federation.Set(Enumerable.Range(0, sites).Where(i => phase[i] >= least));
            (SiteSet advertised, SiteSet sharers, SiteSet contributors, SiteSet helpers) = (Reached(1), Reached(2), Reached(3), Reached(4));
            SecAggParameters parameters = federation.Terms.Parameters;
            bool shouldOpen = contributors.Count >= parameters.ContributorsMin && contributors.Count >= parameters.Signatures && helpers.Count >= parameters.Threshold;
            for (int i = 0; i < sites; i++) federation.Secrets[i] = SiloSecrets.Load(federation.Attempt, saved[i]);   // every pattern finds the sites before their first list
            try
            {
                Assert.Equal(federation.PlainSum(contributors), federation.Run(advertised, sharers, contributors, contributors, helpers));
                Assert.True(shouldOpen);
                opened++;
            }
            catch (RefusedException)
            {
                Assert.False(shouldOpen);
                failed++;
            }
        }
        Assert.Equal(patterns, opened + failed);
        Assert.Equal(sites == 3 ? Opens(3, 3, 2) : Opens(4, 3, 3), opened);
    }

    [Theory]
    [InlineData(5, 1, 4)]
    [InlineData(6, 1, 4)]
    public void Every_set_of_contributors_and_helpers_at_or_above_the_threshold_opens(int sites, int colluding, int threshold)
    {
        using Federation federation = new(sites, colluding, words: 4);
        Assert.Equal(threshold, federation.Terms.Parameters.Threshold);
        byte[][] saved = [.. federation.Secrets.Select(static s => s.Save())];
        for (int left = 0; left < 1 << sites; left++)
        {
            SiteSet contributors = Members(left);
            if (contributors.Count < threshold) continue;
            for (int i = 0; i < sites; i++) federation.Secrets[i] = SiloSecrets.Load(federation.Attempt, saved[i]);
            SiteSet helpers = federation.Set(contributors.Reverse().Take(threshold));
            Assert.Equal(federation.PlainSum(contributors), federation.Run(SiteSet.All(sites), SiteSet.All(sites), contributors, contributors, helpers));
        }

        SiteSet Members(int bits) => federation.Set(Enumerable.Range(0, sites).Where(i => (bits >> i & 1) != 0));
    }

    [Fact]
    public void Secrets_that_are_stored_and_loaded_between_all_steps_give_the_same_answers()
    {
        using Federation once = new(5, 1), restarted = new(5, 1);
        SiteSet all = SiteSet.All(5), contributors = once.AllBut(4);
        (byte[] first, byte[] second) = (Steps(once, static _ => { }), Steps(restarted, Restart));
        Assert.Equal(first, second);

        byte[] Steps(Federation f, Action<Federation> between)
        {
            AdvertList adverts = f.Adverts(all);
            between(f);
            byte[] transcript = [.. all.SelectMany(i => f.Secrets[i].ShareKeys(adverts).Encode(f.Attempt))];
            between(f);
            Dictionary<int, ShareBundle> bundles = f.Share(adverts, all);   // asked for a second time: the same bytes
            Assert.Equal(transcript, all.SelectMany(i => bundles[i].Encode(f.Attempt)).ToArray());
            byte[] masked = [.. contributors.SelectMany(i => f.Masked(i, adverts, all))];
            between(f);
            Assert.Equal(masked, contributors.SelectMany(i => f.Masked(i, adverts, all)).ToArray());
            System.Collections.Immutable.ImmutableArray<ContributorSignature> signatures = f.SignAll(contributors, contributors);
            between(f);
            foreach (ContributorSignature again in f.SignAll(contributors, contributors)) Assert.Contains(signatures, s => s.Site == again.Site && s.List == again.List);
            byte[] shares = [.. contributors.SelectMany(i => f.Secrets[i].Unmask(adverts, f.SharesFor(i, bundles), contributors, signatures, f.Signers[0]).Encode(f.Attempt))];
            between(f);
            return [.. transcript, .. masked, .. shares];
        }

        static void Restart(Federation f)
        {
            for (int i = 0; i < f.Sites; i++)
            {
                byte[] saved = f.Secrets[i].Save();
                f.Secrets[i].Dispose();
                f.Secrets[i] = SiloSecrets.Load(f.Attempt, saved);
                Assert.Equal(saved, f.Secrets[i].Save());
            }
        }
    }

    [Fact]
    public void Other_cryptographic_randomness_changes_every_masked_vector_and_no_sum()
    {
        using Federation one = new(4, seed: 1), two = new(4, seed: 2);
        for (int i = 0; i < 4; i++) one.Vectors[i].CopyTo(two.Vectors[i], 0);
        SiteSet all = SiteSet.All(4);
        (AdvertList first, AdvertList second) = (one.Adverts(all), two.Adverts(all));
        one.Share(first, all);
        two.Share(second, all);
        byte[][] maskedOne = [.. all.Select(i => one.Masked(i, first, all))], maskedTwo = [.. all.Select(i => two.Masked(i, second, all))];
        Assert.All(maskedOne.Zip(maskedTwo), static pair => Assert.NotEqual(pair.First, pair.Second));
        Assert.Equal(one.PlainSum(all), one.RunWithout());
        Assert.Equal(one.PlainSum(all), two.RunWithout());
    }

    // Patterns that open: at least `contributors` sites of phases contributed or helped, at least `helpers` of those helped; the others at any of three earlier phases.
    private static int Opens(int sites, int contributors, int helpers)
    {
        int count = 0;
        for (int c = contributors; c <= sites; c++)
            for (int h = helpers; h <= c; h++) count += (int)(Choose(sites, c) * Choose(c, h) * Math.Pow(3, sites - c));
        return count;
    }

    private static int Choose(int n, int k) => k == 0 ? 1 : Choose(n - 1, k - 1) * n / k;
}
