using Fed.Crypto.Multiparty;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Sampling;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>Deals reach whom they are for, and a part that does not fit is found before the key is used.</summary>
public sealed class SharingTests
{
    private const int Count = 4;
    private readonly TestSigner[] _signers;
    private readonly KeyGenerationParty[] _parties;
    private readonly SharingParty[] _sharing;
    private readonly CollectivePublicKey _key;
    private readonly ShareDeal[] _deals;

    public SharingTests()
    {
        (KeyCeremony ceremony, System.Collections.Immutable.ImmutableArray<TestSigner> signers) = Holders.Terms(Count, 3);
        _signers = [.. signers];
        _parties = [.. _signers.Select((s, i) => new KeyGenerationParty(ceremony, $"site-{i:d2}", s, SystemEntropy.Instance))];
        CeremonyMessage[] confirmations = [.. Holders.Generate(_parties)];
        _key = CollectivePublicKey.Verify(_parties[0].Transcript!, confirmations, _signers[0]);
        _sharing = [.. _parties.Select((p, i) => new SharingParty(p, _key, _signers[i].Agreement, new InMemoryShareLedger(), _signers[i], SystemEntropy.Instance))];
        _deals = [.. _sharing.SelectMany(static s => s.Deal())];
    }

    [Fact]
    public void Any_t_values_of_a_sharing_polynomial_interpolate_to_the_secret_and_fewer_do_not()
    {
        RnsRing ring = _key.Ceremony.Ring;
        using RlweSecretKey secret = RlweSecretKey.Generate(ring, SystemEntropy.Instance);
        using SharingPolynomial polynomial = new(secret, 3, SystemEntropy.Instance);
        foreach (int[] members in (int[][])[[0, 1, 2], [0, 2, 3], [1, 2, 3]])
            Assert.Equal(secret.Evaluations.ToArray(), Interpolate(polynomial, members, _key.Ceremony));
        Assert.NotEqual(secret.Evaluations.ToArray(), Interpolate(polynomial, [0, 1, 2], _key.Ceremony, count: 2));
    }

    /// <summary>Fewer than t values, interpolated as if they were enough, meet the secret in no residue (by chance once in 2^36 polynomials): the polynomial has its full degree, and a single value is not the secret.</summary>
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    public void Fewer_than_t_values_tell_nothing_of_the_secret(int threshold)
    {
        RnsRing ring = _key.Ceremony.Ring;
        using RlweSecretKey secret = RlweSecretKey.Generate(ring, new SeededEntropy(threshold));
        using SharingPolynomial polynomial = new(secret, threshold, new SeededEntropy(20 + threshold));
        for (int known = 1; known <= threshold; known++)
        {
            ulong[] met = LowDegree(polynomial, known, ring);
            Assert.Equal(known == threshold ? ring.Words : 0, met.Zip(secret.Evaluations.ToArray()).Count(static pair => pair.First == pair.Second));
            if (known == threshold) continue;
            double[] spread = [.. met.Select((word, i) => (double)word / ring.Moduli[i / ring.N].Value)];
            Assert.InRange(Fit.Mean(spread.Sum(), spread.Length, 0.5, Math.Sqrt(1 / 12.0)), 0, Fit.Alarm);   // uniform; 1e-9 over the seed
        }
    }

    [Fact]
    public void A_secret_is_gone_once_it_was_dealt() => Assert.All(_parties, static p => Assert.Throws<ObjectDisposedException>(() => p.Secret.Evaluations.Length));

    [Fact]
    public void Missing_double_misdirected_and_damaged_deals_are_refused_and_nothing_is_taken()
    {
        ShareDeal[] mine = For(0);
        Assert.Contains("2 deals", Refusal(() => _sharing[0].Receive(mine[..2])), StringComparison.Ordinal);
        Assert.Contains("a second deal", Refusal(() => _sharing[0].Receive([.. mine, mine[1]])), StringComparison.Ordinal);
        Assert.Contains("reached 'site-00'", Refusal(() => _sharing[0].Receive(For(1))), StringComparison.Ordinal);
        byte[] damaged = mine[0].Sealed.ToArray();
        damaged[500] ^= 1;
        Assert.Contains("not signed", Refusal(() => _sharing[0].Receive([mine[0] with { Sealed = damaged }, .. mine[1..]])), StringComparison.Ordinal);
        _sharing[0].Receive(mine);
        Assert.Contains("once", Refusal(() => _sharing[0].Receive(mine)), StringComparison.Ordinal);
        Assert.Contains("dealt its secret already", Refusal(() => _sharing[0].Deal()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_deal_opens_for_its_receiver_only_and_only_in_its_context()
    {
        byte[] context = [1, 2, 3], secret = [9, 8, 7, 6], opened = new byte[4];
        using System.Security.Cryptography.ECDiffieHellman stranger = System.Security.Cryptography.ECDiffieHellman.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);
        byte[] sealedBytes = DealSeal.Seal(_key.Ceremony.Roster.Parties[1].AgreementKey.AsSpan(), context, secret);
        Assert.True(DealSeal.TryOpen(_signers[1].Agreement, context, sealedBytes, opened));
        Assert.Equal(secret, opened);
        Assert.False(DealSeal.TryOpen(stranger, context, sealedBytes, opened));
        Assert.False(DealSeal.TryOpen(_signers[1].Agreement, [1, 2, 4], sealedBytes, opened));
        for (int i = 0; i < sealedBytes.Length; i++)
        {
            byte[] flipped = [.. sealedBytes];
            flipped[i] ^= 0x40;
            Assert.False(DealSeal.TryOpen(_signers[1].Agreement, context, flipped, opened), $"byte {i}");
            Assert.False(DealSeal.TryOpen(_signers[1].Agreement, context, sealedBytes.AsSpan(0, i), opened), $"length {i}");
        }
    }

    /// <summary>The dealer signs whatever it seals: only the trial shows that the value was wrong.</summary>
    [Fact]
    public void A_wrong_deal_is_found_by_the_trial_of_its_receiver()
    {
        RnsRing ring = _key.Ceremony.Ring;
        byte[] packed = new byte[ResiduePacking.PackedBytes(ring)];
        ulong[] random = new ulong[ring.Words];
        using (AesCtrStream stream = SeededEntropy.Stream(3)) Sampler.Uniform(stream, ring, random);
        ResiduePacking.Pack(ring, random, packed);
        ShareDeal wrong = ShareDeal.Create(_key, 0, 3, packed, _signers[0]);
        for (int i = 0; i < Count - 1; i++) _sharing[i].Receive(For(i));
        _sharing[3].Receive([wrong, .. For(3).Where(static d => d.From != "site-00")]);
        OpeningShare[] shares = Trials();
        Assert.Contains("holds a part that does not fit", Refusal(() => _sharing[1].Complete(shares)), StringComparison.Ordinal);
    }

    [Fact]
    public void Trials_have_every_holder_and_a_key_part_is_handed_over_only_after_all_of_them()
    {
        for (int i = 0; i < Count; i++) _sharing[i].Receive(For(i));
        Assert.Equal(Enumerable.Range(0, Count), _sharing[0].Trials.SelectMany(static t => t.Members).Distinct().Order());
        OpeningShare[] shares = Trials();
        Assert.Contains("are needed", Refusal(() => _sharing[0].Complete(shares[1..])).Replace("is needed", "are needed", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("site-00", _sharing[0].Complete(shares).Name);
        Refusal(() => _sharing[0].Complete(shares));
    }

    [Fact]
    public void A_trial_share_is_repeated_byte_for_byte_and_counts_once()
    {
        for (int i = 0; i < Count; i++) _sharing[i].Receive(For(i));
        Assert.Equal(_sharing[0].Trial(0).Bytes.ToArray(), _sharing[0].Trial(0).Bytes.ToArray());
        Assert.Contains("not in trial 1", Refusal(() => _sharing[0].Trial(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cover_has_everyone_in_sets_of_exactly_t()
    {
        for (int n = 2; n <= 12; n++)
        {
            Roster roster = Roster.Create(Enumerable.Range(0, n).Select(static i => new RosterParty($"p{i:d2}", [(byte)i], [(byte)i])));
            for (int t = 2; t <= n; t++)
            {
                System.Collections.Immutable.ImmutableArray<ActiveSet> sets = ActiveSet.Cover(roster, t);
                Assert.Equal((n + t - 1) / t, sets.Length);
                Assert.All(sets, s => Assert.Equal(t, s.Members.Distinct().Count()));
                Assert.Equal(Enumerable.Range(0, n), sets.SelectMany(static s => s.Members).Distinct().Order());
            }
        }
    }

    private ShareDeal[] For(int to) => [.. _deals.Where(d => d.To == $"site-{to:d2}")];

    private OpeningShare[] Trials() => [.. _sharing[0].Trials.SelectMany((set, trial) => set.Members.Select(m => _sharing[m].ReadTrial(_sharing[m].Trial(trial).Bytes)))];

    private static ulong[] Interpolate(SharingPolynomial polynomial, int[] members, KeyCeremony ceremony, int? count = null)
    {
        RnsRing ring = ceremony.Ring;
        ActiveSet active = ActiveSet.Create(ceremony, members.Select(m => ceremony.Roster.Parties[m].Name));
        ulong[] sum = new ulong[ring.Words], value = new ulong[ring.Words];
        foreach (int member in members.Take(count ?? members.Length))
        {
            polynomial.Evaluate(member, value);
            SharingPolynomial.Scale(ring, value, q => active.Lagrange(member, q));
            ring.Add(sum, value);
        }
        return sum;
    }

    // The value at zero of the polynomial of degree below `count` through the values of the first parties.
    private static ulong[] LowDegree(SharingPolynomial polynomial, int count, RnsRing ring)
    {
        ulong[] sum = new ulong[ring.Words], value = new ulong[ring.Words];
        for (int j = 1; j <= count; j++)
        {
            polynomial.Evaluate(j - 1, value);
            SharingPolynomial.Scale(ring, value, q =>
            {
                ulong factor = 1;
                for (int k = 1; k <= count; k++)
                    if (k != j) factor = q.Multiply(factor, q.Multiply((ulong)k, q.Inverse(q.Reduce((long)(k - j)))));
                return factor;
            });
            ring.Add(sum, value);
        }
        return sum;
    }

    private static string Refusal(Action action) => Assert.Throws<RefusedException>(action).Message;
}
