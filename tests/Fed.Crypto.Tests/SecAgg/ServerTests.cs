using System.Collections.Immutable;
using Fed.Crypto.SecAgg;
using Fed.Crypto.SecAgg.Sharing;

namespace Fed.Crypto.Tests.SecAgg;

/// <summary>The server's side: who lies is named, a sum opens from any t honest answers, and otherwise not at all.</summary>
public sealed class ServerTests : IDisposable
{
    private readonly Federation _federation = new(6, 1, 2);
    private readonly SiteSet _all = SiteSet.All(6), _contributors;
    private readonly AdvertList _adverts;
    private readonly Dictionary<int, ShareBundle> _bundles;
    private readonly byte[] _sum;
    private readonly UnmaskShares[] _answers;

    public ServerTests()
    {
        _contributors = _federation.AllBut(2);
        _adverts = _federation.Adverts(_all);
        _bundles = _federation.Share(_adverts, _all);
        _sum = _federation.Sum(_contributors.Select(i => _federation.Masked(i, _adverts, _all)).ToArray());
        ImmutableArray<ContributorSignature> signatures = _federation.SignAll(_contributors, _contributors);
        _answers = [.. _contributors.Select(i => _federation.Secrets[i].Unmask(_adverts, _federation.SharesFor(i, _bundles), _contributors, signatures, _federation.Signers[0]))];
    }

    [Fact]
    public void Any_threshold_of_answers_opens_and_one_fewer_does_not()
    {
        for (int without = 0; without < 5; without++)
        {
            using SumUnmasker server = Server();
            foreach (UnmaskShares answer in _answers.Where((_, i) => i != without).Take(3)) Assert.True(server.Add(answer));
            Assert.False(server.IsComplete);
            Assert.Equal(_all, server.Missing);
            Assert.Contains("3 contributors", Assert.Throws<RefusedException>(() => server.Complete()).Message, StringComparison.Ordinal);
            server.Add(_answers.Where((_, i) => i != without).ElementAt(3));
            Assert.True(server.IsComplete);
            Assert.Equal(_federation.PlainSum(_contributors), Open(server));
        }
    }

    [Fact]
    public void Without_the_hashes_of_shares_the_sum_opens_too_and_a_wrong_share_shows_but_names_nobody()
    {
        using (SumUnmasker server = new(_adverts, _all, _contributors))
        {
            foreach (UnmaskShares answer in _answers) Assert.True(server.Add(answer));
            Assert.Equal(_federation.PlainSum(_contributors), Open(server));
        }
        using SumUnmasker deceived = new(_adverts, _all, _contributors);
        UnmaskShare first = _answers[0].Shares[1];
        byte[] wrong = [.. first.Share];
        wrong[33] ^= 1;
        Assert.True(deceived.Add(_answers[0] with { Shares = _answers[0].Shares.SetItem(1, first with { Share = [.. wrong] }) }));
        foreach (UnmaskShares answer in _answers.Skip(1)) deceived.Add(answer);
        Assert.Contains("or a holder lied", Assert.Throws<OpeningInconsistentException>(() => deceived.Complete()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_answer_twice_counts_once()
    {
        using SumUnmasker server = Server();
        for (int i = 0; i < 8; i++) server.Add(_answers[i % 3]);
        Assert.False(server.IsComplete);
        Assert.Equal(3, server.Answered.Count);
    }

    [Fact]
    public void A_share_that_is_not_the_one_dealt_is_laid_to_its_holder_and_the_sum_opens_without_it()
    {
        using SumUnmasker server = Server();
        UnmaskShare first = _answers[0].Shares[1];
        byte[] wrong = [.. first.Share];
        wrong[33] ^= 1;
        Assert.False(server.Add(_answers[0] with { Shares = _answers[0].Shares.SetItem(1, first with { Share = [.. wrong] }) }));
        Assert.Equal([_answers[0].Holder], server.Liars);
        foreach (UnmaskShares answer in _answers.Skip(1)) Assert.True(server.Add(answer));
        Assert.Equal(_federation.PlainSum(_contributors), Open(server));
    }

    [Fact]
    public void A_share_of_the_other_kind_is_not_taken()
    {
        using SumUnmasker server = Server();
        UnmaskShare share = _answers[0].Shares[2];
        Assert.Equal(UnmaskKind.MaskKey, share.Kind);
        Assert.False(server.Add(_answers[0] with { Shares = [share with { Kind = UnmaskKind.SelfMask }] }));
        Assert.Equal([_answers[0].Holder], server.Liars);
    }

    [Fact]
    public void A_site_that_dealt_wrongly_is_named_and_nothing_is_opened()
    {
        // Site 4 deals shares of another seed and gives the right hashes of them: every holder is honest, and what they rebuild is not what it advertised.
        int liar = 4, threshold = _federation.Terms.Parameters.Threshold;
        using Fed.Crypto.Sampling.AesCtrStream stream = Sampling.SeededEntropy.Stream(5);
        using SecretSharing seed = new(Federation.Random(32, 6), threshold, stream), key = new(Federation.Random(32, 7), threshold, stream);
        byte[] Both(int holder)
        {
            byte[] shares = new byte[68];
            seed.ShareOf(holder, shares.AsSpan(0, 34));
            key.ShareOf(holder, shares.AsSpan(34));
            return shares;
        }
        _bundles[liar] = new ShareBundle(liar, [.. _all.Select(holder => SealedShare.Open(_federation.Attempt, liar, holder, Both(holder)))]);
        using SumUnmasker server = Server();
        foreach (UnmaskShares answer in _answers)
            Assert.True(server.Add(answer with { Shares = [.. answer.Shares.Select(s => s.Dealer == liar ? s with { Share = [.. Both(answer.Holder)[..34]] } : s)] }));
        string message = Assert.Throws<OpeningInconsistentException>(() => server.Complete()).Message;
        Assert.Contains(Federation.Name(liar), message, StringComparison.Ordinal);
        Assert.Contains("dealt wrongly", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_for_another_list_or_from_a_site_that_is_not_in_it_are_refused()
    {
        using SumUnmasker server = Server();
        Assert.Contains("no contributor", Assert.Throws<RefusedException>(() => server.Add(_answers[0] with { Holder = 2 })).Message, StringComparison.Ordinal);
        Assert.Contains("other contributors", Assert.Throws<RefusedException>(() => server.Add(_answers[0] with { List = Federation.Plan })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lists_that_cannot_be_opened_are_refused_at_once()
    {
        Assert.Contains("3 contributors", Refused(_bundles.Values, _federation.Set(0, 1, 3)), StringComparison.Ordinal);
        Assert.Contains("dealt no shares", Refused([.. _bundles.Values.Where(static b => b.Dealer != 1)], _contributors), StringComparison.Ordinal);
        AdvertList fewer = _federation.Adverts(_federation.AllBut(5));
        Assert.Contains("advertised no keys", Assert.Throws<RefusedException>(() => new SumUnmasker(fewer, _bundles.Values, _contributors)).Message, StringComparison.Ordinal);

        string Refused(IReadOnlyCollection<ShareBundle> bundles, SiteSet contributors) => Assert.Throws<RefusedException>(() => new SumUnmasker(_adverts, bundles, contributors)).Message;
    }

    [Fact]
    public void A_bundle_that_leaves_a_holder_out_is_refused()
    {
        ShareBundle bundle = _bundles[0];
        bundle.RequireComplete(_adverts);
        Assert.Throws<RefusedException>(() => (bundle with { Shares = bundle.Shares.RemoveAt(3) }).RequireComplete(_adverts));
        Assert.Throws<RefusedException>(() => (bundle with { Shares = bundle.Shares.Add(bundle.Shares[0]) }).RequireComplete(_adverts));
        Assert.Throws<RefusedException>(() => bundle.RequireComplete(_federation.Adverts(_federation.AllBut(5))));
        Assert.Null(bundle.For(17));
    }

    public void Dispose() => _federation.Dispose();

    private SumUnmasker Server() => new(_adverts, _bundles.Values, _contributors);

    private byte[] Open(SumUnmasker server)
    {
        byte[] sum = [.. _sum];
        using MaskStream masks = server.Complete();
        // One mask for each of the 5 contributors, one for each of them with the one that dropped out.
        Assert.Equal(10, masks.Count);
        masks.Apply(0, sum);
        return sum;
    }
}
