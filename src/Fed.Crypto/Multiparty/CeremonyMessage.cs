using System.Collections.Immutable;

namespace Fed.Crypto.Multiparty;

/// <summary>The steps of a key ceremony. Each begins when everybody's message of the one before is there.</summary>
public enum CeremonyStep
{
    /// <summary>The hash of one's part of the seed.</summary>
    CommitSeed = 1,

    /// <summary>The part.</summary>
    RevealSeed = 2,

    /// <summary>The hash of one's share of the public key.</summary>
    CommitShare = 3,

    /// <summary>The share, bit-packed.</summary>
    RevealShare = 4,

    /// <summary>The hash of the transcript, recomputed.</summary>
    ConfirmTranscript = 5,
}

/// <summary>What a party says in one step, signed.</summary>
/// <param name="Step">The step.</param>
/// <param name="Party">Who says it.</param>
/// <param name="Content">A hash, a part of the seed, or a packed polynomial.</param>
/// <param name="Signature">The party's, over ceremony, step, name and content.</param>
public sealed record CeremonyMessage(CeremonyStep Step, string Party, ReadOnlyMemory<byte> Content, ReadOnlyMemory<byte> Signature)
{
    private const string Purpose = "fedactors/key-ceremony-message/1";

    /// <summary>Whether its party has signed it for this ceremony.</summary>
    /// <param name="ceremony">The terms.</param>
    /// <param name="verifier">Checks the signature.</param>
    /// <exception cref="RefusedException">The party is no holder.</exception>
    public bool IsSigned(KeyCeremony ceremony, ITranscriptSigner verifier) =>
        verifier.Verify(Purpose, Covered(ceremony, Step, Party, Content.Span), Signature.Span, ceremony.Roster.Parties[ceremony.Roster.IndexOf(Party)].SigningKey.AsSpan());

    internal static CeremonyMessage Sign(KeyCeremony ceremony, CeremonyStep step, string party, ReadOnlyMemory<byte> content, ITranscriptSigner signer) =>
        new(step, party, content, signer.Sign(Purpose, Covered(ceremony, step, party, content.Span)));

    /// <summary>Exactly one message of the step from every holder, in the order of the roster, every signature verified.</summary>
    /// <exception cref="RefusedException">One is missing, double, of another step or not signed by its party for this ceremony.</exception>
    internal static ImmutableArray<ReadOnlyMemory<byte>> RequireAll(KeyCeremony ceremony, CeremonyStep step, IReadOnlyCollection<CeremonyMessage> messages, ITranscriptSigner verifier)
    {
        ReadOnlyMemory<byte>?[] contents = new ReadOnlyMemory<byte>?[ceremony.Roster.Count];
        foreach (CeremonyMessage message in messages)
        {
            int party = ceremony.Roster.IndexOf(message.Party);
            if (message.Step != step) throw new RefusedException($"a message of step {message.Step} from '{message.Party}' came among those of {step}");
            if (contents[party] is not null) throw new RefusedException($"'{message.Party}' has two messages of step {step}");
            if (!message.IsSigned(ceremony, verifier))
                throw new RefusedException($"the {step} of '{message.Party}' is not signed by it for this ceremony") { Party = message.Party };
            contents[party] = message.Content;
        }
        int missing = Array.FindIndex(contents, static c => c is null);
        if (missing >= 0) throw new RefusedException($"the {step} of '{ceremony.Roster.Parties[missing].Name}' is missing: a key is made by all {ceremony.Roster.Count} holders or not at all");
        return [.. contents.Select(static c => c!.Value)];
    }

    private static byte[] Covered(KeyCeremony ceremony, CeremonyStep step, string party, ReadOnlySpan<byte> content) =>
        new FieldHash(Purpose).Add(ceremony.Id).Add((long)step).Add(party).Add(content).Close().ToArray();
}
