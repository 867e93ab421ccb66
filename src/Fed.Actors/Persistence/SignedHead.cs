using System.Buffers.Binary;
using Fed.Actors.Ports;

namespace Fed.Actors.Persistence;

/// <summary>
/// A node's signed statement "the chain of this persistence id has this head at this sequence". Silos journal it with their receipts, so that a journal whose tail
/// was cut, or that was rewritten with a recomputed chain, disagrees with copies that its owner does not hold.
/// </summary>
/// <param name="PersistenceId">Whose log.</param>
/// <param name="Sequence">The event that the head is at, from 1.</param>
/// <param name="Hash">The chain hash at that event (<see cref="ChainHash"/>).</param>
/// <param name="KeyId">SHA-256 of the signer's public key (<see cref="ISigner.KeyId"/>).</param>
/// <param name="Signature">Over <see cref="Content"/> under <see cref="Purpose"/>; base64 in JSON. Owned by the record: nobody changes it.</param>
public sealed record SignedHead(string PersistenceId, long Sequence, Digest Hash, Digest KeyId, byte[] Signature)
{
    /// <summary>What the signature is for.</summary>
    public const string Purpose = "journal-head";

    /// <summary>Signs a head with the node's key.</summary>
    public static SignedHead Sign(ISigner signer, string persistenceId, long sequence, Digest hash) =>
        new(persistenceId, sequence, hash, signer.KeyId, signer.Sign(Purpose, Content(persistenceId, sequence, hash)).ToArray());

    /// <summary>True when the signature is the key's over this head, and the key is the one that <see cref="KeyId"/> names.</summary>
    /// <param name="verifier">Any node's signer.</param>
    /// <param name="publicKey">The public key (SubjectPublicKeyInfo, DER) registered for the signing node.</param>
    public bool IsSignedBy(ISigner verifier, ReadOnlySpan<byte> publicKey) =>
        Digest.Of(publicKey) == KeyId && verifier.Verify(Purpose, Content(PersistenceId, Sequence, Hash), Signature, publicKey);

    /// <summary>The canonical signed bytes: length of the id (UTF-8 bytes, 4 bytes), id, sequence (8 bytes), hash (32 bytes); integers little-endian.</summary>
    public static byte[] Content(string persistenceId, long sequence, Digest hash)
    {
        int idBytes = Encoding.UTF8.GetByteCount(persistenceId);
        var content = new byte[4 + idBytes + 8 + Digest.Size];
        BinaryPrimitives.WriteInt32LittleEndian(content, idBytes);
        Encoding.UTF8.GetBytes(persistenceId, content.AsSpan(4));
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(4 + idBytes), sequence);
        hash.CopyTo(content.AsSpan(12 + idBytes));
        return content;
    }

    /// <summary>Equal when all parts, the signature's bytes included, are equal.</summary>
    public bool Equals(SignedHead? other) =>
        other is not null && PersistenceId == other.PersistenceId && Sequence == other.Sequence && Hash == other.Hash && KeyId == other.KeyId
        && Signature.AsSpan().SequenceEqual(other.Signature);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(PersistenceId, Sequence, Hash, KeyId);
}
