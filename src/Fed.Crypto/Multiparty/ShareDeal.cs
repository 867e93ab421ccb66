namespace Fed.Crypto.Multiparty;

/// <summary>One holder's deal to another: the value of its sharing polynomial at the receiver's point, sealed to the receiver and signed by the sender.</summary>
/// <param name="From">The sender.</param>
/// <param name="To">The receiver.</param>
/// <param name="Sealed">A packed polynomial under ECDH P-256, HKDF-SHA256 and AES-256-GCM.</param>
/// <param name="Signature">The sender's, over key, both names and the sealed bytes.</param>
public sealed record ShareDeal(string From, string To, ReadOnlyMemory<byte> Sealed, ReadOnlyMemory<byte> Signature)
{
    private const string Purpose = "fedactors/share-deal/1";

    internal static ShareDeal Create(CollectivePublicKey key, int from, int to, ReadOnlySpan<byte> share, ITranscriptSigner signer)
    {
        RosterParty sender = key.Ceremony.Roster.Parties[from], receiver = key.Ceremony.Roster.Parties[to];
        byte[] sealedBytes = DealSeal.Seal(receiver.AgreementKey.AsSpan(), Context(key, sender.Name, receiver.Name), share);
        return new ShareDeal(sender.Name, receiver.Name, sealedBytes, signer.Sign(Purpose, Covered(key, sender.Name, receiver.Name, sealedBytes)));
    }

    /// <summary>Whether sender, receiver and bytes are signed by the sender for this key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="verifier">Checks the signature.</param>
    /// <exception cref="RefusedException">The sender is no holder.</exception>
    public bool IsSigned(CollectivePublicKey key, ITranscriptSigner verifier) =>
        verifier.Verify(Purpose, Covered(key, From, To, Sealed.Span), Signature.Span, key.Ceremony.Roster.Parties[key.Ceremony.Roster.IndexOf(From)].SigningKey.AsSpan());

    internal bool TryOpen(CollectivePublicKey key, System.Security.Cryptography.ECDiffieHellman agreementKey, Span<byte> share) =>
        DealSeal.TryOpen(agreementKey, Context(key, From, To), Sealed.Span, share);

    private static byte[] Context(CollectivePublicKey key, string from, string to) => Describe(key, from, to).Close().ToArray();

    private static byte[] Covered(CollectivePublicKey key, string from, string to, ReadOnlySpan<byte> sealedBytes) => Describe(key, from, to).Add(sealedBytes).Close().ToArray();

    private static FieldHash Describe(CollectivePublicKey key, string from, string to) => new FieldHash(Purpose).Add(key.Transcript).Add(key.Id).Add(from).Add(to);
}
