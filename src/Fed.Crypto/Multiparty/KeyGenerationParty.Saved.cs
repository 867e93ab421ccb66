using System.Text;
using Fed.Crypto.Ring;
using Fed.Crypto.Rlwe;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <content>A party that outlives its process: saved after each step and before the step's message leaves, so that it never takes a step twice with different messages.</content>
public sealed partial class KeyGenerationParty
{
    /// <summary>The party as it stands, encrypted for its own disk. An older state than the newest must never be taken up again: it would answer a second time.</summary>
    /// <param name="wrappingKey">32 bytes.</param>
    public byte[] Save(ReadOnlySpan<byte> wrappingKey)
    {
        using SecretBuffer<byte> secret = new(ResiduePacking.PackedBytes(Ceremony.Ring));
        ResiduePacking.Pack(Ceremony.Ring, Secret.Evaluations, secret.Span);
        byte[] packed = secret.Span.ToArray();
        using SecretBuffer<byte> parts = SavedParts.Join([new[] { (byte)_next }, _part, packed, _share ?? [], .. _messages.SelectMany(Fields)]);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(packed);
        return Wrapping.Wrap(wrappingKey, Context(Ceremony, Name), parts.Span, _entropy);
    }

    /// <summary>Takes up a saved party; its transcript is recomputed where it had one.</summary>
    /// <param name="ceremony">The same terms.</param>
    /// <param name="name">This party.</param>
    /// <param name="saved">From <see cref="Save"/>.</param>
    /// <param name="wrappingKey">The same 32 bytes.</param>
    /// <param name="signer">Its signing key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <exception cref="RefusedException">The bytes are damaged, of another party or ceremony, or under another wrapping key.</exception>
    public static KeyGenerationParty Load(KeyCeremony ceremony, string name, ReadOnlySpan<byte> saved, ReadOnlySpan<byte> wrappingKey, ITranscriptSigner signer, IEntropy entropy)
    {
        using SecretBuffer<byte> parts = Wrapping.Unwrap(saved, wrappingKey, Context(ceremony, name), "the saved party of a key ceremony");
        ReadOnlySpan<byte> rest = parts.Span;
        CeremonyStep next = (CeremonyStep)SavedParts.Take(ref rest)[0];
        ReadOnlySpan<byte> part = SavedParts.Take(ref rest);
        using SecretBuffer<ulong> secret = new(ceremony.Ring.Words);
        if (!ResiduePacking.Unpack(ceremony.Ring, SavedParts.Take(ref rest), secret.Span)) throw new SealFormatException("the saved secret of a party is no polynomial of the ring");
        KeyGenerationParty party = new(ceremony, name, signer, entropy, RlweSecretKey.FromEvaluations(ceremony.Ring, secret.Span)) { _next = next };
        part.CopyTo(party._part);
        ReadOnlySpan<byte> share = SavedParts.Take(ref rest);
        party._share = share.IsEmpty ? null : share.ToArray();
        while (!rest.IsEmpty)
        {
            CeremonyStep step = (CeremonyStep)SavedParts.Take(ref rest)[0];
            string from = Encoding.UTF8.GetString(SavedParts.Take(ref rest));
            byte[] content = SavedParts.Take(ref rest).ToArray();
            party._messages.Add(new CeremonyMessage(step, from, content, SavedParts.Take(ref rest).ToArray()));
        }

        if (next > CeremonyStep.ConfirmTranscript) party.Transcript = KeyTranscript.Recompute(ceremony, party._messages, signer);
        return party;
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Fields(CeremonyMessage message) => [new[] { (byte)message.Step }, Encoding.UTF8.GetBytes(message.Party), message.Content, message.Signature];

    private static byte[] Context(KeyCeremony ceremony, string name) => new FieldHash("fedactors/saved-key-party/1").Add(ceremony.Id).Add(name).Close().ToArray();
}
