using System.Collections.Immutable;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;

namespace Fed.Crypto.Multiparty;

/// <summary>The public key that several holders made together. There is no way to one but through a recomputed transcript that every holder has signed, or by the name of a key to which somebody has come that way, so that nobody encrypts under a key that a server handed out.</summary>
public sealed class CollectivePublicKey
{
    private const int SeedBytes = Sampling.AesCtrStream.SeedBytes;

    private readonly ImmutableArray<byte> _seed;

    private CollectivePublicKey(KeyCeremony ceremony, Hash256 transcript, ReadOnlySpan<byte> seed, ReadOnlySpan<ulong> b)
    {
        (Ceremony, Transcript, _seed) = (ceremony, transcript, [.. seed]);
        Key = new RlwePublicKey(ceremony.Ring, seed, CommonRandomPolynomial.LabelOf(ceremony), b);
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
        return new CollectivePublicKey(transcript.Ceremony, transcript.Hash, transcript.Common.Seed.AsSpan(), transcript.B);
    }

    /// <summary>The key's bytes: transcript, seed of a, b packed. Public.</summary>
    public byte[] Save()
    {
        byte[] saved = new byte[Hash256.Bytes + SeedBytes + ResiduePacking.PackedBytes(Ceremony.Ring)];
        Transcript.CopyTo(saved);
        _seed.CopyTo(saved, Hash256.Bytes);
        ResiduePacking.Pack(Ceremony.Ring, Key.B, saved.AsSpan(Hash256.Bytes + SeedBytes));
        return saved;
    }

    /// <summary>Takes up a key that this site has verified before.</summary>
    /// <param name="ceremony">The same terms.</param>
    /// <param name="saved">From <see cref="Save"/>, of whatever origin.</param>
    /// <param name="expected">Name of the key, from this site's own records.</param>
    /// <exception cref="RefusedException">The bytes are another key.</exception>
    /// <exception cref="SealFormatException">They are no key of the ring.</exception>
    public static CollectivePublicKey Load(KeyCeremony ceremony, ReadOnlySpan<byte> saved, Hash256 expected)
    {
        int bytes = Hash256.Bytes + SeedBytes + ResiduePacking.PackedBytes(ceremony.Ring);
        ulong[] b = new ulong[ceremony.Ring.Words];
        if (saved.Length != bytes || !ResiduePacking.Unpack(ceremony.Ring, saved[(Hash256.Bytes + SeedBytes)..], b)) throw new SealFormatException($"{saved.Length} bytes are no public key of this ring: it has {bytes}");
        CollectivePublicKey key = new(ceremony, new Hash256(saved[..Hash256.Bytes]), saved.Slice(Hash256.Bytes, SeedBytes), b);
        return key.Id == expected ? key : throw new RefusedException($"the public key {key.Id} is not the one that was agreed on, {expected}");
    }
}
