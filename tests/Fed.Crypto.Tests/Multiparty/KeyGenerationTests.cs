using Fed.Crypto.Multiparty;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>A key comes out of a ceremony as it should, or not at all.</summary>
public sealed class KeyGenerationTests
{
    private readonly KeyCeremony _ceremony;
    private readonly KeyGenerationParty[] _parties;
    private readonly TestSigner[] _signers;

    public KeyGenerationTests()
    {
        (_ceremony, System.Collections.Immutable.ImmutableArray<TestSigner> signers) = Holders.Terms(3, 2);
        _signers = [.. signers];
        _parties = [.. _signers.Select((s, i) => new KeyGenerationParty(_ceremony, $"site-{i:d2}", s, SystemEntropy.Instance))];
    }

    [Fact]
    public void The_public_key_is_minus_a_times_the_joint_secret_plus_small_errors()
    {
        CeremonyMessage[] confirmations = [.. Holders.Generate(_parties)];
        CollectivePublicKey key = CollectivePublicKey.Verify(_parties[1].Transcript!, confirmations, _signers[0]);
        RnsRing ring = _ceremony.Ring;
        ulong[] error = key.Key.B.ToArray();
        foreach (KeyGenerationParty party in _parties) ring.MultiplyAdd(key.Key.A, party.Secret.Evaluations, error);
        ring.Inverse(error);
        for (int i = 0; i < ring.N; i++) Assert.InRange((int)ring.ComposeCentredAt(error, i), -3 * 21, 3 * 21);
        Assert.Equal(_parties[0].Transcript!.Hash, _parties[2].Transcript!.Hash);
    }

    [Fact]
    public void A_site_without_a_part_recomputes_the_same_key_from_the_messages()
    {
        CeremonyMessage[] confirmations = [.. Holders.Generate(_parties)];
        KeyTranscript recomputed = KeyTranscript.Recompute(_ceremony, _parties[0].Messages.Reverse(), new TestSigner());
        CollectivePublicKey theirs = CollectivePublicKey.Verify(recomputed, confirmations, new TestSigner()), ours = CollectivePublicKey.Verify(_parties[0].Transcript!, confirmations, _signers[0]);
        Assert.Equal(ours.Id, theirs.Id);
    }

    [Fact]
    public void A_key_that_not_all_holders_have_signed_is_no_key()
    {
        CeremonyMessage[] confirmations = [.. Holders.Generate(_parties)];
        Assert.Contains("'site-02' is missing", Refusal(() => CollectivePublicKey.Verify(_parties[0].Transcript!, confirmations[..2], _signers[0])), StringComparison.Ordinal);
        CeremonyMessage other = CeremonyMessage.Sign(_ceremony, CeremonyStep.ConfirmTranscript, "site-02", new byte[32], _signers[2]);
        Assert.Contains("another transcript", Refusal(() => CollectivePublicKey.Verify(_parties[0].Transcript!, [.. confirmations[..2], other], _signers[0])), StringComparison.Ordinal);
        CeremonyMessage forged = CeremonyMessage.Sign(_ceremony, CeremonyStep.ConfirmTranscript, "site-02", confirmations[2].Content, _signers[1]);
        Assert.Contains("not signed by it", Refusal(() => CollectivePublicKey.Verify(_parties[0].Transcript!, [.. confirmations[..2], forged], _signers[0])), StringComparison.Ordinal);
    }

    [Fact]
    public void Holders_who_were_shown_different_shares_do_not_get_a_key()
    {
        CeremonyMessage[] seeds = [.. _parties.Select(static p => p.CommitSeed())], parts = [.. _parties.Select(p => p.RevealSeed(seeds))];
        CeremonyMessage[] commitments = [.. _parties.Select(p => p.Commit(parts))], shares = [.. _parties.Select(p => p.Reveal(commitments))];
        byte[] other = shares[2].Content.ToArray();
        other[0] ^= 1;
        CeremonyMessage changed = CeremonyMessage.Sign(_ceremony, CeremonyStep.RevealShare, "site-02", other, _signers[2]);
        Assert.Contains("'site-02' is not what it had committed to", Refusal(() => _parties[0].VerifyTranscript([.. shares[..2], changed])), StringComparison.Ordinal);
        _parties[1].VerifyTranscript(shares);
        Assert.Contains("not the one it sent", Refusal(() => _parties[2].VerifyTranscript([.. shares[..2], changed])), StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_come_in_order_and_once()
    {
        CeremonyMessage[] seeds = [.. _parties.Select(static p => p.CommitSeed())];
        Assert.Contains("no step is taken twice", Refusal(() => _parties[0].CommitSeed()), StringComparison.Ordinal);
        Assert.Contains("not the next step", Refusal(() => _parties[0].Reveal([])), StringComparison.Ordinal);
        _parties[0].RevealSeed(seeds);
        Refusal(() => _parties[0].RevealSeed(seeds));
    }

    [Fact]
    public void Messages_of_another_ceremony_step_or_party_are_refused()
    {
        CeremonyMessage[] seeds = [.. _parties.Select(static p => p.CommitSeed())];
        KeyCeremony next = KeyCeremony.Create("job", 1, "rounds", Holders.Profile, _ceremony.Roster, 2, 1 << 20);
        CeremonyMessage old = CeremonyMessage.Sign(next, CeremonyStep.CommitSeed, "site-01", seeds[1].Content, _signers[1]);
        Assert.Contains("not signed by it for this ceremony", Refusal(() => _parties[0].RevealSeed([seeds[0], old, seeds[2]])), StringComparison.Ordinal);
        Assert.Contains("two messages", Refusal(() => _parties[1].RevealSeed([seeds[0], seeds[1], seeds[1]])), StringComparison.Ordinal);
        Assert.Contains("holds no part", Refusal(() => _parties[2].RevealSeed([seeds[0], seeds[1], seeds[2] with { Party = "stranger" }])), StringComparison.Ordinal);
    }

    [Fact]
    public void Terms_out_of_range_are_refused_by_their_bound()
    {
        Roster roster = _ceremony.Roster;
        Assert.Contains("2 to 3 are possible", Invalid(() => KeyCeremony.Create("job", 0, "rounds", Holders.Profile, roster, 1, 100)), StringComparison.Ordinal);
        Assert.Contains("2 to 3 are possible", Invalid(() => KeyCeremony.Create("job", 0, "rounds", Holders.Profile, roster, 4, 100)), StringComparison.Ordinal);
        Assert.Contains("more than the 2 trial openings", Invalid(() => KeyCeremony.Create("job", 0, "rounds", Holders.Profile, roster, 2, 2)), StringComparison.Ordinal);
        Assert.Contains("needs a threshold profile", Invalid(() => KeyCeremony.Create("job", 0, "rounds", Fed.Crypto.Packing.PackingProfile.FastSymmetric, roster, 2, 100)), StringComparison.Ordinal);
        Assert.Contains("2 to 64", Invalid(() => Roster.Create([_signers[0].Party("alone")])), StringComparison.Ordinal);
        Assert.Contains("stands twice", Invalid(() => Roster.Create([_signers[0].Party("a"), _signers[0].Party("b")])), StringComparison.Ordinal);
        Assert.Contains("stands twice", Invalid(() => Roster.Create([_signers[0].Party("a"), _signers[1].Party("a")])), StringComparison.Ordinal);
    }

    private static string Refusal(Action action) => Assert.Throws<RefusedException>(action).Message;

    private static string Invalid(Action action) => Assert.Throws<InvalidParametersException>(action).Message;
}
