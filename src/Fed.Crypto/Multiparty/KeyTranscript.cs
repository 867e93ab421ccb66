using System.Collections.Immutable;
using Fed.Crypto.Ring;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <summary>Everything that was said to make a collective key, recomputed: commitments, parts of the seed, shares, and what follows from them. It exists only if it all fits together.</summary>
public sealed class KeyTranscript
{
    private readonly ulong[] _b;

    private KeyTranscript(KeyCeremony ceremony, CommonRandomPolynomial common, ulong[] b, Hash256 hash)
    {
        (Ceremony, Common, _b, Hash) = (ceremony, common, b, hash);
    }

    /// <summary>The terms.</summary>
    public KeyCeremony Ceremony { get; }

    /// <summary>a, from everybody's part of the seed.</summary>
    public CommonRandomPolynomial Common { get; }

    /// <summary>Hash over ceremony, commitments, parts and shares.</summary>
    public Hash256 Hash { get; }

    /// <summary>b in NTT form: the sum of the shares.</summary>
    internal ReadOnlySpan<ulong> B => _b;

    /// <summary>Recomputes a ceremony from its messages, as every holder and every site that encrypts must.</summary>
    /// <param name="ceremony">The terms, from the plan that the site approved.</param>
    /// <param name="messages">The messages of the first four steps.</param>
    /// <param name="verifier">Checks the signatures.</param>
    /// <exception cref="RefusedException">A message is missing, wrongly signed, or not what its party had committed to.</exception>
    /// <exception cref="SealFormatException">A share is no polynomial of the ring.</exception>
    public static KeyTranscript Recompute(KeyCeremony ceremony, IEnumerable<CeremonyMessage> messages, ITranscriptSigner verifier)
    {
        ILookup<CeremonyStep, CeremonyMessage> steps = messages.ToLookup(static m => m.Step);
        ImmutableArray<ReadOnlyMemory<byte>> seedCommitments = Of(CeremonyStep.CommitSeed), parts = Of(CeremonyStep.RevealSeed);
        ImmutableArray<ReadOnlyMemory<byte>> shareCommitments = Of(CeremonyStep.CommitShare), shares = Of(CeremonyStep.RevealShare);
        RequireParts(ceremony, seedCommitments, parts);
        RequireCommitted(ceremony, CeremonyStep.RevealShare, shareCommitments, shares);

        RnsRing ring = ceremony.Ring;
        ulong[] b = new ulong[ring.Words], share = new ulong[ring.Words];
        FieldHash statement = new("fedactors/key-transcript/1");
        statement.Add(ceremony.Id);
        for (int party = 0; party < shares.Length; party++)
        {
            if (shares[party].Length != ResiduePacking.PackedBytes(ring) || !ResiduePacking.Unpack(ring, shares[party].Span, share))
                throw new SealFormatException($"the key share of '{ceremony.Roster.Parties[party].Name}' is no packed polynomial of the ring");
            ring.Add(b, share);
            statement.Add(seedCommitments[party].Span).Add(parts[party].Span).Add(shareCommitments[party].Span).Add(shares[party].Span);
        }
        return new KeyTranscript(ceremony, new CommonRandomPolynomial(ceremony, parts), b, statement.Close());

        ImmutableArray<ReadOnlyMemory<byte>> Of(CeremonyStep step) => CeremonyMessage.RequireAll(ceremony, step, [.. steps[step]], verifier);
    }

    /// <summary>Whether a revealed part or share is what its party had committed to; for whoever relays messages and would rather name the party at once.</summary>
    /// <param name="ceremony">The terms.</param>
    /// <param name="commitment">The party's <see cref="CeremonyStep.CommitSeed"/> or <see cref="CeremonyStep.CommitShare"/>.</param>
    /// <param name="revealed">Its message of the step after that.</param>
    public static bool IsCommitted(KeyCeremony ceremony, CeremonyMessage commitment, CeremonyMessage revealed) =>
        commitment.Party == revealed.Party && commitment.Step + 1 == revealed.Step
        && commitment.Content.Span.SequenceEqual(Commitment(ceremony, revealed.Step, ceremony.Roster.IndexOf(revealed.Party), revealed.Content.Span));

    /// <summary>What a party commits to, in either step.</summary>
    internal static byte[] Commitment(KeyCeremony ceremony, CeremonyStep step, int party, ReadOnlySpan<byte> content) =>
        new FieldHash("fedactors/key-ceremony-commitment/1").Add(ceremony.Id).Add((long)step).Add(party).Add(content).Close().ToArray();

    internal static void RequireParts(KeyCeremony ceremony, ImmutableArray<ReadOnlyMemory<byte>> commitments, ImmutableArray<ReadOnlyMemory<byte>> parts)
    {
        RequireCommitted(ceremony, CeremonyStep.RevealSeed, commitments, parts);
        int wrong = parts.ToList().FindIndex(static p => p.Length != AesCtrStream.SeedBytes);
        if (wrong >= 0) throw new RefusedException($"the seed part of '{ceremony.Roster.Parties[wrong].Name}' has {parts[wrong].Length} bytes, not {AesCtrStream.SeedBytes}");
    }

    private static void RequireCommitted(KeyCeremony ceremony, CeremonyStep step, ImmutableArray<ReadOnlyMemory<byte>> commitments, ImmutableArray<ReadOnlyMemory<byte>> revealed)
    {
        for (int party = 0; party < revealed.Length; party++)
            if (!commitments[party].Span.SequenceEqual(Commitment(ceremony, step, party, revealed[party].Span)))
                throw new RefusedException($"the {step} of '{ceremony.Roster.Parties[party].Name}' is not what it had committed to: it may have been chosen after the others were seen") { Party = ceremony.Roster.Parties[party].Name };
    }
}
