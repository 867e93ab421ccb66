using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Xunit;
using static Fed.Host.Tests.Protection.CkksSites;

namespace Fed.Host.Tests.Protection;

/// <summary>The port of a collective key over the library: the key's making, sums to the bit, and what is refused. Every call has a new adapter, as after a restart.</summary>
public sealed class CkksStepsTests
{
    private static readonly SiloId Alpha = All[0], Beta = All[1], Delta = All[2], Gamma = All[3];

    [Theory]
    [InlineData(SumCheckLevel.Fingerprint)]
    [InlineData(SumCheckLevel.Assigned)]
    [InlineData(SumCheckLevel.Full)]
    public void The_opened_sum_is_that_of_the_contributors(SumCheckLevel level)
    {
        using CkksSites sites = new CkksSites(new CkksPlan(1, 2, 3, level)).MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Gamma);
        sites.Steps(Beta).Approve(sites.Context(), Beta, sum.Stated.List);
        Assert.True(sites.Steps(Delta).IsCommitted(sum.Context, Alpha, sum.Commitments[Alpha], new MemoryStream(sum.Uploads[Alpha])));
        Assert.Equal(sites.Steps(Delta).UploadBytes(sum.Context), sum.Uploads[Alpha].Length);
        Assert.Equal(sum.Expected, sum.Challenge().Open());
    }

    [Fact]
    public void Every_holder_and_whoever_leads_come_to_the_same_public_key()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        foreach (SiloId silo in All)
        {
            (Actors.Persistence.Digest id, byte[] bytes) = sites.Steps(silo).PublicKeyOf(sites.KeyTerms, sites.Secrets[silo]);
            Assert.Equal(sites.Key.Id, id);
            Assert.Equal(sites.PublicKey, bytes);
        }
    }

    [Fact]
    public void A_contributor_that_is_gone_is_evaluated_by_the_openers()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        Assert.Equal(sum.Expected, sum.Challenge(Gamma).Open(Gamma));
    }

    /// <summary>An opener never sees the first polynomials; so the coordinator looks at them, before it combines.</summary>
    [Fact]
    public void A_shifted_sum_is_refused_by_the_coordinator()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        sites.Steps(Delta).VerifyRest(sum.Context, sum.Challenge(Gamma).Stated, sum.Whole(Gamma));
        BlobParts seconds = sites.Steps(Delta).OpenerParts(sum.Context)!.Value;
        byte[] shifted = [.. sum.Total];
        shifted[seconds.Offset - 100] ^= 1;   // near the end of the first c0
        sum.State(shifted, sum.Stated.Contributors);
        sites.Steps(Alpha).Verify(sum.Context, Alpha, sum.Stated, sum.Challenge().Evidence());
        Assert.Contains("do not add up", Refusal(() => sites.Steps(Delta).VerifyRest(sum.Context, sum.Stated, sum.Whole())), StringComparison.Ordinal);
    }

    [Fact]
    public void An_opener_needs_less_than_half_of_a_sum()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Gamma);
        Assert.InRange(sum.Challenge().Evidence().Sum.Length, 1, sum.Total.Length / 2);
    }

    [Fact]
    public void A_wrong_sum_is_not_opened_at_any_level()
    {
        foreach (SumCheckLevel level in Enum.GetValues<SumCheckLevel>())
        {
            using CkksSites sites = new CkksSites(new CkksPlan(1, 2, 3, level)).MakeKey();
            CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Gamma);
            CkksSum other = sites.Sum(sites.Context(), Alpha, Beta, Delta);
            sum.State(other.Total, [Alpha, Beta, Gamma]);
            if (level == SumCheckLevel.Assigned) Assert.Throws<CeremonyException>(() => sum.Challenge());
            else Assert.Throws<CeremonyException>(() => sites.Steps(Alpha).Verify(sum.Context, Alpha, sum.Stated, sum.Challenge().Evidence()));
            Assert.Empty(sites.Stores[Alpha].Names);
        }
    }

    [Fact]
    public void Shares_come_out_again_as_the_same_bytes_and_never_for_other_openers_contributors_or_attempts()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge();
        byte[] first = sum.Share(Alpha);
        Assert.Equal(first, sum.Share(Alpha));

        StatedSum stated = sum.Stated;
        sum.Stated = stated with { Openers = [Alpha, Gamma] };
        Assert.Contains("a second one would give the key away", Refusal(() => sum.Challenge().Share(Alpha)), StringComparison.Ordinal);
        sum.Stated = stated;

        CkksSum fewer = sites.Sum(sites.Context(attempt: 2), Alpha, Beta, Delta).Challenge();
        Assert.Contains("other contributors", Refusal(() => fewer.Share(Alpha)), StringComparison.Ordinal);

        // Refusals outlive the bytes, and the key.
        sites.Steps(Alpha).DropShares(new JobId("job"), 2, sites.Stores[Alpha]);
        Assert.Contains("bytes are gone", Refusal(() => sum.Challenge().Share(Alpha)), StringComparison.Ordinal);
        Assert.Contains("other contributors", Refusal(() => fewer.Share(Alpha)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_lost_opener_costs_a_new_encryption_of_those_who_are_there_and_the_set_stays()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge();
        sum.Share(Alpha);   // and beta is lost, with a share of alpha's out
        CkksSum again = new(sites, sites.Context(attempt: 2), sum.Stated.Contributors, sum, [Alpha, Delta, Gamma]);
        Assert.Equal((1, 2), (sites.Steps(Alpha).CommittedIn(again.Context, Beta, again.Commitments[Beta]), sites.Steps(Alpha).CommittedIn(again.Context, Delta, again.Commitments[Delta])));
        again.Stated = again.Stated with { Openers = [Alpha, Delta] };
        Assert.Equal(again.Expected, again.Challenge(Beta).Open(Beta));
    }

    [Fact]
    public void Nothing_is_opened_without_the_own_contribution_or_with_too_few_or_by_another_list()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        StatedSum stated = sum.Stated;
        sum.Stated = stated with { Contributors = [Beta, Delta, Gamma] };
        Assert.Contains("lacks the contribution of 'alpha'", Refusal(() => sites.Steps(Alpha).DrawNonce(sum.Context, Alpha, sum.Stated)), StringComparison.Ordinal);
        sum.Stated = stated with { Contributors = [Alpha, Beta] };
        Assert.Contains("at least 3", Refusal(() => sites.Steps(Alpha).DrawNonce(sum.Context, Alpha, sum.Stated)), StringComparison.Ordinal);
        sum.Stated = stated with { Openers = [Alpha, Beta, Delta] };
        Assert.Contains("exactly 2", Refusal(() => sites.Steps(Alpha).DrawNonce(sum.Context, Alpha, sum.Stated)), StringComparison.Ordinal);
        Assert.Contains("lacks", Refusal(() => sites.Steps(Alpha).Approve(sum.Context, Alpha, stated.List.Remove(Alpha))), StringComparison.Ordinal);
        Assert.Contains("not signed", Refusal(() => sites.Steps(Alpha).Approve(sum.Context, Alpha, stated.List.SetItem(Beta, stated.List[Delta]))), StringComparison.Ordinal);
        Assert.Null(sites.Steps(Alpha).CommittedIn(sites.Context(based: "another"), Beta, stated.List[Beta]));
        Assert.Null(sites.Steps(Alpha).CommittedIn(sum.Context, Beta, stated.List[Delta]));
        Assert.Null(sites.Steps(Alpha).CommittedIn(sum.Context, Beta, new byte[] { 1, 2 }));
        Assert.False(sites.Steps(Alpha).IsCommitted(sum.Context, Beta, stated.List[Beta], new MemoryStream(sum.Uploads[Delta])));
    }

    [Fact]
    public void Another_public_key_than_the_journals_is_not_encrypted_under()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        using CkksSites others = new CkksSites().MakeKey();
        EncryptionContext context = sites.Context() with { PublicKey = others.PublicKey };
        Assert.Contains("not the one that was agreed on", Refusal(() => sites.Sum(context, Alpha, Beta, Delta)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_share_opens_nothing()
    {
        using CkksSites sites = new CkksSites().MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Gamma).Challenge();
        Dictionary<SiloId, byte[]> shares = sum.Stated.Openers.ToDictionary(static silo => silo, silo => sum.Share(silo));
        shares[Beta][1000] ^= 1;
        Assert.Contains("'beta'", Refusal(() => sum.Combine(shares)), StringComparison.Ordinal);
        Assert.Contains("cut off", Refusal(() => sum.Combine(new() { [Alpha] = shares[Alpha], [Beta] = [1, 2] })), StringComparison.Ordinal);
    }

    [Fact]
    public void A_used_up_key_opens_no_more()
    {
        // Two ciphertexts a sum, and two openings that the trials count for.
        using CkksSites sites = new CkksSites(new CkksPlan(1, 2, 3, SumCheckLevel.Full, OpeningsPerKey: 5)).MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Gamma).Challenge();
        Assert.Equal(2, sites.Steps(Alpha).CiphertextsOf(sum.Context.Terms));
        Assert.Equal(sum.Expected, sum.Open());
        CkksSum next = sites.Sum(sites.Context(round: 3), Alpha, Beta, Gamma).Challenge();
        Assert.Contains("used up", Refusal(() => next.Share(Alpha)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_deal_is_named_and_so_is_a_share_that_was_not_committed_to()
    {
        using CkksSites sites = new CkksSites().MakeKey(KeyStep.Confirm);
        sites.Take(KeyStep.Deal, static (_, answers) => answers[Beta][^1000] ^= 1);
        CeremonyException refusal = Assert.Throws<CeremonyException>(() => sites.Take(KeyStep.Trial));
        Assert.Equal(Beta, refusal.Site);

        using CkksSites others = new CkksSites().MakeKey(KeyStep.CommitShare);
        others.Take(KeyStep.RevealShare, static (_, answers) => answers[Delta][100] ^= 1);
        Assert.False(others.Steps(Alpha).IsAnswer(others.KeyTerms, KeyStep.RevealShare, Delta, others.Answers[KeyStep.RevealShare][Delta], others.Answers));
        Assert.Equal(Delta, Assert.Throws<CeremonyException>(() => others.Take(KeyStep.Confirm)).Site);
    }

    [Fact]
    public void A_step_taken_again_from_what_was_stored_before_it_works_on_and_one_out_of_order_does_not()
    {
        foreach (KeyStep step in Enum.GetValues<KeyStep>())
        {
            using CkksSites sites = new CkksSites();
            if (step > KeyStep.Enter) sites.MakeKey(step - 1);
            sites.Take(step, Alpha);   // lost with the process, before anything left
            if (step > KeyStep.CommitSeed) Assert.ThrowsAny<Exception>(() => sites.Steps(Alpha).TakeStep(sites.KeyTerms, step == KeyStep.Accept ? KeyStep.RevealSeed : step + 1, Alpha, sites.Secrets[Alpha], sites.Answers[step - 1]));
            foreach (KeyStep next in Enum.GetValues<KeyStep>().Where(next => next >= step)) sites.Take(next);
            Assert.Equal(4, sites.Answers[KeyStep.Accept].Count);
        }
    }

    private static string Refusal(Action action) => Assert.Throws<CeremonyException>(action).Message;
}
