using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.SecAgg;
using Fed.Crypto.SecAgg.Masks;
using Fed.Crypto.Tests.Multiparty;
using Fed.Crypto.Tests.Sampling;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>What a silo does not do, whoever asks, before and after a restart; and what it makes of others' keys and lists.</summary>
public sealed class RefusalTests : IDisposable
{
    private readonly Federation _federation = new(6, 1, 1);
    private readonly SiteSet _all = SiteSet.All(6);
    private readonly AdvertList _adverts;
    private readonly Dictionary<int, ShareBundle> _bundles;

    public RefusalTests()
    {
        _adverts = _federation.Adverts(_all);
        _bundles = _federation.Share(_adverts, _all);
    }

    public static TheoryData<bool> Restarts => [false, true];

    private SecAggAttempt Attempt => _federation.Attempt;

    [Theory]
    [MemberData(nameof(Restarts))]
    public void A_second_different_list_of_contributors_is_never_signed_nor_answered(bool restart)
    {
        SiteSet signed = _federation.AllBut(5), other = _federation.AllBut(4);
        MaskAll();
        ImmutableArray<ContributorSignature> signatures = _federation.SignAll(signed, signed);
        if (restart) Restart(0);
        Refused("other contributors have been signed", () => Silo.SignContributors(other, _federation.Signers[0]));
        Refused("other contributors have been signed", () => Silo.SignContributors(_all, _federation.Signers[0]));
        Refused("signed another list", () => Unmask(other, signatures));
        Refused("signed another list", () => Unmask(_federation.AllBut(4, 5), signatures));
        Assert.Equal(6, Unmask(signed, signatures).Shares.Length);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void Of_no_peer_are_both_kinds_of_share_given_out(bool restart)
    {
        SiteSet contributors = _federation.AllBut(5);
        MaskAll();
        ImmutableArray<ContributorSignature> signatures = _federation.SignAll(contributors, contributors);
        List<UnmaskShare> given = [.. Unmask(contributors, signatures).Shares];
        if (restart) Restart(0);
        // The server asks again with every list there is.
        for (int bits = 0; bits < 64; bits++)
            try
            {
                given.AddRange(Unmask(_federation.Set(Enumerable.Range(0, 6).Where(i => (bits >> i & 1) != 0)), signatures).Shares);
            }
            catch (RefusedException)
            {
                // as it should be, for every list but one
            }
        Assert.Equal(12, given.Count);
        Assert.All(given.GroupBy(static s => s.Dealer), static peer => Assert.Single(peer.Select(static s => s.Kind).Distinct()));
        Assert.Equal(UnmaskKind.MaskKey, given.First(static s => s.Dealer == 5).Kind);
    }

    [Fact]
    public void Shares_are_given_out_only_for_enough_signatures_of_contributors_over_the_same_lists()
    {
        SiteSet contributors = _federation.AllBut(5);
        MaskAll();
        ImmutableArray<ContributorSignature> signatures = _federation.SignAll(contributors, contributors);
        Assert.Equal(4, _federation.Terms.Parameters.Signatures);
        Refused("0 contributors have signed", () => Unmask(contributors, []));
        Refused("3 contributors have signed", () => Unmask(contributors, signatures[..3]));
        Refused("3 contributors have signed", () => Unmask(contributors, [.. signatures[..3], signatures[0], signatures[1]]));                    // one counts once
        Refused("3 contributors have signed", () => Unmask(contributors, [.. signatures[..3], signatures[3] with { Site = 4 }]));                 // not its own
        Refused("3 contributors have signed", () => Unmask(contributors, [.. signatures[..3], ForList(3, _federation.AllBut(4))]));               // over another list
        Refused("3 contributors have signed", () => Unmask(contributors, [.. signatures[..3], ForList(5, contributors)]));                        // of a site that is not in it
        Refused("3 contributors have signed", () => Unmask(contributors, [.. signatures[..3], ForList(3, contributors, Federation.Context(1))])); // of another attempt
        Assert.Equal(6, Unmask(contributors, signatures[..4]).Shares.Length);

        ContributorSignature ForList(int site, SiteSet list, SecAggContext? context = null)
        {
            SecAggAttempt attempt = context is null ? Attempt : new SecAggAttempt(_federation.Terms, context);
            return ContributorSignature.Sign(attempt, site, ContributorSignature.ListId(attempt, _all, list), _federation.Signers[site]);
        }
    }

    [Fact]
    public void Lists_of_contributors_that_endanger_this_site_are_not_signed()
    {
        Refused("contributed nothing", () => Silo.SignContributors(_all, _federation.Signers[0]));
        using MaskStream masks = Silo.Mask(_adverts, _federation.AllBut(5), _federation.VectorHash(0));
        Refused("contribution is missing", () => Silo.SignContributors(_federation.Set(1, 2, 3, 4), _federation.Signers[0]));
        Refused("dealt no shares", () => Silo.SignContributors(_all, _federation.Signers[0]));
        Refused("3 contributors", () => Silo.SignContributors(_federation.Set(0, 1, 2), _federation.Signers[0]));
        Assert.Null(Silo.Contributors);
        Refused("signed no list", () => Unmask(_federation.AllBut(5), []));
    }

    [Fact]
    public void Contributors_that_fall_apart_on_a_sparse_graph_are_not_signed()
    {
        using Federation sparse = new(101, 1, 4, words: 2);
        SiteSet all = SiteSet.All(101), around = sparse.Terms.Graph.NeighboursOf(50);
        AdvertList adverts = sparse.Adverts(around.Count > 0 ? sparse.Set([.. sparse.Terms.Graph.NeighboursOf(0), 0]) : all);
        sparse.Secrets[0].ShareKeys(adverts);
        using MaskStream masks = sparse.Secrets[0].Mask(adverts, all, sparse.VectorHash(0));
        SiteSet cut = all.Except(around);                                              // site 50 contributes, its neighbours do not
        string message = Assert.Throws<RefusedException>(() => sparse.Secrets[0].SignContributors(cut, sparse.Signers[0])).Message;
        Assert.Contains("fall apart", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mask_is_used_for_one_vector_and_one_list_of_sharers()
    {
        using MaskStream first = Silo.Mask(_adverts, _all, _federation.VectorHash(0)), again = Silo.Mask(_adverts, _all, _federation.VectorHash(0));
        Refused("masks are used once", () => Silo.Mask(_adverts, _all, _federation.VectorHash(1)));
        Refused("masks are used once", () => Silo.Mask(_adverts, _federation.AllBut(5), _federation.VectorHash(0)));
        Restart(0);
        Refused("masks are used once", () => Silo.Mask(_adverts, _all, _federation.VectorHash(1)));
    }

    [Fact]
    public void Too_few_sharers_or_a_list_without_this_site_get_no_masked_vector()
    {
        Refused("missing from the sharers", () => Silo.Mask(_adverts, _federation.AllBut(0), _federation.VectorHash(0)));
        Refused("3 sites have dealt shares", () => Silo.Mask(_adverts, _federation.Set(0, 1, 2), _federation.VectorHash(0)));
        using Federation fewer = new(6, 1, 1);
        AdvertList four = fewer.Adverts(fewer.AllBut(4, 5));
        fewer.Secrets[0].ShareKeys(four);
        Refused("advertised no keys", () => fewer.Secrets[0].Mask(four, _all, fewer.VectorHash(0)));
        Assert.Null(Silo.Sharers);
    }

    [Theory]
    [MemberData(nameof(Restarts))]
    public void Keys_are_shared_for_one_list_of_adverts(bool restart)
    {
        if (restart) Restart(0);
        Refused("other adverts have been answered", () => Silo.ShareKeys(_federation.Adverts(_federation.AllBut(5))));
        Refused("shared with other adverts", () => Silo.Mask(_federation.Adverts(_federation.AllBut(5)), _federation.AllBut(5), _federation.VectorHash(0)));
        using Federation fresh = new(6, 1, 1);
        Refused("shared with nobody yet", () => fresh.Secrets[0].Mask(fresh.Adverts(_all), _all, fresh.VectorHash(0)));
        Refused("3 of the sites that hold shares of this one have advertised", () => fresh.Secrets[0].ShareKeys(fresh.Adverts(fresh.Set(0, 1, 2))));
        Refused("missing from the list", () => fresh.Secrets[0].ShareKeys(fresh.Adverts(fresh.AllBut(0))));
    }

    [Fact]
    public void This_sites_advert_exchanged_for_another_of_its_own_is_noticed()
    {
        using SiloSecrets second = SiloSecrets.Advertise(Attempt, Federation.Name(0), _federation.Signers[0], new SeededEntropy(99));
        AdvertList adverts = AdvertList.Verify(Attempt, [second.Advert, .. Enumerable.Range(1, 5).Select(i => _federation.Secrets[i].Advert)], _federation.Signers[0]);
        Refused("not the one it sent", () => Silo.ShareKeys(adverts));
    }

    [Fact]
    public void Keys_that_are_copied_doubled_or_no_points_of_the_curve_are_refused_even_when_signed()
    {
        SignedAdvert own = _federation.Secrets[0].Advert, other = _federation.Secrets[1].Advert;
        byte[] negative = [.. own.MaskKey];
        Negate(negative);
        Key("stands twice", own.MaskKey);                                              // this site's own
        Key("stands twice", own.ShareKey);
        Key("stands twice", other.ShareKey);                                           // the same for both uses
        Key("stands twice", [.. negative]);                                            // the negative agrees on the same secrets
        Key("no point", [0]);                                                          // infinity
        Key("no point", [4, .. new byte[64]]);
        Key("no point", []);
        Key("no point", other.MaskKey[..64]);
        Key("no point", [.. other.MaskKey, 0]);
        Key("no point", [2, .. other.MaskKey[1..33]]);                                 // compressed
        Key("no point", [6, .. other.MaskKey[1..]]);                                   // hybrid
        Key("no point", other.MaskKey.SetItem(64, (byte)(other.MaskKey[64] ^ 1)));     // off the curve
        Key("no point", [4, .. Convert.FromHexString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"), .. other.MaskKey[33..]]);

        void Key(string why, ImmutableArray<byte> key)
        {
            SignedAdvert advert = Sign(1, [.. key], [.. other.ShareKey]);
            Refused(why, () => AdvertList.Verify(Attempt, [own, advert], _federation.Signers[0]));
        }
    }

    [Fact]
    public void Adverts_that_are_unsigned_doubled_or_of_another_attempt_are_refused()
    {
        using Federation signed = new(4, signer: static _ => new TestSigner());
        ImmutableArray<SignedAdvert> adverts = [.. signed.Secrets.Select(static s => s.Advert)];
        Verify("two adverts", [.. adverts, adverts[2]]);
        Verify("not signed by it", adverts.SetItem(2, adverts[2] with { Signature = adverts[1].Signature }));
        Verify("not signed by it", [adverts[0], adverts[2] with { Site = 1 }]);
        Verify("not signed by it", [adverts[0] with { MaskKey = adverts[1].MaskKey }]);                         // the server's key for the site's
        Verify("not signed by it", [adverts[0] with { SeedCommitment = adverts[1].SeedCommitment }]);
        Verify("roster has 4 sites", [adverts[0] with { Site = 4 }]);
        foreach (SecAggContext other in Contexts())
            Assert.Contains("not signed by it", Assert.Throws<RefusedException>(() => AdvertList.Verify(new SecAggAttempt(signed.Terms, other), adverts, signed.Signers[0])).Message, StringComparison.Ordinal);

        void Verify(string why, IEnumerable<SignedAdvert> list) => Refused(why, () => AdvertList.Verify(signed.Attempt, list, signed.Signers[0]));
    }

    [Fact]
    public void Two_different_contexts_never_have_one_id()
    {
        SecAggContext[] contexts = [Federation.Context(), .. Contexts()];
        Assert.Equal(contexts.Length, contexts.Select(c => new SecAggAttempt(_federation.Terms, c).Id).Distinct().Count());
        using Federation stronger = new(6, 0, 1);
        Assert.NotEqual(Attempt.Id, stronger.Attempt.Id);                               // other thresholds are other terms
        Assert.Throws<InvalidParametersException>(() => new SecAggAttempt(_federation.Terms, Federation.Context() with { Job = "" }));
        Assert.Throws<InvalidParametersException>(() => new SecAggAttempt(_federation.Terms, Federation.Context() with { Sum = new string('x', 257) }));
        Assert.Throws<InvalidParametersException>(() => new SecAggAttempt(_federation.Terms, Federation.Context() with { Round = -1 }));
    }

    [Fact]
    public void Shares_for_others_or_doubled_ones_are_refused_and_damaged_ones_left_out()
    {
        MaskAll();
        ImmutableArray<ContributorSignature> signatures = _federation.SignAll(_all, _all);
        ImmutableArray<SealedShare> mine = _federation.SharesFor(0, _bundles);
        Refused("not for this site", () => Silo.Unmask(_adverts, [_bundles[2].For(1)!], _all, signatures, _federation.Signers[0]));
        Refused("not for this site", () => Silo.Unmask(_adverts, [_bundles[0].For(0)!], _all, signatures, _federation.Signers[0]));
        Refused("two shares", () => Silo.Unmask(_adverts, [mine[0], mine[0]], _all, signatures, _federation.Signers[0]));
        SealedShare[] damaged =
        [
            mine[0] with { Sealed = mine[0].Sealed.SetItem(20, (byte)(mine[0].Sealed[20] ^ 1)) },
            mine[1] with { Dealer = 1, Sealed = mine[0].Sealed },                       // another dealer's ciphertext
            mine[2] with { SeedShare = mine[1].SeedShare },                             // another hash beside it
            mine[3] with { Sealed = [] },
        ];
        UnmaskShares answer = Silo.Unmask(_adverts, [damaged[0], damaged[2], damaged[3], mine[4]], _all, signatures, _federation.Signers[0]);
        Assert.Equal([0, 5], answer.Shares.Select(static s => s.Dealer));
        Assert.Equal([1, 3, 4], Silo.Unreadable(_adverts, [damaged[0], damaged[2], damaged[3], mine[4]]));
        Assert.Equal([2], Silo.Unreadable(_adverts, [_bundles[2].For(1)!]));
        Assert.Equal([0], Silo.Unmask(_adverts, [damaged[1] with { Dealer = 2 }], _all, signatures, _federation.Signers[0]).Shares.Select(static s => s.Dealer));
    }

    [Fact]
    public void Secrets_are_wiped_unprintable_and_gone_after_disposal()
    {
        ReadOnlySpan<byte> memory = Silo.Memory;
        Assert.NotEqual(-1, memory.IndexOfAnyExcept((byte)0));
        Assert.Equal("<redacted>", Silo.ToString());
        UnmaskShare share = new(1, UnmaskKind.SelfMask, [.. new byte[34]]);
        Assert.EndsWith("<redacted>", share.ToString(), StringComparison.Ordinal);
        Silo.Dispose();
        Assert.Equal(-1, memory.IndexOfAnyExcept((byte)0));
        Assert.Throws<ObjectDisposedException>(() => Silo.Save());
        Assert.Throws<ObjectDisposedException>(() => Silo.ShareKeys(_adverts));
        Assert.Throws<ObjectDisposedException>(() => Silo.Mask(_adverts, _all, _federation.VectorHash(0)));
        Assert.Throws<ObjectDisposedException>(() => Silo.SignContributors(_all, _federation.Signers[0]));
        Assert.Throws<ObjectDisposedException>(() => Unmask(_all, []));
        if (!AesNiMaskCipher.IsSupported) return;
        AesNiMaskCipher cipher = new(Federation.Random(32, 1), 0);
        ReadOnlySpan<byte> schedule = cipher.Schedule;
        Assert.NotEqual(-1, schedule.IndexOfAnyExcept((byte)0));
        cipher.Dispose();
        Assert.Equal(-1, schedule.IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void A_site_that_is_not_in_the_roster_or_has_another_key_does_not_advertise()
    {
        Refused("not in the roster", () => SiloSecrets.Advertise(Attempt, "stranger", _federation.Signers[0], new SeededEntropy(1)));
        Refused("another signing key", () => SiloSecrets.Advertise(Attempt, Federation.Name(0), _federation.Signers[1], new SeededEntropy(1)));
    }

    [Fact]
    public void Rosters_with_doubled_or_empty_entries_are_refused()
    {
        SecAggSite[] sites = [.. Enumerable.Range(0, 4).Select(static i => new SecAggSite(Federation.Name(i), [(byte)i]))];
        Assert.Equal(4, SecAggRoster.Create(sites).Count);
        Assert.Throws<InvalidParametersException>(() => SecAggRoster.Create(sites[..2]));
        Assert.Throws<InvalidParametersException>(() => SecAggRoster.Create([.. sites, sites[0]]));
        Assert.Throws<InvalidParametersException>(() => SecAggRoster.Create([.. sites, new SecAggSite("a fifth", [2])]));
        Assert.Throws<InvalidParametersException>(() => SecAggRoster.Create([.. sites, new SecAggSite(" ", [9])]));
        Assert.Throws<InvalidParametersException>(() => SecAggRoster.Create([.. sites, new SecAggSite("a fifth", [])]));
    }

    public void Dispose() => _federation.Dispose();

    private SiloSecrets Silo => _federation.Secrets[0];

    private static IEnumerable<SecAggContext> Contexts()
    {
        SecAggContext context = Federation.Context();
        Hash256 other = Hash256.Of("other"u8);
        return
        [
            context with { Job = "jo", Sum = "btraining" }, context with { Job = "job3" }, context with { Round = 4 }, context with { Sum = "evaluation" }, context with { Attempt = 1 },
            context with { Round = 0, Attempt = 3 }, context with { Plan = other }, context with { BaseModel = other }, context with { Roster = other }, context with { Plan = context.BaseModel, BaseModel = context.Plan },
        ];
    }

    private SignedAdvert Sign(int site, byte[] maskKey, byte[] shareKey) => new SignedAdvert(site, [.. maskKey], [.. shareKey], Federation.Plan, []).SignedBy(Attempt, _federation.Signers[site]);

    private void MaskAll()
    {
        foreach (int site in _all) _federation.Secrets[site].Mask(_adverts, _all, _federation.VectorHash(site)).Dispose();
    }

    private void Restart(int site)
    {
        byte[] saved = _federation.Secrets[site].Save();
        _federation.Secrets[site].Dispose();
        _federation.Secrets[site] = SiloSecrets.Load(Attempt, saved);
    }

    private UnmaskShares Unmask(SiteSet contributors, IEnumerable<ContributorSignature> signatures) =>
        Silo.Unmask(_adverts, _federation.SharesFor(0, _bundles), contributors, signatures, _federation.Signers[0]);

    private static void Negate(byte[] point)
    {
        System.Numerics.BigInteger p = new(Convert.FromHexString("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"), isUnsigned: true, isBigEndian: true);
        System.Numerics.BigInteger y = p - new System.Numerics.BigInteger(point.AsSpan(33), isUnsigned: true, isBigEndian: true);
        point.AsSpan(33).Clear();
        byte[] bytes = y.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(point, 65 - bytes.Length);
        Assert.True(AgreementKey.IsPoint(point));
    }

    private static void Refused(string why, Func<object> step) => Assert.Contains(why, Assert.Throws<RefusedException>(step).Message, StringComparison.Ordinal);
}
