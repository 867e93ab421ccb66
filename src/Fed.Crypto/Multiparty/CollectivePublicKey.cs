using System.Collections.Immutable;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Multiparty;

/// <summary>The public key that several holders made together. There is no way to one but through a recomputed transcript that every holder has signed, so that nobody encrypts under a key that a server handed out.</summary>
public sealed class CollectivePublicKey
{
    private CollectivePublicKey(KeyTranscript transcript)
    {
        Ceremony = transcript.Ceremony;
        Transcript = transcript.Hash;
        Key = new RlwePublicKey(Ceremony.Ring, transcript.Common.Seed.AsSpan(), transcript.Common.Label, transcript.B);
        Id = new Hash256(Key.Id.AsSpan());
    }

    /// <summary>The terms of the key.</summary>
    public KeyCeremony Ceremony { get; }

    /// <summary>Hash of the transcript.</summary>
    public Hash256 Transcript { get; }

    /// <summary>The key to encrypt under.</summary>
    public RlwePublicKey Key { get; }

    /// <summary>Names the key.</summary>
    public Hash256 Id { get; }

    /// <summary>Takes the key from a transcript that this site has recomputed.</summary>
    /// <param name="transcript">From <see cref="KeyTranscript.Recompute"/>.</param>
    /// <param name="confirmations">Each holder's message of the last step.</param>
    /// <param name="verifier">Checks the signatures.</param>
    /// <exception cref="RefusedException">A holder has not signed, or has signed another transcript: somebody was shown other messages.</exception>
    public static CollectivePublicKey Verify(KeyTranscript transcript, IReadOnlyCollection<CeremonyMessage> confirmations, ITranscriptSigner verifier)
    {
        ImmutableArray<ReadOnlyMemory<byte>> confirmed = CeremonyMessage.RequireAll(transcript.Ceremony, CeremonyStep.ConfirmTranscript, confirmations, verifier);
        byte[] hash = transcript.Hash.ToArray();
        for (int party = 0; party < confirmed.Length; party++)
            if (!confirmed[party].Span.SequenceEqual(hash))
                throw new RefusedException($"'{transcript.Ceremony.Roster.Parties[party].Name}' has signed another transcript than {transcript.Hash}: the holders were not shown the same messages");
        return new CollectivePublicKey(transcript);
    }
}
