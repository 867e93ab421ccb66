using System.Collections.Immutable;
using Fed.Crypto.SecAgg;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>One encoding for each message; what is damaged, of another attempt, kind or version is refused.</summary>
public sealed class WireTests
{
    private static readonly Messages All = new();

    public static TheoryData<string> Kinds => [.. All.Names];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_was_written_is_read_back_and_written_the_same(string kind) => Assert.Equal(All.Bytes(kind), All.Reencode(kind, All.Bytes(kind)));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Truncated_and_extended_messages_are_refused(string kind)
    {
        byte[] bytes = All.Bytes(kind);
        for (int length = 0; length < bytes.Length; length++) Assert.Throws<SecAggFormatException>(() => All.Reencode(kind, bytes.AsSpan(0, length)));
        Assert.Throws<SecAggFormatException>(() => All.Reencode(kind, [.. bytes, 0]));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Another_magic_version_or_kind_is_refused(string kind)
    {
        Refused("not 'FSA'", 0);
        Refused("version 2; this library reads version 1", 3);
        Refused("of kind", 4);

        void Refused(string why, int at)
        {
            byte[] bytes = [.. All.Bytes(kind)];
            bytes[at] += (byte)(at == 3 ? 1 : 32);
            Assert.Contains(why, Assert.Throws<SecAggFormatException>(() => All.Reencode(kind, bytes)).Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_other_bit_gives_another_message_or_a_refusal(string kind)
    {
        byte[] bytes = All.Bytes(kind);
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            byte[] damaged = [.. bytes];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Assert.Equal(damaged, All.Reencode(kind, damaged));   // no two encodings of one message
                Assert.NotEqual("silo secrets", kind);                // these know when they are damaged
            }
            catch (SecAggFormatException)
            {
                // as well
            }
        }
    }

    [Theory]
    [InlineData("advert")]
    [InlineData("share bundle")]
    [InlineData("sealed share")]
    [InlineData("contributor signature")]
    [InlineData("unmask shares")]
    [InlineData("silo secrets")]
    public void A_message_of_another_attempt_is_refused(string kind) =>
        Assert.Contains("another attempt", Assert.Throws<SecAggFormatException>(() => All.Reencode(kind, All.Bytes(kind), new SecAggAttempt(All.Federation.Terms, Federation.Context(1)))).Message, StringComparison.Ordinal);

    [Fact]
    public void Places_beyond_the_roster_lists_out_of_order_and_holders_that_are_none_are_refused()
    {
        SecAggAttempt attempt = All.Federation.Attempt;
        ShareBundle bundle = All.Bundle;
        Refused("at most 4", () => SignedAdvert.Decode(attempt, (All.Federation.Secrets[0].Advert with { Site = 5 }).Encode(attempt)));
        Refused("ascending", () => ShareBundle.Decode(attempt, (bundle with { Shares = [bundle.Shares[1], bundle.Shares[0]] }).Encode(attempt)));
        Refused("ascending", () => ShareBundle.Decode(attempt, (bundle with { Shares = [bundle.Shares[1], bundle.Shares[1]] }).Encode(attempt)));
        UnmaskShares answer = All.Answer;
        Refused("ascending", () => UnmaskShares.Decode(attempt, (answer with { Shares = [answer.Shares[1], answer.Shares[1]] }).Encode(attempt)));
        Refused("kind 3", () => UnmaskShares.Decode(attempt, (answer with { Shares = [answer.Shares[1] with { Kind = (UnmaskKind)3 }] }).Encode(attempt)));
        byte[] modulus = [3, .. Enumerable.Repeat((byte)255, 32), 253];
        Refused("below the field's prime", () => UnmaskShares.Decode(attempt, (answer with { Shares = [answer.Shares[1] with { Share = [.. modulus] }] }).Encode(attempt)));
        byte[] set = SiteSet.Of(5, [1]).Encode();
        set[^1] |= 32;
        Refused("beyond the roster", () => SiteSet.Decode(5, set));
        Refused("the roster has 6", () => SiteSet.Decode(6, SiteSet.Of(5, [1]).Encode()));

        using Federation sparse = new(101, 1, 4, words: 2);
        int stranger = Enumerable.Range(1, 100).First(i => !sparse.Terms.Graph.NeighboursOf(0).Contains(i));
        SealedShare share = new(0, stranger, Federation.Plan, Federation.Plan, [.. new byte[SealedShare.SealedBytes]], []);
        Refused("holds no shares", () => SealedShare.Decode(sparse.Attempt, share.Encode(sparse.Attempt)));

        static void Refused(string why, Func<object> read) => Assert.Contains(why, Assert.Throws<SecAggFormatException>(read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Stored_secrets_whose_lists_were_removed_are_refused()
    {
        // Cutting the lists off by hand, so that a silo would forget what it answered: the checksum knows.
        byte[] bytes = [.. All.Bytes("silo secrets")];
        int pins = Array.LastIndexOf(bytes, (byte)3, bytes.Length - 32 - 3);
        Assert.True(pins > 0);
        byte[] forgetful = [.. bytes[..pins], 0, .. bytes[^32..]];
        Assert.Throws<SecAggFormatException>(() => All.Reencode("silo secrets", forgetful));
    }

    [Fact]
    public void A_site_set_is_a_set()
    {
        SiteSet a = SiteSet.Of(70, [0, 7, 8, 69]), b = SiteSet.Of(70, [69, 8, 7, 7, 0]);
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.True(a.Equals((object)b));
        Assert.Equal([0, 7, 8, 69], a);
        Assert.Equal(4, a.Count);
        Assert.False(a.Contains(-1) || a.Contains(70) || a.Contains(1));
        Assert.Equal(SiteSet.Of(70, [7]), a.Intersect(SiteSet.Of(70, [7, 9])));
        Assert.True(SiteSet.Of(70, [7]).IsSubsetOf(a) && !SiteSet.Of(70, [9]).IsSubsetOf(a));
        Assert.NotEqual(a, SiteSet.Of(71, [0, 7, 8, 69]));
        Assert.Throws<ArgumentOutOfRangeException>(() => SiteSet.Of(70, [70]));
        Assert.Throws<ArgumentException>(() => a.Intersect(SiteSet.All(71)));
        Assert.Equal("4 of 70 sites", a.ToString());
    }
}

/// <summary>One valid message of each kind, and how it is read.</summary>
internal sealed class Messages
{
    private readonly Dictionary<string, byte[]> _bytes = new(StringComparer.Ordinal);

    public Messages()
    {
        Federation = new Federation(5, 1);
        SiteSet all = SiteSet.All(5), contributors = Federation.AllBut(4);
        SecAggAttempt attempt = Federation.Attempt;
        AdvertList adverts = Federation.Adverts(all);
        Dictionary<int, ShareBundle> bundles = Federation.Share(adverts, all);
        foreach (int site in contributors) Federation.Masked(site, adverts, all);
        ImmutableArray<ContributorSignature> signatures = Federation.SignAll(contributors, contributors);
        Bundle = bundles[1];
        Answer = Federation.Secrets[0].Unmask(adverts, Federation.SharesFor(0, bundles), contributors, signatures, Federation.Signers[0]);
        GraphNonce nonce = new(3, Federation.Plan);
        _bytes["advert"] = Federation.Secrets[2].Advert.Encode(attempt);
        _bytes["share bundle"] = Bundle.Encode(attempt);
        _bytes["sealed share"] = Bundle.For(0)!.Encode(attempt);
        _bytes["contributor signature"] = signatures[1].Encode(attempt);
        _bytes["unmask shares"] = Answer.Encode(attempt);
        _bytes["silo secrets"] = Federation.Secrets[0].Save();
        _bytes["site set"] = contributors.Encode();
        _bytes["graph nonce"] = nonce.Encode();
        _bytes["graph commitment"] = nonce.Commit("job", Federation.Terms.Roster, Federation.Signers[3]).Encode();
    }

    public Federation Federation { get; }

    public ShareBundle Bundle { get; }

    public UnmaskShares Answer { get; }

    public IEnumerable<string> Names => _bytes.Keys;

    public byte[] Bytes(string kind) => _bytes[kind];

    public byte[] Reencode(string kind, ReadOnlySpan<byte> bytes, SecAggAttempt? of = null)
    {
        SecAggAttempt attempt = of ?? Federation.Attempt;
        SecAggRoster roster = Federation.Terms.Roster;
        switch (kind)
        {
            case "advert": return SignedAdvert.Decode(attempt, bytes).Encode(attempt);
            case "share bundle": return ShareBundle.Decode(attempt, bytes).Encode(attempt);
            case "sealed share": return SealedShare.Decode(attempt, bytes).Encode(attempt);
            case "contributor signature": return ContributorSignature.Decode(attempt, bytes).Encode(attempt);
            case "unmask shares": return UnmaskShares.Decode(attempt, bytes).Encode(attempt);
            case "site set": return SiteSet.Decode(roster.Count, bytes).Encode();
            case "graph nonce": return GraphNonce.Decode(roster, bytes).Encode();
            case "graph commitment": return GraphCommitment.Decode(roster, bytes).Encode();
            default:
                using (SiloSecrets secrets = SiloSecrets.Load(attempt, bytes)) return secrets.Save();
        }
    }
}
