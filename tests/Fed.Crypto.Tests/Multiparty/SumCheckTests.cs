using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Tests.Packing;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>Only the sum of what was contributed is opened, at each of the three levels.</summary>
public sealed class SumCheckTests
{
    private static readonly Lazy<Holders> Shared = new(static () => Holders.Make(4, 2));
    private static int _rounds;
    private readonly Holders _holders = Shared.Value;
    private readonly Round _sum;
    private readonly ActiveSet _active;

    public SumCheckTests()
    {
        _sum = new Round(_holders, [0, 1, 2, 3], new SumRound("job", Interlocked.Increment(ref _rounds), "training", 0), length: 15_000, seed: _rounds);
        _active = _holders.Active(1, 2);
    }

    [Fact]
    public void An_honest_sum_passes_at_every_level_and_opens()
    {
        long[] values = new long[_sum.Layout.Schema.Length];
        (SumCheck[] checks, OpenerNonce[] nonces) = Begin(_sum.Statement);
        SumChallenge challenge = SumChallenge.Join(_sum.Statement, _active, nonces, _holders.Signers[0]);
        VerifiedSum byFingerprints = checks[0].ByFingerprints(nonces, Fingerprints(challenge), Round.Memory(_sum.Sums));
        VerifiedSum byAssignment = checks[1].ByAssignment(nonces, 1, Attestations(challenge, 1));
        for (int index = 0; index < _sum.Sums.Length; index++)
        {
            (int first, int count) = _sum.Layout.ValuesOf(index);
            OpeningShare[] shares = [_holders.All[1].Share(byFingerprints, index), _holders.All[2].Share(byAssignment, index)];
            _sum.Opening(_active).Open(index, _sum.Sums[index], shares, values.AsSpan(first, count));
        }
        Assert.Equal(_sum.Expected, values);
        Assert.Equal(SumVerification.Full, _sum.Full(1, _active).Level);
    }

    /// <summary>One residue, modulo one prime, is off by one.</summary>
    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 8191)]
    [InlineData(1, 4096)]
    public void A_sum_that_is_wrong_in_one_residue_is_refused_at_every_level(int ciphertext, int word) =>
        AssertRefused(Changed(_sum.Sums, ciphertext, (ring, words) => words[word] = ring.Moduli[word / ring.N].Add(words[word], 1)));

    [Fact]
    public void A_site_that_is_gone_is_evaluated_from_its_ciphertexts_and_no_others()
    {
        (SumCheck[] checks, OpenerNonce[] nonces) = Begin(_sum.Statement);
        SumFingerprint[] others = Fingerprints(SumChallenge.Join(_sum.Statement, _active, nonces, _holders.Signers[0]))[..3];
        Verify(_sum.Ciphertexts["site-03"]);
        Assert.Contains("of 'site-03' are not those it had committed to", Refusal(() => Verify(_sum.Ciphertexts["site-02"])), StringComparison.Ordinal);

        void Verify(ImmutableArray<byte[]> gone) =>
            checks[0].ByFingerprints(nonces, others, Round.Memory(_sum.Sums), new Dictionary<string, IEnumerable<ReadOnlyMemory<byte>>> { ["site-03"] = Round.Memory(gone) });
    }

    [Fact]
    public void The_ciphertext_of_one_site_in_the_place_of_the_sum_is_refused_at_every_level()
    {
        byte[] single = [.. _sum.Sums[0]];
        _sum.Ciphertexts[_holders.NameOf(3)][0].AsSpan(PackedFormat.HeaderBytes).CopyTo(single.AsSpan(PackedFormat.HeaderBytes));
        AssertRefused(_sum.Sums.SetItem(0, single));
    }

    [Fact]
    public void A_sum_without_this_site_or_with_too_few_or_of_another_round_is_refused_before_anything_else()
    {
        Contribution[] all = [.. _sum.Contributions];
        Hash256[] hashes = [.. _sum.Statement.Sums];
        Assert.Contains("lacks the contribution of 'site-01'", Refusal(() => _sum.Begin(1, _active, new SumStatement(_sum.Id, _sum.Layout, all.Where(c => c.Party != "site-01"), hashes))), StringComparison.Ordinal);
        Assert.Contains("1 contributions", Refusal(() => _sum.Begin(1, _active, new SumStatement(_sum.Id, _sum.Layout, all.Where(c => c.Party == "site-01"), hashes))), StringComparison.Ordinal);
        Assert.Contains("takes part in", Refusal(() => _sum.Begin(1, _active, new SumStatement(_sum.Id with { Attempt = 1 }, _sum.Layout, all, hashes))), StringComparison.Ordinal);
        Assert.Contains("not in the active set", Refusal(() => _sum.Begin(3, _active)), StringComparison.Ordinal);
        ActiveSet foreign = ActiveSet.Create(Holders.Terms(4, 2).Ceremony, ["site-01", "site-02"]);   // the same names, other keys
        Assert.Contains("of other holders than the key", Refusal(() => _sum.Begin(1, foreign)), StringComparison.Ordinal);
        SumStatement relabelled = new(_sum.Id, Round.LayoutOf(_holders, 15_000, job: new PackingJob(5, 4) { OpeningsPerKey = _holders.Ceremony.OpeningsInAll }), all, hashes);
        Assert.Contains("under another key or layout", Refusal(() => _sum.Begin(1, _active, relabelled)), StringComparison.Ordinal);
        Assert.Contains("twice in the sum", Refusal(() => _sum.Begin(1, _active, new SumStatement(_sum.Id, _sum.Layout, [.. all, all[0]], hashes))), StringComparison.Ordinal);
    }

    /// <summary>A site in league with the aggregator would contribute what cancels all but one.</summary>
    [Fact]
    public void A_contribution_that_was_not_committed_to_before_the_uploads_is_refused()
    {
        Contribution late = Contribution.Of(_sum.Id, _holders.Key, _sum.Layout, "site-03", Round.Memory(_sum.Ciphertexts["site-00"]));
        SumStatement statement = new(_sum.Id, _sum.Layout, [.. _sum.Contributions.Where(static c => c.Party != "site-03"), late], _sum.Statement.Sums);
        Assert.Contains("'site-03' in the sum", Refusal(() => _sum.Begin(1, _active, statement)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_list_that_lacks_this_site_or_is_not_signed_or_too_short_gives_no_leave_to_upload()
    {
        ContributionCommitment[] commitments = [.. _sum.List.Commitments];
        Contribution own = _sum.Of(0);
        Assert.Contains("lacks the contribution", Refusal(() => Approve(own, commitments[1..], 2)), StringComparison.Ordinal);
        Assert.Contains("at least 5", Refusal(() => Approve(own, commitments, 5)), StringComparison.Ordinal);
        Assert.Contains("not signed by it", Refusal(() => Approve(own, [commitments[0], commitments[1] with { Signature = commitments[2].Signature }], 2)), StringComparison.Ordinal);
        Assert.Contains("two commitments", Refusal(() => Approve(own, [.. commitments, commitments[1]], 2)), StringComparison.Ordinal);
        Assert.Throws<InvalidParametersException>(() => Approve(own, commitments, 1));
    }

    [Fact]
    public void Fingerprints_that_are_missing_forged_or_of_another_challenge_are_refused()
    {
        (SumCheck[] checks, OpenerNonce[] nonces) = Begin(_sum.Statement);
        SumFingerprint[] honest = Fingerprints(SumChallenge.Join(_sum.Statement, _active, nonces, _holders.Signers[0]));
        Assert.Contains("missing", Refusal(() => checks[0].ByFingerprints(nonces, honest[1..], Round.Memory(_sum.Sums))), StringComparison.Ordinal);
        SumFingerprint forged = honest[0] with { Evaluations = honest[0].Evaluations.SetItem(0, honest[0].Evaluations[0] ^ 1) };
        Assert.Contains("not signed", Refusal(() => checks[0].ByFingerprints(nonces, [forged, .. honest[1..]], Round.Memory(_sum.Sums))), StringComparison.Ordinal);
        (SumCheck[] later, OpenerNonce[] fresh) = Begin(_sum.Statement);
        Assert.Contains("not signed", Refusal(() => later[0].ByFingerprints(fresh, honest, Round.Memory(_sum.Sums))), StringComparison.Ordinal);
    }

    [Fact]
    public void A_challenge_without_the_own_nonce_or_with_one_of_another_sum_is_refused()
    {
        (SumCheck[] checks, OpenerNonce[] nonces) = Begin(_sum.Statement);
        (_, OpenerNonce[] others) = Begin(_sum.Statement);
        Assert.Contains("lacks the nonce of 'site-01'", Refusal(() => checks[0].ByAssignment([others[0], nonces[1]], 1, [])), StringComparison.Ordinal);
        Assert.Contains("'site-02' is missing", Refusal(() => checks[0].ByAssignment(nonces[..1], 1, [])), StringComparison.Ordinal);
        SumStatement another = new(_sum.Id, _sum.Layout, _sum.Contributions, _sum.Statement.Sums.Select(static _ => default(Hash256)));
        (_, OpenerNonce[] foreign) = Begin(another);
        Assert.Contains("not signed by it for this sum", Refusal(() => checks[0].ByAssignment([nonces[0], foreign[1]], 1, [])), StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_that_an_assigned_site_has_not_signed_is_not_verified()
    {
        (SumCheck[] checks, OpenerNonce[] nonces) = Begin(_sum.Statement);
        SumChallenge challenge = SumChallenge.Join(_sum.Statement, _active, nonces, _holders.Signers[0]);
        SumAttestation[] honest = Attestations(challenge, 1);
        string assigned = challenge.Assigned(0, 2)[0];
        Assert.Contains($"'{assigned}' was assigned ciphertext", Refusal(() => checks[0].ByAssignment(nonces, 1, [.. honest.Where(a => a.Party != assigned)])), StringComparison.Ordinal);
        Assert.Contains("1 to 3 are possible", Refusal(() => checks[0].ByAssignment(nonces, 4, honest)), StringComparison.Ordinal);
        Assert.Contains("was assigned", Refusal(() => checks[0].ByAssignment(nonces, 2, honest)), StringComparison.Ordinal);   // signed for one colluder only
    }

    [Fact]
    public void Assignments_are_different_sites_and_follow_from_the_nonces()
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        for (int draw = 0; draw < 200; draw++)
        {
            SumChallenge challenge = SumChallenge.Join(_sum.Statement, _active, Begin(_sum.Statement).Nonces, _holders.Signers[0]);
            ImmutableArray<string> assigned = challenge.Assigned(0, 2);
            Assert.Equal(2, assigned.Distinct(StringComparer.Ordinal).Count());
            seen.Add(string.Join(',', assigned.Order(StringComparer.Ordinal)));
        }
        Assert.Equal(6, seen.Count);   // all pairs of four; that one is missing from 200 draws has probability 6 (5/6)^200 < 1e-14
    }

    /// <summary>(D/q)^k below 2^-100: three points for small vectors, four for ten million values.</summary>
    [Fact]
    public void Points_make_a_wrong_sum_pass_with_probability_below_two_to_minus_one_hundred()
    {
        Assert.Equal(3, SumFingerprint.PointsOf(_sum.Layout));
        PackingLayout large = PackingLayout.Create(PackingProfile.SiloThreshold, PackedSum.Schema((10_000_000, 16)), new PackingJob(64, 64));
        Assert.Equal(4, SumFingerprint.PointsOf(large));
        foreach (PackingLayout layout in (PackingLayout[])[_sum.Layout, large])
            Assert.True(SumFingerprint.PointsOf(layout) * (layout.Profile.Ring.Moduli.Min(static q => Math.Log2(q.Value)) - Math.Log2((double)layout.Profile.N * layout.Ciphertexts)) > 100);
    }

    [Fact]
    public void A_holder_makes_no_share_of_what_another_verified_or_of_other_bytes()
    {
        VerifiedSum verified = _sum.Full(1, _active);
        Assert.Contains("verified by 'site-01'", Refusal(() => _holders.All[2].Share(verified, 0)), StringComparison.Ordinal);
    }

    /// <summary>A sum that is right for ciphertexts which a site had not committed to: whoever keeps the ciphertexts cannot show others to those who re-add them.</summary>
    [Fact]
    public void Ciphertexts_that_were_exchanged_after_the_commitment_are_not_added_up_again()
    {
        ImmutableDictionary<string, ImmutableArray<byte[]>> exchanged = _sum.Ciphertexts.SetItem("site-03", Round.Encrypt(_holders, _sum.Id with { Attempt = 9 }, _sum.Layout, "site-03", _sum.Vectors["site-00"]));
        SumStatement statement = new(_sum.Id, _sum.Layout, _sum.Contributions, PackedSum.Add(_sum.Layout, _holders.Key.Key.Id.AsSpan(), [.. exchanged.Values]).Select(static s => Hash256.Of(s)));
        (SumCheck[] checks, OpenerNonce[] nonces) = Begin(statement);
        SumChallenge challenge = SumChallenge.Join(statement, _active, nonces, _holders.Signers[0]);
        ContributionReader reader = (party, index) => exchanged[party][index];
        const string Why = "of 'site-03' are not those it had committed to";
        Assert.Contains(Why, Refusal(() => checks[0].ByRecomputation(reader)), StringComparison.Ordinal);
        Assert.Contains(Why, Refusal(() => SumAttestation.Check(_sum.Ticket(0), challenge, 3, _holders.Key, reader, party => Round.Hashes(exchanged[party]), _holders.Signers[0])), StringComparison.Ordinal);
        Assert.Contains("of 'site-03' is not the one it had committed to", Refusal(() => SumAttestation.Check(_sum.Ticket(0), challenge, 3, _holders.Key, reader, _sum.HashesOf, _holders.Signers[0])), StringComparison.Ordinal);
        Assert.Contains("of 'site-03' are not those", Refusal(() => SumAttestation.Check(_sum.Ticket(0), challenge, 3, _holders.Key, reader, party => party == "site-03" ? _sum.HashesOf(party)[..^1] : _sum.HashesOf(party), _holders.Signers[0])), StringComparison.Ordinal);
        Assert.Contains(Why, Refusal(() => SumFingerprint.Answer(_sum.Ticket(3), challenge, Round.Memory(exchanged["site-03"]), _holders.Signers[3])), StringComparison.Ordinal);
    }

    /// <summary>A contributor vouches for sums that it takes part in and for nothing else.</summary>
    [Fact]
    public void A_contributor_signs_nothing_for_a_sum_that_is_not_tied_to_its_round()
    {
        SumStatement without = new(_sum.Id, _sum.Layout, _sum.Contributions.Where(static c => c.Party != "site-00"), _sum.Statement.Sums);
        SumChallenge challenge = SumChallenge.Join(without, _active, Begin(without).Nonces, _holders.Signers[0]);
        Assert.Contains("lacks the contribution of 'site-00'", Refusal(() => SumFingerprint.Answer(_sum.Ticket(0), challenge, Round.Memory(_sum.Ciphertexts["site-00"]), _holders.Signers[0])), StringComparison.Ordinal);
        Assert.Contains("lacks the contribution of 'site-00'", Refusal(() => SumAttestation.Check(_sum.Ticket(0), challenge, 1, _holders.Key, (party, index) => _sum.Ciphertexts[party][index], _sum.HashesOf, _holders.Signers[0])), StringComparison.Ordinal);
    }

    /// <summary>The shares belong to attempt and contributors: with another sum they would open to whatever its sender likes.</summary>
    [Fact]
    public void Shares_of_the_stated_sum_do_not_open_another()
    {
        OpeningShare[] shares = [.. _active.Members.Select(m => _holders.All[m].Share(_sum.Full(m, _active), 0))];
        byte[] shifted = Changed(_sum.Sums, 0, (ring, words) =>
        {
            ulong[] one = new ulong[ring.Words];
            foreach (int p in Enumerable.Range(0, ring.Moduli.Length)) one[p * ring.N] = ring.Moduli[p].Reduce(System.Numerics.BigInteger.One << _sum.Layout.Proof.StepLog2);   // one grid step in the first value
            ring.Forward(one);
            ring.Add(words, one);
        })[0];
        long[] values = new long[_sum.Layout.ValuesOf(0).Count];
        Assert.Contains("is not that of the stated sum", Refusal(() => _sum.Opening(_active).Open(0, shifted, shares, values)), StringComparison.Ordinal);
        _sum.Opening(_active).Open(0, _sum.Sums[0], shares, values);
    }

    // States other sums for the same contributions, and asks every level.
    private void AssertRefused(ImmutableArray<byte[]> sums)
    {
        SumStatement statement = new(_sum.Id, _sum.Layout, _sum.Contributions, sums.Select(static s => Hash256.Of(s)));
        (SumCheck[] checks, OpenerNonce[] nonces) = Begin(statement);
        SumChallenge challenge = SumChallenge.Join(statement, _active, nonces, _holders.Signers[0]);
        Assert.Contains("do not add up", Refusal(() => Fingerprint(sums)), StringComparison.Ordinal);
        Assert.Contains("is not the sum of its contributions", Refusal(() => Attestations(challenge, 3)), StringComparison.Ordinal);
        Assert.Contains("is not the sum of its contributions", Refusal(() => checks[1].ByRecomputation((party, index) => _sum.Ciphertexts[party][index])), StringComparison.Ordinal);
        Assert.Contains("is not the one that was stated", Refusal(() => Fingerprint(_sum.Sums)), StringComparison.Ordinal);

        void Fingerprint(ImmutableArray<byte[]> shown) => checks[0].ByFingerprints(nonces, Fingerprints(challenge), Round.Memory(shown));
    }

    private delegate void Change(RnsRing ring, Span<ulong> words);

    private ImmutableArray<byte[]> Changed(ImmutableArray<byte[]> sums, int ciphertext, Change change)
    {
        PackedFormat format = new(_sum.Layout, _holders.Key.Key.Id.AsSpan());
        ulong[] words = new ulong[_sum.Layout.Profile.Ring.Words];
        byte[] changed = [.. sums[ciphertext]];
        format.Unpack(changed, 0, words);
        change(_sum.Layout.Profile.Ring, words);
        ResiduePacking.Pack(_sum.Layout.Profile.Ring, words, format.Polynomial(changed.AsSpan(), 0));
        return sums.SetItem(ciphertext, changed);
    }

    private (SumCheck[] Checks, OpenerNonce[] Nonces) Begin(SumStatement statement)
    {
        SumCheck[] checks = [.. _active.Members.Select(m => _sum.Begin(m, _active, statement))];
        return (checks, [.. checks.Select(static c => c.Nonce)]);
    }

    private SumFingerprint[] Fingerprints(SumChallenge challenge) =>
        [.. Enumerable.Range(0, 4).Select(i => SumFingerprint.Answer(_sum.Ticket(i), challenge, Round.Memory(_sum.Ciphertexts[_holders.NameOf(i)]), _holders.Signers[i]))];

    private SumAttestation[] Attestations(SumChallenge challenge, int colluders) =>
        [.. Enumerable.Range(0, 4).Select(i => SumAttestation.Check(_sum.Ticket(i), challenge, colluders, _holders.Key, (party, index) => _sum.Ciphertexts[party][index], _sum.HashesOf, _holders.Signers[i]))];

    private ContributionTicket Approve(Contribution own, ContributionCommitment[] commitments, int least) =>
        ContributionTicket.Approve(own, new CommitmentList(_sum.Id, commitments), least, _holders.SigningKeys, _holders.Signers[0]);

    private static string Refusal(Action action) => Assert.Throws<RefusedException>(action).Message;
}
