using System.Collections.Immutable;
using Fed.Crypto.Multiparty;
using Fed.Crypto.Packing;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;
using Fed.Crypto.Tests.Multiparty;
using Fed.Crypto.Tests.Packing;
using Fed.Crypto.Tests.SecAgg;
using Fed.Vectors;

namespace Fed.Crypto.Tests.Attacks;

/// <summary>
/// A key that somebody else knows in the place of the federation's: from a server that hands out its own (the unsigned relays of shipped systems), and from the party that speaks last (the rogue key of Ristenpart and Yilek, EUROCRYPT 2007).
/// For the keys of masks see <see cref="AttackTests"/>.
/// </summary>
public sealed class KeySubstitutionTests
{
    private static readonly PackingLayout Layout = PackingLayout.Create(Holders.Profile, PackedSum.Schema((300, 12)), new PackingJob(3, 3) { UnderPublicKey = true });
    private static readonly RnsRing Ring = Holders.Profile.Ring;

    [Fact]
    public void A_key_of_the_servers_own_opens_a_sites_vector_and_ours_comes_out_of_signed_messages_only()
    {
        using RlweSecretKey server = RlweSecretKey.Generate(Ring, SystemEntropy.Instance);
        RlwePublicKey handedOut = RlwePublicKey.Generate(server, SystemEntropy.Instance);
        long[] vector = PackedSum.Vector(Layout.Schema, 1);
        Assert.Equal(vector, Opened(handedOut, server.Evaluations, vector));   // the site encrypts under what it is sent

        (KeyCeremony ceremony, ImmutableArray<TestSigner> signers) = Holders.Terms(3, 2);
        KeyGenerationParty[] parties = [.. signers.Select((s, i) => new KeyGenerationParty(ceremony, $"site-{i:d2}", s, SystemEntropy.Instance))];
        ImmutableArray<CeremonyMessage> confirmations = Holders.Generate(parties);
        CeremonyMessage[] messages = [.. parties[0].Messages];
        byte[] own = new byte[ResiduePacking.PackedBytes(Ring)];
        ResiduePacking.Pack(Ring, handedOut.B, own);
        TestSigner stranger = new();
        for (int i = 0; i < messages.Length; i++)
        {
            if (messages[i].Step != CeremonyStep.RevealShare) continue;
            foreach (CeremonyMessage forged in (CeremonyMessage[])[messages[i] with { Content = own }, CeremonyMessage.Sign(ceremony, CeremonyStep.RevealShare, messages[i].Party, own, stranger)])
                Assert.Throws<RefusedException>(() => KeyTranscript.Recompute(ceremony, messages.Select((m, k) => k == i ? forged : m), new TestSigner()));
        }
        Assert.Empty(typeof(CollectivePublicKey).GetConstructors());           // there is no way to a key but its transcript
        // Nor with all signatures of another ceremony, in which every site is the server's.
        (KeyCeremony theirs, ImmutableArray<TestSigner> puppets) = Holders.Terms(3, 2);
        KeyGenerationParty[] played = [.. puppets.Select((s, i) => new KeyGenerationParty(theirs, $"site-{i:d2}", s, SystemEntropy.Instance))];
        ImmutableArray<CeremonyMessage> confirmed = Holders.Generate(played);
        Assert.Throws<RefusedException>(() => KeyTranscript.Recompute(ceremony, played[0].Messages, new TestSigner()));
        Assert.Throws<RefusedException>(() => CollectivePublicKey.Verify(parties[0].Transcript!, confirmed, signers[0]));
        Assert.NotNull(CollectivePublicKey.Verify(parties[0].Transcript!, confirmations, signers[0]));
    }

    /// <summary>p_n = p' - sum of the others, p' of a secret of the last party's own: what is summed up is p'.</summary>
    [Fact]
    public void The_last_share_of_a_key_can_make_it_one_partys_own_where_shares_are_not_committed_to()
    {
        (KeyCeremony ceremony, ImmutableArray<TestSigner> signers) = Holders.Terms(3, 2);
        KeyGenerationParty[] parties = [.. signers.Select((s, i) => new KeyGenerationParty(ceremony, $"site-{i:d2}", s, SystemEntropy.Instance))];
        CeremonyMessage[] seeds = [.. parties.Select(static p => p.CommitSeed())], parts = [.. parties.Select(p => p.RevealSeed(seeds))];
        CeremonyMessage[] commitments = [.. parties.Select(p => p.Commit(parts))], shares = [.. parties.Select(p => p.Reveal(commitments))];
        CommonRandomPolynomial common = new(ceremony, [.. parts.Select(static p => p.Content)]);

        using RlweSecretKey rogue = RlweSecretKey.Generate(Ring, SystemEntropy.Instance);
        ulong[] last = new ulong[Ring.Words], word = new ulong[Ring.Words], b = new ulong[Ring.Words];
        using (AesCtrStream stream = AesCtrStream.Fresh(SystemEntropy.Instance)) RlweSample.Share(Ring, common.Evaluations, rogue.Evaluations, stream, last);
        foreach (CeremonyMessage share in shares[..2])
        {
            Assert.True(ResiduePacking.Unpack(Ring, share.Content.Span, word));
            Ring.Subtract(last.AsSpan(), word);
            Ring.Add(b, word);
        }
        Ring.Add(b, last);                                                     // the weak way: whatever was said is added up
        RlwePublicKey summed = new(Ring, common.Seed.AsSpan(), common.Label, b);
        long[] vector = PackedSum.Vector(Layout.Schema, 2);
        Assert.Equal(vector, Opened(summed, rogue.Evaluations, vector));

        byte[] packed = new byte[ResiduePacking.PackedBytes(Ring)];
        ResiduePacking.Pack(Ring, last, packed);
        CeremonyMessage late = CeremonyMessage.Sign(ceremony, CeremonyStep.RevealShare, "site-02", packed, signers[2]);
        foreach (KeyGenerationParty honest in parties[..2])
            Assert.Contains("may have been chosen after the others were seen", Assert.Throws<RefusedException>(() => honest.VerifyTranscript([.. shares[..2], late])).Message, StringComparison.Ordinal);
    }

    // What the holder of a secret reads in one site's ciphertext.
    private static long[] Opened(RlwePublicKey key, ReadOnlySpan<ulong> secret, long[] vector)
    {
        byte[] ciphertext = PackedSum.Encrypt(Layout, key, vector, RingWidth.Ring64)[0];
        PackedFormat format = new(Layout, key.Id.AsSpan());
        ulong[] opened = new ulong[Ring.Words], second = new ulong[Ring.Words];
        format.Unpack(ciphertext, 0, opened);
        format.Unpack(ciphertext, 1, second);
        Ring.MultiplyAdd(second, secret, opened);
        long[] values = new long[vector.Length];
        using SumDecoder decoder = new(Layout, summands: 1);
        decoder.Decode(0, opened, values);
        return values;
    }
}
