using System.Security.Cryptography;
using Fed.Crypto.Sampling;

namespace Fed.Crypto.Multiparty;

/// <content>A sharing party that outlives its process, from its deal on: before that it is a <see cref="KeyGenerationParty"/>, which is saved as such.</content>
public sealed partial class SharingParty
{
    /// <summary>The party as it stands after <see cref="Deal"/> or <see cref="Receive"/>, encrypted for its own disk.</summary>
    /// <param name="wrappingKey">32 bytes.</param>
    /// <exception cref="RefusedException">It has not dealt.</exception>
    public byte[] Save(ReadOnlySpan<byte> wrappingKey) =>
        _hasDealt ? _share.Wrap(wrappingKey, SavedContext(Key, _name, _hasReceived), _entropy) : throw new RefusedException($"'{_name}' has not dealt");

    /// <summary>Takes up a saved party.</summary>
    /// <param name="key">The key.</param>
    /// <param name="name">This party.</param>
    /// <param name="hasReceived">Whether it was saved after <see cref="Receive"/>.</param>
    /// <param name="saved">From <see cref="Save"/>.</param>
    /// <param name="wrappingKey">The same 32 bytes.</param>
    /// <param name="agreementKey">The private half of its agreement key; the caller disposes it.</param>
    /// <param name="ledger">The party's ledger of shares.</param>
    /// <param name="signer">Its signing key.</param>
    /// <param name="entropy">The operating system's generator, <see cref="SystemEntropy.Instance"/>.</param>
    /// <exception cref="RefusedException">The bytes are damaged, of another party, key or step, or under another wrapping key.</exception>
    public static SharingParty Load(
        CollectivePublicKey key, string name, bool hasReceived, ReadOnlySpan<byte> saved, ReadOnlySpan<byte> wrappingKey, ECDiffieHellman agreementKey, IShareLedger ledger, ITranscriptSigner signer, IEntropy entropy) =>
        new(name, key, agreementKey, ledger, signer, entropy, ThresholdShare.Unwrap(key.Ceremony.Ring, key.Ceremony.Roster.Count, saved, wrappingKey, SavedContext(key, name, hasReceived))) { _hasDealt = true, _hasReceived = hasReceived };

    private static byte[] SavedContext(CollectivePublicKey key, string name, bool hasReceived) =>
        new FieldHash("fedactors/saved-sharing-party/1").Add(key.Id).Add(key.Transcript).Add(name).Add(hasReceived ? 1 : 0).Close().ToArray();
}
