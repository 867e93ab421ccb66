using System.Collections.Immutable;
using Fed.Actors.Ports;
using Fed.Actors.Protocol;
using Fed.Actors.Protocol.Job;
using Fed.Actors.Protocol.Key;
using Fed.TestKit.Federation.Ceremony;
using Xunit;
using static Fed.Host.Tests.Protection.CkksSites;

namespace Fed.Host.Tests.Protection;

/// <summary>What every collective encryption gives and refuses. The simulator's toy stands for the library: whatever one of them refuses the other refuses, of the same input, and by the same name.</summary>
public abstract class CollectiveEncryptionSpec
{
    private static readonly SiloId Alpha = All[0], Beta = All[1], Delta = All[2], Gamma = All[3];

    /// <summary>Local steps of their own for one test; null for the library's.</summary>
    private protected abstract ToyCollectiveEncryption? Toy();

    [Theory]
    [InlineData(SumCheckLevel.Fingerprint)]
    [InlineData(SumCheckLevel.Assigned)]
    [InlineData(SumCheckLevel.Full)]
    public void Sums_are_opened_to_the_bit(SumCheckLevel level)
    {
        using CkksSites sites = Made(level);
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        foreach (SiloId silo in sum.Stated.Contributors) sites.Steps(silo).Approve(sum.Context, silo, sum.Stated.List);
        foreach (SiloId silo in sum.Stated.Contributors) Assert.True(sites.Steps(Delta).IsCommitted(sum.Context, silo, sum.Commitments[silo], new MemoryStream(sum.Uploads[silo])));
        Assert.Equal(sites.Steps(Delta).UploadBytes(sum.Context), sum.Uploads[Alpha].Length);
        Assert.Equal(sum.Expected, sum.Challenge().Open());
    }

    /// <summary>A root adds what parts have added: the same bytes, of ciphertexts only, whatever lies behind those of an upload.</summary>
    [Theory]
    [InlineData(SumCheckLevel.Fingerprint)]
    [InlineData(SumCheckLevel.Assigned)]
    public void The_sum_of_partial_sums_is_the_sum_of_the_uploads(SumCheckLevel level)
    {
        using CkksSites sites = Made(level);
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        byte[] first = sum.Part(Alpha, Gamma, Delta), second = sum.Part(Beta);
        Assert.Equal(sites.Steps(Delta).SumBytes(sum.Context), first.Length);
        Assert.Equal(first.Length, second.Length);
        ISumAccumulator root = sites.Steps(Delta).CreateAccumulator(sum.Context);
        root.AddPart(new MemoryStream(second), 1);
        root.AddPart(new MemoryStream(first), 3);
        Assert.Equal(sum.Total, CkksSum.Written(root));
        Assert.Throws<InvalidDataException>(() => sites.Steps(Delta).CreateAccumulator(sum.Context).AddPart(new MemoryStream(first[1..]), 3));
    }

    [Fact]
    public void Holders_and_whoever_leads_have_one_public_key()
    {
        using CkksSites sites = Made();
        foreach (SiloId silo in All)
        {
            (Actors.Persistence.Digest id, byte[] bytes) = sites.Steps(silo).PublicKeyOf(sites.KeyTerms, sites.Secrets[silo]);
            Assert.Equal((sites.Key.Id, sites.Key.PublicKey), (id, Actors.Persistence.Digest.Of(bytes)));
        }
    }

    [Fact]
    public void A_share_comes_out_again_and_there_is_no_second_one_of_a_ciphertext_or_for_other_contributors()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge();
        byte[] first = sum.Share(Alpha);
        Assert.Equal(first, sum.Share(Alpha));
        StatedSum stated = sum.Stated;
        sum.Stated = stated with { Openers = [Alpha, Gamma] };
        Refused("a second one would give the key away", () => sum.Challenge().Share(Alpha));
        sum.Stated = stated;
        CkksSum fewer = sites.Sum(sites.Context(attempt: 2), Alpha, Beta, Delta).Challenge();
        Refused("other contributors", () => fewer.Share(Alpha));
        sites.Steps(Alpha).DropShares(new JobId("job"), 2, sites.Stores[Alpha]);
        Refused("bytes are gone", () => sum.Challenge().Share(Alpha));
        Refused("other contributors", () => fewer.Share(Alpha));
    }

    [Fact]
    public void A_ledger_that_lacks_what_the_journal_has_on_record_makes_no_share()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge();
        sum.Context = sum.Context with { SharesOnRecord = 1 };
        Refused("ledger of shares", () => sum.Share(Alpha));
        sum.Context = sum.Context with { SharesOnRecord = 0 };
        byte[] share = sum.Share(Alpha);
        sum.Context = sum.Context with { SharesOnRecord = 1 };
        Assert.Equal(share, sum.Share(Alpha));
        sum.Context = sum.Context with { SharesOnRecord = 2 };
        Refused("ledger of shares", () => sum.Share(Alpha));
    }

    [Fact]
    public void A_commitment_belongs_to_its_site_sum_base_and_attempt()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(attempt: 2), Alpha, Beta, Delta);
        byte[] commitment = sum.Commitments[Beta];
        ICollectiveEncryption steps = sites.Steps(Alpha);
        Assert.Equal(2, steps.CommittedIn(sum.Context, Beta, commitment));
        Assert.Equal(2, steps.CommittedIn(sites.Context(attempt: 3), Beta, commitment));   // counts again where S is fixed
        Assert.Null(steps.CommittedIn(sites.Context(attempt: 1), Beta, commitment));
        Assert.Null(steps.CommittedIn(sites.Context(attempt: 2, round: 3), Beta, commitment));
        Assert.Null(steps.CommittedIn(sites.Context(attempt: 2, based: "another"), Beta, commitment));
        Assert.Null(steps.CommittedIn(sum.Context with { Job = new JobId("other") }, Beta, commitment));
        Assert.Null(steps.CommittedIn(sum.Context with { Key = sum.Context.Key with { Id = sum.Context.Base } }, Beta, commitment));   // plan and roster are bound through the key, which is made under them
        Assert.Null(steps.CommittedIn(sum.Context, Delta, commitment));
        Assert.Null(steps.CommittedIn(sum.Context, Beta, commitment.AsMemory(0, 2)));
        Assert.Null(steps.CommittedIn(sum.Context, Beta, ReadOnlyMemory<byte>.Empty));
    }

    [Fact]
    public void A_commitment_with_any_byte_changed_is_none()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta);
        for (int at = 0; at < sum.Commitments[Beta].Length; at += 3)
        {
            byte[] changed = [.. sum.Commitments[Beta]];
            changed[at] ^= 1;
            Assert.Null(sites.Steps(Alpha).CommittedIn(sum.Context, Beta, changed));
            Assert.Equal(Beta, Refused("", () => sites.Steps(Alpha).Approve(sum.Context, Alpha, sum.Stated.List.SetItem(Beta, changed))).Site ?? Beta);
        }
    }

    [Fact]
    public void An_upload_with_a_byte_changed_or_of_another_length_is_not_what_was_committed_to()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta);
        byte[] upload = sum.Uploads[Beta];
        bool isCommitted(byte[] bytes) => sites.Steps(Delta).IsCommitted(sum.Context, Beta, sum.Commitments[Beta], new MemoryStream(bytes));
        Assert.True(isCommitted(upload));
        foreach (int at in (int[])[0, upload.Length / 4, upload.Length / 2, (upload.Length / 2) + 1, upload.Length - 1])
        {
            byte[] changed = [.. upload];
            changed[at] ^= 1;
            Assert.False(isCommitted(changed));
        }

        Assert.False(isCommitted(upload[..^1]));
        Assert.False(isCommitted([.. upload, 0]));
        Assert.False(isCommitted(sum.Uploads[Delta]));
        Assert.False(isCommitted([]));
    }

    [Fact]
    public void A_list_needs_the_own_commitment_enough_of_them_and_each_of_its_site()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        ImmutableSortedDictionary<SiloId, ReadOnlyMemory<byte>> list = sum.Stated.List;
        Refused("lacks", () => sites.Steps(Alpha).Approve(sum.Context, Alpha, list.Remove(Alpha)));
        Refused("at least 3", () => sites.Steps(Alpha).Approve(sum.Context, Alpha, list.Remove(Beta).Remove(Gamma)));
        Refused("", () => sites.Steps(Alpha).Approve(sum.Context, Alpha, list.SetItem(Beta, list[Delta])));
    }

    [Fact]
    public void A_sum_needs_the_own_contribution_enough_of_them_the_listed_ones_and_exactly_so_many_openers()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        StatedSum stated = sum.Stated;
        void refused(string why, StatedSum other) => Refused(why, () => sites.Steps(Alpha).DrawNonce(sum.Context, Alpha, other));
        refused("lacks the contribution of 'alpha'", stated with { Contributors = [Beta, Delta, Gamma] });
        refused("at least 3", stated with { Contributors = [Alpha, Beta] });
        refused("", stated with { List = stated.List.Remove(Gamma) });
        refused("exactly 2", stated with { Openers = [Alpha] });
        refused("exactly 2", stated with { Openers = [Alpha, Beta, Delta] });
        refused("", stated with { Openers = [Beta, Delta] });
        refused("", stated with { Statement = stated.Statement[..^1] });
        refused("", stated with { Statement = ReadOnlyMemory<byte>.Empty });
    }

    [Theory]
    [InlineData(SumCheckLevel.Fingerprint)]
    [InlineData(SumCheckLevel.Assigned)]
    [InlineData(SumCheckLevel.Full)]
    public void What_is_not_the_sum_of_the_contributions_is_not_shared(SumCheckLevel level)
    {
        using CkksSites sites = Made(level);
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        byte[] chosen = [.. sum.Total];
        chosen[^12] ^= 1;
        foreach (byte[] other in (byte[][])[sum.Uploads[Beta][..sum.Total.Length], chosen, sites.Sum(sites.Context(attempt: 2), Alpha, Beta, Delta, Gamma).Total])
        {
            sum.State(other, sum.Stated.Contributors);
            Refused("", () => sum.Challenge().Share(Alpha));
        }

        Assert.Empty(sites.Stores[Alpha].Names);
    }

    /// <summary>A share is of the attempt and its contributors: what is shown as the sum when it is asked for is refused, or makes no difference to it.</summary>
    [Fact]
    public void Another_sum_than_was_verified_changes_no_share()
    {
        using CkksSites sites = Made(SumCheckLevel.Assigned);
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge();
        SumEvidence evidence = sum.Evidence();
        byte[] share = sum.Share(Alpha), other = [.. sum.Total];
        other[other.Length / 2] ^= 1;
        MemoryBlob again = new();
        Exception? refused = Record.Exception(() => sites.Steps(Alpha).Share(sum.Context, Alpha, sites.Secrets[Alpha], sum.Stated, evidence with { Sum = new MemoryStream(other) }, sites.Stores[Alpha], again));
        if (refused is null) Assert.Equal(share, again.Bytes);
        else Assert.IsType<CeremonyException>(refused);
        Assert.Equal(share, sum.Share(Alpha));
    }

    [Theory]
    [InlineData(SumCheckLevel.Fingerprint)]
    [InlineData(SumCheckLevel.Assigned)]
    public void Answers_of_contributors_are_their_own_whole_and_about_these_nonces(SumCheckLevel level)
    {
        using CkksSites sites = Made(level);
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge();
        void refused(SumEvidence evidence) => Refused("", () => sites.Steps(Alpha).Verify(sum.Context, Alpha, sum.Stated, evidence));
        SumEvidence whole = sum.Evidence();
        SiloId[] answering = [.. whole.Answers.Keys.Where(silo => level == SumCheckLevel.Fingerprint || sites.Steps(silo).AssignedParts(sum.Context, silo, sum.Stated, sum.Given) is not null)];
        SiloId one = answering[0], two = answering[1];
        refused(whole with { Answers = whole.Answers.Remove(one) });
        refused(whole with { Answers = whole.Answers.SetItem(one, whole.Answers[two]) });
        refused(whole with { Answers = whole.Answers.SetItem(one, whole.Answers[one][..^1]) });
        byte[] changed = whole.Answers[one].ToArray();
        changed[^1] ^= 1;
        refused(whole with { Answers = whole.Answers.SetItem(one, changed) });
        refused(whole with { Nonces = whole.Nonces.Remove(Alpha) });
        refused(whole with { Nonces = whole.Nonces.Remove(Beta) });
        CkksSum other = sites.Sum(sites.Context(attempt: 2), Alpha, Beta, Delta, Gamma).Challenge();
        refused(whole with { Answers = other.Evidence().Answers });
    }

    [Fact]
    public void A_contributor_that_is_gone_is_evaluated_from_what_it_committed_to_and_nothing_else()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma).Challenge(Gamma);
        byte[] upload = sum.Uploads[Gamma];
        foreach (int at in (int[])[8, upload.Length / 2, upload.Length - 8])
        {
            sum.Uploads[Gamma] = [.. upload];
            sum.Uploads[Gamma][at] ^= 1;
            Assert.Equal(Gamma, Refused("of 'gamma' are not those it had committed to", () => sum.Share(Alpha, Gamma)).Site);
        }

        sum.Uploads[Gamma] = upload;
        Assert.Equal(sum.Expected, sum.Open(Gamma));
    }

    [Fact]
    public void A_shifted_sum_is_refused_by_every_opener()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta, Gamma);
        byte[] shifted = [.. sum.Total];
        shifted[^12] ^= 1;
        sum.State(shifted, sum.Stated.Contributors);
        foreach (SiloId opener in sum.Stated.Openers) Refused("do not add up", () => sites.Steps(opener).Verify(sum.Context, opener, sum.Stated, sum.Challenge().Evidence()));
    }

    [Fact]
    public void A_key_opens_as_many_ciphertexts_as_its_plan_says()
    {
        using CkksSites sites = Made(new CkksPlan(1, 2, 3, SumCheckLevel.Full, OpeningsPerKey: 5));   // two for trials, two for one sum
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Gamma).Challenge();
        Assert.Equal(sum.Expected, sum.Open());
        CkksSum next = sites.Sum(sites.Context(round: 3), Alpha, Beta, Gamma).Challenge();
        Refused("used up", () => next.Share(Alpha));
    }

    [Fact]
    public void Shares_that_are_missing_cut_off_not_their_sites_or_of_another_opening_open_nothing()
    {
        using CkksSites sites = Made();
        CkksSum sum = sites.Sum(sites.Context(), Alpha, Beta, Delta).Challenge();
        byte[] alpha = sum.Share(Alpha), beta = sum.Share(Beta);
        Assert.Equal(sum.Expected, sum.Combine(new() { [Alpha] = alpha, [Beta] = beta }));
        Refused("", () => sum.Combine(new() { [Alpha] = alpha }));
        Assert.Equal(Beta, Refused("", () => sum.Combine(new() { [Alpha] = alpha, [Beta] = beta[..2] })).Site);
        Refused("", () => sum.Combine(new() { [Alpha] = alpha, [Beta] = alpha }));
        byte[] changed = [.. beta];
        changed[beta.Length / 3] ^= 1;
        Refused("'beta'", () => sum.Combine(new() { [Alpha] = alpha, [Beta] = changed }));
        CkksSum again = sites.Sum(sites.Context(round: 3), Alpha, Beta, Delta).Challenge();
        Refused("'beta'", () => sum.Combine(new() { [Alpha] = alpha, [Beta] = again.Share(Beta) }));
    }

    [Fact]
    public void Nothing_is_encrypted_under_another_key_than_was_agreed_on()
    {
        using CkksSites sites = Made(), others = Made();
        EncryptionContext context = sites.Context() with { PublicKey = others.PublicKey.Reverse().ToArray() };
        Refused("not the one that was agreed on", () => sites.Sum(context, Alpha, Beta, Delta));
    }

    [Fact]
    public void A_deal_that_does_not_open_and_a_share_that_was_not_committed_to_are_laid_to_who_gave_them()
    {
        using CkksSites sites = new CkksSites(null, Toy()).MakeKey(KeyStep.Confirm);
        sites.Take(KeyStep.Deal, static (_, answers) => answers[Beta][^1] ^= 1);
        Assert.Equal(Beta, Refused("", () => sites.Take(KeyStep.Trial)).Site);

        using CkksSites others = new CkksSites(null, Toy()).MakeKey(KeyStep.CommitShare);
        others.Take(KeyStep.RevealShare, static (_, answers) => answers[Delta][answers[Delta].Length / 3] ^= 1);
        Assert.False(others.Steps(Alpha).IsAnswer(others.KeyTerms, KeyStep.RevealShare, Delta, others.Answers[KeyStep.RevealShare][Delta], others.Answers));
        Assert.Equal(Delta, Refused("", () => others.Take(KeyStep.Confirm)).Site);
    }

    /// <summary>Whoever leads puts one site's answer in the place of another's: no step takes it.</summary>
    [Fact]
    public void Answers_of_one_site_are_not_taken_for_those_of_another()
    {
        foreach (KeyStep step in Enum.GetValues<KeyStep>().Where(static step => step is < KeyStep.Accept and not (KeyStep.Deal or KeyStep.Trial)))
        {
            using CkksSites sites = new CkksSites(null, Toy()).MakeKey(step);
            Assert.False(sites.Steps(Alpha).IsAnswer(sites.KeyTerms, step, Gamma, sites.Answers[step][Delta], sites.Answers));
            sites.Answers[step] = sites.Answers[step].SetItem(Gamma, sites.Answers[step][Delta]);
            Assert.Equal(Gamma, Refused("", () => sites.Take(step + 1, Alpha)).Site ?? Gamma);
        }
    }

    private CkksSites Made(SumCheckLevel level = SumCheckLevel.Fingerprint) => Made(new CkksPlan(1, 2, 3, level));

    private CkksSites Made(CkksPlan plan) => Toy() is { } toy ? new CkksSites(plan, toy).MakeKey() : CkksSites.Made(plan);

    private static CeremonyException Refused(string why, Action action)
    {
        CeremonyException refusal = Assert.Throws<CeremonyException>(action);
        Assert.Contains(why, refusal.Message, StringComparison.Ordinal);
        return refusal;
    }
}

/// <summary>The library behind the port.</summary>
public sealed class CkksStepsConformanceTests : CollectiveEncryptionSpec
{
    private protected override ToyCollectiveEncryption? Toy() => null;
}

/// <summary>The twin of it that whole federations are simulated with.</summary>
public sealed class ToyCollectiveEncryptionTests : CollectiveEncryptionSpec
{
    private static ulong _made;

    private protected override ToyCollectiveEncryption Toy() => new(Interlocked.Increment(ref _made));
}
