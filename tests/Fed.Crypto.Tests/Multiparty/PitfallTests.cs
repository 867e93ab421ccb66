using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Packing;

namespace Fed.Crypto.Tests.Multiparty;

/// <summary>The known ways in which threshold decryption was broken, by the numbers of docs/crypto.md (Multiparty, Pitfalls). What belongs to one and is longer stands in the class that it names.</summary>
public sealed class PitfallTests
{
    private static readonly Lazy<Holders> Shared = new(static () => Holders.Make(3, 2, openings: 1 << 20));
    private static int _rounds;
    private readonly Holders _holders = Shared.Value;

    /// <summary>An opened polynomial with its error would be a linear equation in the secret. Only integers leave, and the polynomial is wiped, in success and in failure.</summary>
    [Fact]
    public void Pitfall_01_only_exact_integers_leave_an_opening()
    {
        Round sum = Fresh();
        ActiveSet active = _holders.Active(0, 1);
        PackedFormat format = new(sum.Layout, _holders.Key.Key.Id.AsSpan());
        RnsRing ring = _holders.Ceremony.Ring;
        ulong[] opened = new ulong[ring.Words], share = new ulong[ring.Words];
        format.Unpack(sum.Sums[0], 0, opened);
        foreach (int member in active.Members)
        {
            format.Unpack(sum.Share(member, active).Payload, 0, share);
            ring.Add(opened, share);
        }
        ulong[] wrong = [.. opened];
        wrong[0] ^= 1;
        long[] values = new long[sum.Layout.ValuesOf(0).Count];
        using SumDecoder decoder = new(sum.Layout, 3);
        Assert.Throws<OpeningInconsistentException>(() => decoder.Decode(0, wrong, values));
        Assert.All(wrong, static w => Assert.Equal(0UL, w));
        decoder.Decode(0, opened, values);
        Assert.Equal(sum.Expected, values);
        Assert.All(opened, static w => Assert.Equal(0UL, w));
    }

    /// <summary>Errors that an adversary can provoke break exact schemes too: more summands than the layout holds are refused before a share is made, and the failure probability counts the whole job.</summary>
    [Fact]
    public void Pitfall_02_summands_are_bounded_by_the_layout()
    {
        PackingLayout two = Round.LayoutOf(_holders, 50, job: new PackingJob(2, 3) { OpeningsPerKey = _holders.Ceremony.OpeningsInAll });
        Round pair = new(_holders, [0, 1], Next(), layout: two);
        Dictionary<string, ImmutableArray<byte[]>> vectors = Enumerable.Range(0, 3).ToDictionary(_holders.NameOf, i => Round.Encrypt(_holders, pair.Id with { Attempt = 7 }, two, _holders.NameOf(i), PackedSum.Vector(two.Schema, i)));
        Contribution[] three = [.. vectors.Select(v => Contribution.Of(pair.Id, _holders.Key, two, v.Key, Round.Memory(v.Value)))];
        CommitmentList list = new(pair.Id, three.Select(c => c.Commit(pair.SignerOf(c.Party))));
        ContributionTicket ticket = ContributionTicket.Approve(three[0], list, 2, _holders.SigningKeys, _holders.Signers[0]);
        SumStatement statement = new(pair.Id, two, three, [default]);
        Assert.Contains("at most 2", Assert.Throws<CapacityExceededException>(() => SumCheck.Begin(ticket, _holders.Key, statement, _holders.Active(0, 1), _holders.SigningKeys, _holders.Signers[0], SystemEntropy.Instance)).Message, StringComparison.Ordinal);
        Assert.True(two.Proof.FailureLog2 < -40 && two.Proof.Sigmas >= 10);
    }

    /// <summary>Fresh noise on the same product averages out, another active set gives linear relations (more in <see cref="ShareLedgerTests"/>).</summary>
    [Fact]
    public void Pitfall_03_a_share_is_repeated_byte_for_byte_and_another_one_refused_for_ever()
    {
        Round sum = Fresh();
        byte[] share = sum.Share(0, _holders.Active(0, 1)).Bytes.ToArray();
        Assert.Equal(share, sum.Share(0, _holders.Active(0, 1)).Bytes.ToArray());
        Assert.Throws<RefusedException>(() => sum.Share(0, _holders.Active(0, 2)));
        Assert.Equal(share, sum.Share(0, _holders.Active(0, 1)).Bytes.ToArray());
    }

    /// <summary>What a share is multiplied by follows from attempt and contributors: no ciphertext enters it, whatever is stated as the sum. And what is not the sum of committed contributions is not opened at all (<see cref="SumCheckTests"/>).</summary>
    [Fact]
    public void Pitfall_04_nothing_that_is_sent_is_multiplied_by_a_secret_and_what_is_not_tied_to_the_round_is_not_opened()
    {
        Round sum = Fresh();
        PackedFormat format = new(sum.Layout, _holders.Key.Key.Id.AsSpan());
        ulong[] constant = new ulong[_holders.Ceremony.Ring.Words];
        constant.AsSpan().Fill(1UL << 48);
        byte[] chosen = [.. sum.Sums[0]];
        ResiduePacking.Pack(_holders.Ceremony.Ring, constant, format.Polynomial(chosen.AsSpan(), 0));
        ActiveSet active = _holders.Active(0, 1);
        SumStatement claimed = new(sum.Id, sum.Layout, sum.Contributions, [Hash256.Of(chosen)]);
        Assert.Throws<RefusedException>(() => sum.Begin(0, active, claimed).ByRecomputation((party, index) => sum.Ciphertexts[party][index]));
        Assert.Throws<RefusedException>(() => sum.Begin(0, active, new SumStatement(sum.Id, sum.Layout, sum.Contributions.Where(static c => c.Party != "site-00"), sum.Statement.Sums)));
        Assert.Empty(typeof(VerifiedSum).GetConstructors());   // there is no way to one but a check

        byte[] share = sum.Share(0, active).Bytes.ToArray();
        VerifiedSum deceived = new(_holders.Key, claimed, active, "site-00", SumVerification.Assigned);   // if all who check were in league
        Assert.Equal(share, _holders.All[0].Share(deceived, 0).Bytes.ToArray());
    }

    [Fact]
    public void Pitfall_05_openings_are_counted_per_key_and_refused_when_they_are_used_up_before_a_share_is_computed()
    {
        const int Openings = 3;   // two trial sets, of which holder 1 is in both
        Holders holders = Holders.Make(3, 2, Openings);
        ActiveSet active = holders.Active(1, 2);
        Round last = new(holders, [0, 1, 2], Next(), length: 50), beyond = new(holders, [0, 1, 2], Next(), length: 50);
        byte[] share = last.Share(1, active).Bytes.ToArray();
        CountingEntropy entropy = new();
        byte[] wrappingKey = new byte[32];
        using KeyHolder holder = KeyHolder.Unwrap(holders.Key, "site-01", holders.All[1].Wrap(wrappingKey), wrappingKey, holders.Ledgers[1], holders.Signers[1], entropy);
        Assert.Contains("3 of 3 openings", Assert.Throws<RefusedException>(() => holder.Share(beyond.Full(1, active), 0)).Message, StringComparison.Ordinal);
        Assert.Equal(0, entropy.Calls);
        Assert.Equal(share, holder.Share(last.Full(1, active), 0).Bytes.ToArray());   // what was made is still repeated
    }

    /// <summary>The smudging follows from public worst-case bounds; no measured error enters, and a layout that promises less than the key needs is refused.</summary>
    [Fact]
    public void Pitfall_06_smudging_follows_from_the_bound_on_the_sum_and_the_terms_of_the_key()
    {
        PackingLayout layout = PackingLayout.Create(PackingProfile.SiloThreshold, PackedSum.Schema((100, 16)), new PackingJob(64, 64, 100, 3));
        const double N = 8192, Summands = 64, Tau = 1 << 20;
        double norm = 1.1 * Math.Sqrt(N) * Sampler.ErrorDeviation * Math.Sqrt(Summands);
        double sigma = Math.Sqrt(12 * Tau) * Math.ScaleB(1, 20) * norm;
        Assert.InRange((double)layout.Proof.SmudgingSigma / sigma, 1, 1 + 1e-4);   // t is rounded up to a whole number of some thousands
        Assert.InRange(Math.Log2(sigma), 43, 43.2);
        Assert.Equal(51, layout.Proof.StepLog2);
        Assert.True(WideGaussian.Create((double)layout.Proof.SmudgingSigma).Deviation >= (double)layout.Proof.SmudgingSigma * (1 - 1e-15));

        AssertRefused(new PackingJob(3, 2) { OpeningsPerKey = _holders.Ceremony.OpeningsInAll }, "2 key holders");
        AssertRefused(new PackingJob(3, 3) { OpeningsPerKey = 1 << 10 }, "1024 openings");
        AssertRefused(new PackingJob(3, 3) { OpeningsPerKey = _holders.Ceremony.OpeningsMax }, "allows 2097152 by different openers");
        AssertRefused(new PackingJob(3, 3), "profile another", PackingProfile.Create("another", 4096, [49, 49], isThreshold: true));

        void AssertRefused(PackingJob job, string why, PackingProfile? profile = null)
        {
            PackingLayout weaker = PackingLayout.Create(profile ?? Holders.Profile, PackedSum.Schema((50, 12)), job);
            AssertWeak(weaker, why);
        }
    }

    /// <summary>Two samples of one (s, a) differ by errors only.</summary>
    [Fact]
    public void Pitfall_07_a_common_polynomial_belongs_to_one_ceremony_and_meets_each_secret_once()
    {
        (KeyCeremony first, ImmutableArray<TestSigner> signers) = Holders.Terms(2, 2);
        KeyCeremony[] others =
        [
            KeyCeremony.Create("other", 0, "rounds", Holders.Profile, first.Roster, 2, first.OpeningsMax), KeyCeremony.Create("job", 1, "rounds", Holders.Profile, first.Roster, 2, first.OpeningsMax),
            KeyCeremony.Create("job", 0, "other", Holders.Profile, first.Roster, 2, first.OpeningsMax),
        ];
        ReadOnlyMemory<byte>[] parts = [new byte[32], new byte[32]];   // even if every party's part came again
        ulong[] a = new CommonRandomPolynomial(first, parts).Evaluations.ToArray();
        Assert.All(others, other => Assert.NotEqual(a, new CommonRandomPolynomial(other, parts).Evaluations.ToArray()));
        KeyGenerationParty[] parties = [.. signers.Select((s, i) => new KeyGenerationParty(first, $"site-{i:d2}", s, SystemEntropy.Instance))];
        CeremonyMessage[] seeds = [.. parties.Select(static p => p.CommitSeed())], revealed = [.. parties.Select(p => p.RevealSeed(seeds))];
        parties[0].Commit(revealed);
        Assert.Contains("no step is taken twice", Assert.Throws<RefusedException>(() => parties[0].Commit(revealed)).Message, StringComparison.Ordinal);
    }

    /// <summary>A fixed small deviation is a heuristic: there is no parameter for one, and weak statistical security is refused.</summary>
    [Fact]
    public void Pitfall_08_smudging_of_fewer_than_forty_bits_is_refused()
    {
        AssertWeak(Round.LayoutOf(_holders, 50, job: new PackingJob(3, 3) { OpeningsPerKey = _holders.Ceremony.OpeningsInAll, StatisticalBits = 30 }), "at least 40");
    }

    /// <summary>No Random anywhere in the library; what is secret is wiped and never printed.</summary>
    [Fact]
    public void Pitfall_09_randomness_is_cryptographic_and_secrets_are_wiped_and_unprintable()
    {
        using PEReader file = new(File.OpenRead(typeof(KeyHolder).Assembly.Location));
        MetadataReader metadata = file.GetMetadataReader();
        Assert.DoesNotContain(metadata.TypeReferences.Select(metadata.GetTypeReference), t => metadata.GetString(t.Namespace) == "System" && metadata.GetString(t.Name) == "Random");

        (KeyCeremony ceremony, ImmutableArray<TestSigner> signers) = Holders.Terms(2, 2);
        KeyGenerationParty party = new(ceremony, "site-00", signers[0], SystemEntropy.Instance);
        ReadOnlySpan<ulong> secret = party.Secret.Evaluations;
        Assert.NotEqual(-1, secret.IndexOfAnyExcept(0UL));
        party.Dispose();
        Assert.Equal(-1, secret.IndexOfAnyExcept(0UL));
        Assert.Throws<ObjectDisposedException>(() => party.Secret.Evaluations.Length);
        Assert.Contains("<redacted>", $"{party} {party.Secret}", StringComparison.Ordinal);
        Assert.EndsWith("<redacted>", _holders.All[0].ToString(), StringComparison.Ordinal);
    }

    /// <summary>Whoever speaks last could choose the key (more in <see cref="KeyGenerationTests"/>). Other members mean another ceremony.</summary>
    [Fact]
    public void Pitfall_10_a_share_of_the_key_is_what_its_party_committed_to_before_it_saw_the_others()
    {
        (KeyCeremony ceremony, ImmutableArray<TestSigner> signers) = Holders.Terms(2, 2);
        KeyGenerationParty[] parties = [.. signers.Select((s, i) => new KeyGenerationParty(ceremony, $"site-{i:d2}", s, SystemEntropy.Instance))];
        CeremonyMessage[] seeds = [.. parties.Select(static p => p.CommitSeed())], parts = [.. parties.Select(p => p.RevealSeed(seeds))];
        CeremonyMessage[] commitments = [.. parties.Select(p => p.Commit(parts))], shares = [.. parties.Select(p => p.Reveal(commitments))];
        RnsRing ring = ceremony.Ring;
        ulong[] rogue = new ulong[ring.Words];
        byte[] packed = new byte[ResiduePacking.PackedBytes(ring)];
        ResiduePacking.Unpack(ring, shares[0].Content.Span, rogue);
        ring.Negate(rogue);                                        // cancels the other share: the key would be this party's own
        ResiduePacking.Pack(ring, rogue, packed);
        CeremonyMessage late = CeremonyMessage.Sign(ceremony, CeremonyStep.RevealShare, "site-01", packed, signers[1]);
        Assert.Contains("may have been chosen after the others were seen", Assert.Throws<RefusedException>(() => parties[0].VerifyTranscript([shares[0], late])).Message, StringComparison.Ordinal);
        Roster changed = Roster.Create([.. ceremony.Roster.Parties, new TestSigner().Party("site-02")]);
        Assert.NotEqual(ceremony.Id, KeyCeremony.Create("job", 0, "rounds", Holders.Profile, changed, 2, ceremony.OpeningsMax).Id);
    }

    /// <summary>A ciphertext names no sender: signatures bind it to site, round, key and layout.</summary>
    [Fact]
    public void Pitfall_11_contributions_and_shares_are_signed_for_their_round_and_site()
    {
        Round sum = Fresh();
        Contribution own = sum.Of(0);
        Hash256[] ids =
        [
            own.Id, Contribution.OfRoot(sum.Id with { Attempt = 1 }, _holders.Key, sum.Layout, own.Party, own.Root).Id,
            Contribution.OfRoot(sum.Id with { Round = 1 << 20 }, _holders.Key, sum.Layout, own.Party, own.Root).Id,
            Contribution.OfRoot(sum.Id, _holders.Key, sum.Layout, "site-01", own.Root).Id,
        ];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        ContributionCommitment foreign = own.Commit(_holders.Signers[1]);
        Assert.Contains("not signed by it", Assert.Throws<RefusedException>(() =>
            ContributionTicket.Approve(own, new CommitmentList(sum.Id, [foreign, .. sum.List.Commitments.Skip(1)]), 2, _holders.SigningKeys, _holders.Signers[0])).Message, StringComparison.Ordinal);

        ActiveSet active = _holders.Active(0, 1);
        OpeningShare mine = sum.Share(0, active), theirs = sum.Share(1, active);
        OpeningShare forged = OpeningShare.Sign(ShareKind.Decryption, 0, mine.Request, mine.Payload, _holders.Signers[2]);
        long[] values = new long[sum.Layout.ValuesOf(0).Count];
        Assert.Contains("not signed by it", Assert.Throws<RefusedException>(() => sum.Opening(active).Open(0, sum.Sums[0], [forged, theirs], values)).Message, StringComparison.Ordinal);
        Round other = Fresh();
        Assert.Contains("for another opening", Assert.Throws<RefusedException>(() => sum.Opening(active).Open(0, sum.Sums[0], [other.Share(0, active), theirs], values)).Message, StringComparison.Ordinal);
    }

    // A holder neither encrypts nor opens for a layout that promises too little.
    private void AssertWeak(PackingLayout layout, string why)
    {
        SumRound id = Next();
        Contribution[] contributions = [.. Enumerable.Range(0, 3).Select(i => Contribution.OfRoot(id, _holders.Key, layout, _holders.NameOf(i), default))];
        VerifiedSum sum = new(_holders.Key, new SumStatement(id, layout, contributions, [default]), _holders.Active(0, 1), "site-00", SumVerification.Full);
        Assert.Contains(why, Assert.Throws<RefusedException>(() => _holders.All[0].Share(sum, 0)).Message, StringComparison.Ordinal);
        Assert.Contains(why, Assert.Throws<RefusedException>(() => _holders.All[0].Encrypt(id, layout, default, Fed.Vectors.RingWidth.Ring64, static (_, _) => { })).Message, StringComparison.Ordinal);
    }

    private static SumRound Next() => new("pitfalls", Interlocked.Increment(ref _rounds), "training", 0);

    private Round Fresh() => new(_holders, [0, 1, 2], Next(), length: 50, seed: _rounds);

    private sealed class CountingEntropy : IEntropy
    {
        public int Calls { get; private set; }

        public void Fill(Span<byte> buffer)
        {
            Calls++;
            SystemEntropy.Instance.Fill(buffer);
        }
    }
}
