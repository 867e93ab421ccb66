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
        using CkksSites sites = Made(new CkksPlan(1, 2, 3, level));
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Gamma);
        sites.Steps(Beta).Approve(sites.Context(), Beta, sum.Stated.List);
        Assert.True(sites.Steps(Delta).IsCommitted(sum.Context, Alpha, sum.Commitments[Alpha], new MemoryStream(sum.Uploads[Alpha])));
        Assert.Equal(sites.Steps(Delta).UploadBytes(sum.Context), sum.Uploads[Alpha].Length);
        Assert.Equal(sum.Expected, sum.Challenge().Open());
    }

    [Fact]
    public void Every_holder_and_whoever_leads_come_to_the_same_public_key()
    {
        using CkksSites sites = Made();
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
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        Assert.Equal(sum.Expected, sum.Challenge(Gamma).Open(Gamma));
    }

    /// <summary>Whoever keeps the ciphertexts of a site that is gone cannot show others to openers.</summary>
    [Fact]
    public void A_tampered_upload_of_a_contributor_that_is_gone_opens_nothing()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge(Gamma);
        byte[] upload = sum.Uploads[Gamma];
        foreach (int at in (int[])[100, upload.Length / 2, upload.Length - 100])
        {
            sum.Uploads[Gamma] = [.. upload];
            sum.Uploads[Gamma][at] ^= 1;
            Assert.False(sites.Steps(Delta).IsCommitted(sum.Context, Gamma, sum.Commitments[Gamma], new MemoryStream(sum.Uploads[Gamma])));
            CeremonyException refusal = Assert.Throws<CeremonyException>(() => sum.Share(Alpha, Gamma));
            Assert.Contains("of 'gamma' are not those it had committed to", refusal.Message, StringComparison.Ordinal);
            Assert.Equal(Gamma, refusal.Site);
            Assert.Empty(sites.Stores[Alpha].Names);
        }

        sum.Uploads[Gamma] = upload;
        Assert.Equal(sum.Expected, sum.Open(Gamma));
    }

    /// <summary>A root, a signature and a number: the list of 64 sites has some ten kilobytes, for a vector of any length.</summary>
    [Fact]
    public void A_commitment_has_the_same_bytes_for_short_and_long_vectors()
    {
        using CkksSites sites = Made();
        EncryptionContext context = sites.Context();
        CkksSum sum = sites.Sum(context, Alpha, Beta, Delta);
        Assert.Equal(2, sites.Steps(Alpha).CiphertextsOf(context.Terms));
        Assert.All(sum.Commitments.Values, static commitment => Assert.InRange(commitment.Length, 1, 128));
        Assert.Null(sites.Steps(Alpha).CommittedIn(context, Beta, new byte[500]));
    }

    /// <summary>Under <c>assigned</c> a site fetches of each other's upload the ciphertexts that it adds up again, and the hashes of all; and believes neither.</summary>
    [Fact]
    public void Assigned_ciphertexts_are_read_alone_and_checked_by_the_roots()
    {
        using CkksSites sites = Made(new CkksPlan(0, 2, 3, SumCheckLevel.Assigned));
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge();
        int bytes = sites.Steps(Alpha).CiphertextBytes(sum.Context), tail = sum.Uploads[Alpha].Length - (2 * bytes);
        Assert.Equal(2 * 32, tail);
        BlobParts?[] parts = [.. sum.Stated.Contributors.Select(silo => sites.Steps(silo).AssignedParts(sum.Context, silo, sum.Stated, sum.Given))];
        Assert.Equal(2 * 2, parts.Sum(static part => part?.Records.Length ?? 0));   // two sites for each of two ciphertexts
        foreach (BlobParts part in parts.OfType<BlobParts>()) Assert.Equal((part.Records.Length * bytes) + tail, part.Of(sum.Uploads[Beta]).Length);

        SiloId verifier = sum.Stated.Contributors.First(silo => sites.Steps(silo).AssignedParts(sum.Context, silo, sum.Stated, sum.Given) is not null);
        SiloId other = sum.Stated.Contributors.First(silo => silo != verifier);
        int record = sites.Steps(verifier).AssignedParts(sum.Context, verifier, sum.Stated, sum.Given)!.Value.Records[0];
        byte[] upload = sum.Uploads[other];
        foreach ((int at, string why) in ((int, string)[])[((record * bytes) + 500, "is not the one it had committed to"), (upload.Length - 1, "are not those it had committed to")])
        {
            sum.Uploads[other] = [.. upload];
            sum.Uploads[other][at] ^= 1;
            Assert.False(sites.Steps(Delta).IsCommitted(sum.Context, other, sum.Commitments[other], new MemoryStream(sum.Uploads[other])));
            Assert.Contains(why, Refusal(() => sites.Steps(verifier).Answer(sum.Context, verifier, sum.Stated, sum.Given, sum.Assigned(verifier))), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_partial_sum_of_another_number_of_uploads_than_it_is_said_to_be_is_refused()
    {
        using CkksSites sites = new CkksSites(new CkksPlan(0, 2, 3, SumCheckLevel.Assigned)).MakeKey();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        byte[] two = sum.Part(Alpha, Beta);
        foreach (int said in new[] { 1, 3 })
            Assert.Contains($"{said} expected", Assert.Throws<InvalidDataException>(() => sites.Steps(Alpha).CreateAccumulator(sum.Context).AddPart(new MemoryStream(two), said)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => sites.Steps(Alpha).CreateAccumulator(sum.Context).AddPart(new MemoryStream(sum.Uploads[Alpha]), 1));   // with what lies behind its ciphertexts
        Assert.Throws<InvalidDataException>(() => sites.Steps(Alpha).CreateAccumulator(sum.Context).AddPart(new MemoryStream(two[..^1]), 2));
    }

    /// <summary>An aggregator holds one sum, and of the contribution that it checks or adds one ciphertext; nothing of it stays. Counted on this thread, on which all of it runs.</summary>
    [Theory]
    [InlineData(SumCheckLevel.Fingerprint)]
    [InlineData(SumCheckLevel.Assigned)]
    public void An_aggregator_needs_one_ciphertext_for_each_contribution_beside_the_sum(SumCheckLevel level)
    {
        const int Many = 20;
        using CkksSites sites = Made(new CkksPlan(0, 2, 3, level));
        EncryptionContext context = sites.Context();
        CkksSum sum = sites.Sum(context, Alpha, Beta, Delta, Gamma);
        ICollectiveEncryption steps = sites.Steps(Alpha);
        ISumAccumulator[] accumulators = [.. Enumerable.Range(0, Many).Select(_ => steps.CreateAccumulator(context))];
        Contribute(accumulators[0], Alpha);   // keys and layouts are read once
        Contribute(accumulators[0], Beta);

        long first = Allocated(() => Contribute(accumulators[1], Alpha)), later = Allocated(() =>
        {
            foreach (ISumAccumulator accumulator in accumulators[2..])
            {
                Contribute(accumulator, Beta);
                Contribute(accumulator, Delta);
                Contribute(accumulator, Gamma);
            }
        }) / (3 * (Many - 2));
        int ciphertext = steps.CiphertextBytes(context);
        Assert.InRange(later, 1, (2 * ciphertext) + (64 << 10));   // one to check it, one to add it, and what names and hashes need
        Assert.InRange(first, 1, (2 * ciphertext) + (64 << 10));

        void Contribute(ISumAccumulator accumulator, SiloId silo)
        {
            Assert.True(steps.IsCommitted(context, silo, sum.Commitments[silo], new MemoryStream(sum.Uploads[silo])));
            accumulator.Add(new MemoryStream(sum.Uploads[silo]));
        }

        static long Allocated(Action work)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            work();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>What a restored site encrypts again is what it had encrypted; another attempt or site has nothing in common with it.</summary>
    [Fact]
    public void A_vector_has_one_encryption_in_an_attempt()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta), again = sites.Sum(sites.Context(), Alpha, Beta, Delta), other = sites.Sum(sites.Context(attempt: 2), Alpha, Beta, Delta);
        foreach (SiloId silo in sum.Uploads.Keys)
        {
            Assert.Equal(sum.Uploads[silo], again.Uploads[silo]);
            Assert.NotEqual(sum.Uploads[silo], other.Uploads[silo]);
        }
    }

    [Fact]
    public void Uploads_of_two_earlier_attempts_open_with_those_of_the_present_one()
    {
        using CkksSites sites = Made();
        CkksSum first = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma), second = new(sites, sites.Context(attempt: 2), first.Stated.Contributors, first, [Alpha, Delta, Gamma]);
        CkksSum third = new(sites, sites.Context(attempt: 3), first.Stated.Contributors, second, [Delta, Gamma]);   // beta's is of attempt 1, alpha's of attempt 2
        third.Stated = third.Stated with { Openers = [Delta, Gamma] };
        Assert.Equal(first.Expected, third.Challenge(Alpha, Beta).Open(Alpha, Beta));
    }

    /// <summary>A part of the key that has not come out of its ceremony encrypts nothing.</summary>
    [Fact]
    public void Secrets_of_another_site_or_of_a_key_that_is_not_finished_are_no_secrets_of_this_one()
    {
        using CkksSites sites = Made();
        foreach (byte[] secrets in (byte[][])[sites.Secrets[Beta], [], [1, 2, 3]])
            Assert.ThrowsAny<Exception>(() => sites.Steps(Alpha).Protect(sites.Context(), Alpha, secrets, new MemoryStream(new byte[sites.Schema.Length * sizeof(long)]), null!));
    }

    [Fact]
    public void A_wrong_sum_is_not_opened_at_any_level()
    {
        foreach (SumCheckLevel level in Enum.GetValues<SumCheckLevel>())
        {
            using CkksSites sites = Made(new CkksPlan(1, 2, 3, level));
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
        using CkksSites sites = Made();
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
        using CkksSites sites = Made();
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
        using CkksSites sites = Made();
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
        using CkksSites sites = Made();
        using CkksSites others = new CkksSites().MakeKey();
        EncryptionContext context = sites.Context() with { PublicKey = others.PublicKey };
        Assert.Contains("not the one that was agreed on", Refusal(() => sites.Sum(context, Alpha, Beta, Delta)), StringComparison.Ordinal);
    }

    /// <summary>Another roster is another plan, and another job: what was made for one is of no use in the other, at none of its places.</summary>
    [Fact]
    public void A_key_of_one_roster_serves_no_other()
    {
        using CkksSites sites = Made();
        Actors.Persistence.Digest another = Actors.Persistence.Digest.Of("another roster"u8);
        KeyContext terms = sites.KeyTerms with { Roster = another };
        foreach (KeyStep step in Enum.GetValues<KeyStep>())
            Assert.False(sites.Steps(Alpha).IsAnswer(terms, step, Beta, sites.Answers[step][Beta], sites.Answers), step.ToString());
        Assert.ThrowsAny<Exception>(() => sites.Steps(Alpha).EstablishedKey(terms, sites.Answers));
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Gamma);
        EncryptionContext elsewhere = sum.Context with { Roster = another };
        Assert.Null(sites.Steps(Alpha).CommittedIn(elsewhere, Beta, sum.Commitments[Beta]));
        Assert.Throws<CeremonyException>(() => sites.Steps(Alpha).Approve(elsewhere, Alpha, sum.Stated.List));
        Assert.Throws<CeremonyException>(() => sites.Steps(Alpha).DrawNonce(elsewhere, Alpha, sum.Stated));
    }

    [Fact]
    public void A_bad_share_opens_nothing()
    {
        using CkksSites sites = Made();
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
        using CkksSites sites = Made(new CkksPlan(1, 2, 3, SumCheckLevel.Full, OpeningsPerKey: 5));
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
